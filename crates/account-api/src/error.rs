//! Errors on the wire: a stable code, a message for logs, and a typed detail where the page needs one.
//!
//! Codes are the contract and never change their meaning. Messages may change and are never shown to a user: the page
//! has its own text for each code.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::account::AccountView;
use crate::identifiers::NextStep;
use crate::password::PasswordIssue;
use crate::secret::{SecretText, expose_on_wire};
use crate::step_up::{Purpose, StepUpMethod};

/// A code that a user can meet. On the wire it is its name, whichever of the two it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Code {
    /// From the settings server.
    Server(ServerCode),
    /// From the app.
    App(AppCode),
}

impl From<ServerCode> for Code {
    fn from(code: ServerCode) -> Self {
        Self::Server(code)
    }
}

impl From<AppCode> for Code {
    fn from(code: AppCode) -> Self {
        Self::App(code)
    }
}

/// A code of the settings server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerCode {
    /// 401: no bearer token, or one that does not verify (RFC 6750 §3.1).
    Unauthorized,
    /// 401: the token verifies, but its user no longer exists.
    AccountNotFound,
    /// 401: a fresh proof is needed first; `detail` says which (RFC 9470 §3).
    StepUpRequired,
    /// 403: the proof is not valid: its challenge is unknown, used or too old, or the sign-in was not fresh.
    StepUpRefused,
    /// 403: another user signed in for the proof.
    StepUpOtherPerson,
    /// 403: the password is not the present one.
    PasswordWrong,
    /// 422: the code is not the one that was sent; `detail` says how many tries are left.
    CodeWrong,
    /// 410: the code was used, replaced, is too old, or was tried too often: request another.
    CodeExpired,
    /// 409: the change would remove the last sign-in method; `detail` has the next step.
    LastSignInMethod,
    /// 409: the address, number or name cannot be used.
    IdentifierUnavailable,
    /// 422: the password breaks the tenant's rules; `detail` says which.
    PasswordRejected,
    /// 404: no such session or grant of this user.
    SessionNotFound,
    /// 404: the user has no personal access token of this name.
    AccessTokenNotFound,
    /// 404: the user has no such linked account, or another one of the same provider by now.
    SocialNotLinked,
    /// 404: nothing is kept of this account, or not any more: it cannot be restored.
    SocialNotRestorable,
    /// 409: no account of the provider can be linked here.
    SocialNotLinkable,
    /// 410: the link is unknown, over or used, or is not this app instance's: begin again.
    SocialLinkOver,
    /// 422: the user, or the provider, declined (`access_denied`).
    SocialDeclined,
    /// 422: the provider answered with an error, or its answer cannot be used: begin again.
    SocialProviderFailed,
    /// 503: the provider cannot be reached: the link stays open, and can be finished later.
    SocialProviderUnreachable,
    /// 409: it is unknown which session is this app's: name the one to keep.
    CurrentSessionUnknown,
    /// 400: the header with the app instance's secret is missing or malformed.
    InstanceRequired,
    /// 403: the app instance is not introduced to the server, or the ID token does not introduce it: use one that is
    /// at most ten minutes old.
    InstanceUnknown,
    /// 503: the server cannot write its own records, so it changes nothing.
    StoreUnavailable,
    /// 403: the token was issued to a client that this server does not accept.
    ClientNotAllowed,
    /// 403: the token was issued to a party that acts for the user (`act`, RFC 8693 §4.1): it may only read.
    ReadOnlyToken,
    /// 403: the token lacks the scope of this operation (RFC 6750 §3.1).
    InsufficientScope,
    /// 403: the user is suspended.
    AccountSuspended,
    /// 403: the organisation's rules or this server's do not let a user change this field.
    FieldNotEditable,
    /// 403: a browser page of another origin sent the request.
    OriginNotAllowed,
    /// 400: not JSON, not the expected shape, or an unknown field.
    InvalidBody,
    /// 422: `field` has a value that cannot be stored.
    InvalidValue,
    /// 409: one of the edited fields was changed meanwhile; `detail` has the present values.
    Conflict,
    /// 413: the body is larger than 64 KiB.
    BodyTooLarge,
    /// 415: the body is not `application/json`.
    UnsupportedMediaType,
    /// 404: no such route.
    NotFound,
    /// 405: the route exists, the method does not.
    MethodNotAllowed,
    /// 429: too many requests; `detail` says when to retry.
    RateLimited,
    /// 502: the identity provider sent an answer that cannot be used.
    UpstreamFailed,
    /// 503: the identity provider is down or overloaded; `detail` says when to retry.
    UpstreamUnavailable,
    /// 504: the request took longer than the server allows.
    TimedOut,
    /// 500: a defect of the settings server.
    Internal,
}

