//! Why a command of the app failed: a closed set, each variant with its stable code.
//!
//! No text of a server leaves this module: the page gets codes, the account as data, and ids of harmless characters
//! only (N26).

use account_api::error::{ApiError, AppCode, Code, CommandError, ConnectionDetail, Detail, ServerCode};

use crate::discovery::displayable;
use crate::http::ConnectionProblem;
use crate::token_store::StoreError;

/// The error of a use case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings server refused with its own code.
    #[error("the settings server refused: {:?}", .0.code)]
    Api(Box<ApiError>),
    /// The app is signed out.
    #[error("signed out")]
    SignedOut,
    /// The session was ended elsewhere, and is erased here.
    #[error("the session was ended elsewhere")]
    SessionEnded,
    /// The command or the answer belongs to another account than the one that is signed in.
    #[error("another account is signed in")]
    AccountChanged,
    /// The settings server or the identity provider cannot be reached.
    #[error("a server cannot be reached")]
    Offline,
    /// The connection failed for a known reason.
    #[error(transparent)]
    Connection(ConnectionProblem),
    /// This computer's clock is wrong.
    #[error("this computer's clock is wrong by about {minutes} minutes")]
    ClockWrong {
        /// By how many minutes it is ahead of the identity provider's clock, or behind it where negative. Never 0.
        minutes: i32,
    },
    /// No settings server is configured.
    #[error("no settings server is configured")]
    NoServer,
    /// The text is not the URL of a settings server.
    #[error("not the URL of a settings server")]
    ServerUrlInvalid,
    /// The server answered, but not as a settings server.
    #[error("the server does not answer as a settings server does")]
    ServerNotLatchkey,
    /// The server names another resource, or redirected.
    #[error("the server cannot be trusted")]
    ServerNotTrusted,
    /// The identity provider's metadata or keys are unusable.
    #[error("the identity provider cannot be trusted")]
    IssuerNotTrusted,
    /// The identity provider is overloaded or fails temporarily.
    #[error("the identity provider is unavailable")]
    IssuerUnavailable,
    /// The identity provider refused, and no retry helps.
    #[error("the identity provider answered with an error")]
    IssuerFailed,
    /// A sign-in is already running.
    #[error("a sign-in is already running")]
    SignInInProgress,
    /// The user cancelled the sign-in.
    #[error("the sign-in was cancelled")]
    SignInCancelled,
    /// The identity provider answered `access_denied`.
    #[error("the sign-in was denied")]
    SignInDenied,
    /// The browser did not return in time.
    #[error("the browser did not return in time")]
    SignInTimedOut,
    /// The answer does not belong to this sign-in.
    #[error("the answer does not belong to this sign-in: {0}")]
    SignInMismatch(&'static str),
    /// The identity provider ended the sign-in with another error.
    #[error("the identity provider ended the sign-in with an error")]
    SignInFailed,
    /// An answer arrived that no running sign-in expects.
    #[error("no running sign-in expects this answer")]
    SignInStartAgain,
    /// The system browser could not be opened.
    #[error("the system browser could not be opened")]
    BrowserUnavailable,
    /// The clipboard could not be written.
    #[error("the clipboard could not be written")]
    ClipboardUnavailable,
    /// The keyring failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keyring has the session's item, but its content is damaged.
    #[error("the stored session is damaged")]
    StoredSessionDamaged,
    /// A file of the app could not be written.
    #[error("a file could not be written")]
    StorageFailed,
    /// The picture could not be fetched, or is no picture.
    #[error("no usable picture")]
    PictureUnavailable,
    /// The link is not on the list of what this app opens.
    #[error("the link is not allowed")]
    LinkNotAllowed,
    /// The step-up that a command names is over, or never existed.
    #[error("the step-up is over")]
    StepUpOver,
    /// Another account is being linked already.
    #[error("another account is being linked already")]
    SocialLinkInProgress,
    /// The user cancelled a link.
    #[error("the link was cancelled")]
    SocialLinkCancelled,
    /// The browser did not return from a provider in time.
    #[error("the browser did not return from the provider in time")]
    SocialLinkTimedOut,
    /// What came back from a provider belongs to no link that is under way.
    #[error("no link is under way that this belongs to")]
    SocialLinkUnknown,
    /// A provider answers by links, which open another program.
    #[error("links of the private scheme open another program")]
    SocialLinkElsewhere,
    /// Another user signed in for the proof. Holds the name that the identity provider has for that user.
    #[error("another user signed in for the proof")]
    StepUpOtherPerson(Option<String>),
    /// An argument that cannot be used in a request. Holds its name.
    #[error("{0} is not usable")]
    InvalidArgument(&'static str),
    /// A setting that cannot be changed now. Holds its name.
    #[error("{0} cannot be changed now")]
    NotEditable(&'static str),
    /// A defect, or an operating system that lacks something every one has.
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl Error {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Api(error) => Code::Server(error.code),
            Self::SignedOut => Code::App(AppCode::SignedOut),
            Self::SessionEnded => Code::App(AppCode::SessionEnded),
            Self::AccountChanged => Code::App(AppCode::AccountChanged),
            Self::Offline => Code::App(AppCode::Offline),
            Self::Connection(problem) => problem.code(),
            Self::ClockWrong { .. } => Code::App(AppCode::ClockWrong),
            Self::NoServer => Code::App(AppCode::NoServer),
            Self::ServerUrlInvalid => Code::App(AppCode::ServerUrlInvalid),
            Self::ServerNotLatchkey => Code::App(AppCode::ServerNotLatchkey),
            Self::ServerNotTrusted => Code::App(AppCode::ServerNotTrusted),
            Self::IssuerNotTrusted => Code::App(AppCode::IssuerNotTrusted),
            Self::IssuerUnavailable => Code::Server(ServerCode::UpstreamUnavailable),
            Self::IssuerFailed => Code::Server(ServerCode::UpstreamFailed),
            Self::SignInInProgress => Code::App(AppCode::SignInInProgress),
            Self::SignInCancelled => Code::App(AppCode::SignInCancelled),
            Self::SignInDenied => Code::App(AppCode::SignInDenied),
            Self::SignInTimedOut => Code::App(AppCode::SignInTimedOut),
            Self::SignInMismatch(_) => Code::App(AppCode::SignInMismatch),
            Self::SignInFailed => Code::App(AppCode::SignInFailed),
            Self::SignInStartAgain => Code::App(AppCode::SignInStartAgain),
            Self::BrowserUnavailable => Code::App(AppCode::BrowserUnavailable),
            Self::ClipboardUnavailable => Code::App(AppCode::ClipboardUnavailable),
            Self::Store(StoreError::Absent) => Code::App(AppCode::StoreAbsent),
            Self::Store(StoreError::Locked) => Code::App(AppCode::StoreLocked),
            Self::Store(StoreError::NoCollection) => Code::App(AppCode::StoreNoCollection),
            Self::Store(StoreError::Refused) => Code::App(AppCode::StoreRefused),
            Self::StoredSessionDamaged => Code::App(AppCode::StoredSessionDamaged),
            Self::StorageFailed => Code::App(AppCode::StorageFailed),
            Self::PictureUnavailable => Code::App(AppCode::PictureUnavailable),
            Self::LinkNotAllowed => Code::App(AppCode::LinkNotAllowed),
            Self::StepUpOver => Code::App(AppCode::StepUpOver),
            Self::SocialLinkInProgress => Code::App(AppCode::SocialLinkInProgress),
            Self::SocialLinkCancelled => Code::App(AppCode::SocialLinkCancelled),
            Self::SocialLinkTimedOut => Code::App(AppCode::SocialLinkTimedOut),
            Self::SocialLinkUnknown => Code::App(AppCode::SocialLinkUnknown),
            Self::SocialLinkElsewhere => Code::App(AppCode::SocialLinkElsewhere),
            Self::StepUpOtherPerson(_) => Code::Server(ServerCode::StepUpOtherPerson),
            Self::InvalidArgument(_) => Code::Server(ServerCode::InvalidValue),
            Self::NotEditable(_) => Code::Server(ServerCode::FieldNotEditable),
            Self::Internal(_) => Code::Server(ServerCode::Internal),
        }
    }

    /// Returns the details that the app itself knows in addition to the code.
    pub(crate) fn detail(&self) -> Option<ConnectionDetail> {
        match self {
            Self::Connection(problem) => problem.detail(),
            Self::ClockWrong { minutes } => Some(ConnectionDetail::ClockOff { minutes: *minutes }),
            _ => None,
        }
    }
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        let code = error.code();
        match error {
            Error::Api(api) => {
                let ApiError { field, request_id, detail, .. } = *api;
                Self {
                    code,
                    message: format!("the settings server refused: {code:?}"),
                    field: field.filter(|name| is_plain(name)),
                    request_id: Some(request_id).filter(|id| is_plain(id)),
                    detail: detail.and_then(presentable),
                }
            }
            Error::StepUpOtherPerson(name) => Self {
                code,
                message: "another user signed in for the proof".to_owned(),
                field: None,
                request_id: None,
                detail: presentable(Detail::OtherPerson { name }),
            },
            Error::InvalidArgument(field) => Self {
                code,
                message: "an argument is not usable".to_owned(),
                field: Some(field.to_owned()),
                request_id: None,
                detail: None,
            },
            Error::NotEditable(field) => Self {
                code,
                message: "this setting cannot be changed now".to_owned(),
                field: Some(field.to_owned()),
                request_id: None,
                detail: None,
            },
            other => Self {
                code,
                message: other.to_string(),
                field: None,
                request_id: None,
                detail: other.detail().map(Detail::from),
            },
        }
    }
}