/// A code of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AppCode {
    /// No user is signed in, or the session has ended.
    SignedOut,
    /// The session was ended elsewhere (refresh refused: `invalid_grant`).
    SessionEnded,
    /// A command named another account than the one signed in, or an answer belonged to another.
    AccountChanged,
    /// The settings server or the identity provider cannot be reached.
    Offline,
    /// The server's certificate was issued by no authority that this computer trusts, or its chain is incomplete.
    CertificateUntrusted,
    /// The server's certificate has expired, by this computer's clock.
    CertificateExpired,
    /// The server's certificate is not valid yet, by this computer's clock.
    CertificateNotYetValid,
    /// The server's certificate is for other names than the one in the address.
    CertificateWrongName,
    /// This computer has no certificate authorities to check a server with.
    NoTrustedCertificates,
    /// The TLS handshake failed for another reason than the certificate.
    TlsFailed,
    /// The proxy demands authentication (407).
    ProxyAuthenticationRequired,
    /// The proxy did not establish the connection.
    ProxyRefused,
    /// The proxy itself cannot be reached.
    ProxyUnreachable,
    /// This computer's clock differs from the identity provider's; `detail` says by how much.
    ClockWrong,
    /// No settings server is configured.
    NoServer,
    /// The text is not an https URL (or http on this machine).
    ServerUrlInvalid,
    /// The server answered, but not as a Latchkey settings server.
    ServerNotLatchkey,
    /// The server's metadata names another resource, or came by a redirect: no token is ever sent there.
    ServerNotTrusted,
    /// The identity provider's own metadata or keys are unusable or do not match its name.
    IssuerNotTrusted,
    /// A sign-in is already under way.
    SignInInProgress,
    /// The user cancelled in the window.
    SignInCancelled,
    /// The user, or the identity provider, refused (`access_denied`).
    SignInDenied,
    /// The browser did not return in time (5 minutes).
    SignInTimedOut,
    /// The answer does not belong to this sign-in (state, nonce, issuer or ID token do not match).
    SignInMismatch,
    /// The identity provider answered with another error.
    SignInFailed,
    /// An answer arrived that no running sign-in expects: start again.
    SignInStartAgain,
    /// The system browser could not be opened.
    BrowserUnavailable,
    /// The clipboard could not be written.
    ClipboardUnavailable,
    /// The operating system's keyring is locked, and was not unlocked.
    StoreLocked,
    /// No keyring service answers.
    StoreAbsent,
    /// The keyring service has no collection to keep an item in.
    StoreNoCollection,
    /// The keyring failed, or refused.
    StoreRefused,
    /// The keyring has the session's item, but its content is lost.
    StoredSessionDamaged,
    /// A file of the app could not be written.
    StorageFailed,
    /// A picture could not be fetched, or is not one.
    PictureUnavailable,
    /// A link requested something that this app does not support.
    LinkNotAllowed,
    /// The step-up that a command names is over.
    StepUpOver,
    /// Another account is being linked already.
    SocialLinkInProgress,
    /// The user cancelled the link in the window.
    SocialLinkCancelled,
    /// The browser did not return from the provider in time.
    SocialLinkTimedOut,
    /// A link that came back from a provider belongs to nothing that is under way here.
    SocialLinkUnknown,
    /// The provider answers by a link of this app, but links open another program.
    SocialLinkElsewhere,
}

/// The body of every answer of the settings server that is not a success.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiError {
    /// The code.
    pub code: ServerCode,
    /// A message for logs, in English; never shown to a user.
    pub message: String,
    /// The field of the request that is meant, in the request's own spelling (`address.country`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The id under which the server logged this request.
    pub request_id: String,
    /// What the page needs to offer the next step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

/// Details of an error in addition to its code.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detail {
    /// Retry after this many seconds.
    RetryAfter {
        /// Whole seconds, at least 1.
        seconds: u32,
    },
    /// These fields changed meanwhile; this is the account as it is now.
    Conflict {
        /// The edited fields that were changed meanwhile, in the request's own spelling.
        fields: Vec<String>,
        /// The whole account as it is now.
        present: Box<AccountView>,
    },
    /// A proof is needed first (RFC 9470 §3).
    StepUp {
        /// What the proof is for.
        purpose: Purpose,
        /// The methods that this user can use, the best first.
        methods: Vec<StepUpMethod>,
        /// Binds the proof to this challenge; the `nonce` of the fresh sign-in.
        #[serde(serialize_with = "expose_on_wire")]
        nonce: SecretText,
    },
    /// The change would remove the last sign-in method.
    LastWay {
        /// What to do first, the best first.
        next_steps: Vec<NextStep>,
    },
    /// What is wrong with the password.
    PasswordIssues {
        /// Each rule that the password breaks.
        issues: Vec<PasswordIssue>,
    },
    /// The code was wrong.
    TriesLeft {
        /// How many tries are left.
        tries: u32,
    },
    /// This computer's clock is wrong.
    ClockOff {
        /// How many minutes it is ahead of the identity provider's clock, about; negative where it is behind. Never 0.
        minutes: i32,
    },
    /// A server's certificate is not valid.
    Certificate {
        /// The server's name.
        host: String,
        /// Who issued the certificate, as the certificate says.
        issuer: Option<String>,
    },
    /// Another user signed in.
    OtherPerson {
        /// What the identity provider calls that user: name, user name or e-mail address.
        name: Option<String>,
    },
}

/// What the app itself knows of a failed connection, in addition to its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConnectionDetail {
    /// As [`Detail::ClockOff`].
    ClockOff {
        /// Minutes ahead of the identity provider's clock, negative where it is behind. Never 0.
        minutes: i32,
    },
    /// As [`Detail::Certificate`].
    Certificate {
        /// The server's name.
        host: String,
        /// Who issued the certificate, as the certificate says.
        issuer: Option<String>,
    },
}

impl From<ConnectionDetail> for Detail {
    fn from(detail: ConnectionDetail) -> Self {
        match detail {
            ConnectionDetail::ClockOff { minutes } => Self::ClockOff { minutes },
            ConnectionDetail::Certificate { host, issuer } => Self::Certificate { host, issuer },
        }
    }
}

/// What a command of the app returns when it fails. Has no token, no address and no text of Logto.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CommandError {
    /// The code.
    pub code: Code,
    /// A message for logs, in English; never shown to a user.
    pub message: String,
    /// The field that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub field: Option<String>,
    /// The id under which the settings server logged the request, to be quoted to IT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub request_id: Option<String>,
    /// What the page needs to offer the next step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub detail: Option<Detail>,
}