/// Whether the text is plain, as field names and request ids are: letters, digits and `._-`, at most 64.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Returns a detail if the page may have it. It never gets a challenge: the nonce stays here, and the page sees the
/// step-up as an outcome.
fn presentable(detail: Detail) -> Option<Detail> {
    match detail {
        Detail::Conflict { mut fields, present } => {
            fields.retain(|name| is_plain(name));
            Some(Detail::Conflict { fields, present })
        }
        Detail::OtherPerson { name } => {
            Some(Detail::OtherPerson { name: name.as_deref().and_then(displayable) })
        }
        detail @ (Detail::RetryAfter { .. }
        | Detail::LastWay { .. }
        | Detail::PasswordIssues { .. }
        | Detail::TriesLeft { .. }) => Some(detail),
        // The app alone judges clock and certificates: passing a server's detail on would bring its text to the page.
        Detail::StepUp { .. } | Detail::ClockOff { .. } | Detail::Certificate { .. } => None,
    }
}

impl From<crate::randomness::RandomnessUnavailable> for Error {
    fn from(_: crate::randomness::RandomnessUnavailable) -> Self {
        Self::Internal("no randomness")
    }
}

impl From<crate::host::BrowserUnavailable> for Error {
    fn from(_: crate::host::BrowserUnavailable) -> Self {
        Self::BrowserUnavailable
    }
}

impl From<crate::host::ClipboardUnavailable> for Error {
    fn from(_: crate::host::ClipboardUnavailable) -> Self {
        Self::ClipboardUnavailable
    }
}
