//! Errors on the wire: a stable code, a message for logs, and a typed detail where the page needs one.
//!
//! Codes are the contract and never change their meaning; messages may change and are never shown to a
//! person: the page has its own words for each code.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::account::AccountView;
use crate::identifiers::NextStep;
use crate::password::PasswordIssue;
use crate::secret::{SecretText, expose_on_wire};
use crate::step_up::{Purpose, StepUpMethod};

/// A code that a user can meet: on the wire its name, whoever it comes from.
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
    /// 401: a fresh proof of who is asking is needed first; `detail` says how (RFC 9470 §3).
    StepUpRequired,
    /// 403: the proof does not serve: its challenge is unknown, used or too old, or the sign-in was not fresh.
    StepUpRefused,
    /// 403: another person signed in for the proof.
    StepUpOtherPerson,
    /// 403: the password is not the present one.
    PasswordWrong,
    /// 422: the code is not the one that was sent; `detail` says how many tries are left.
    CodeWrong,
    /// 410: the code is used, replaced, too old, or was tried too often: ask for another.
    CodeExpired,
    /// 409: the change would take away the last way to sign in; `detail` has the next step.
    LastSignInMethod,
    /// 409: the address, number or name cannot be used.
    IdentifierUnavailable,
    /// 422: the password breaks the tenant's rules; `detail` says which.
    PasswordRejected,
    /// 404: no such session or grant of this user.
    SessionNotFound,
    /// 404: the user has no personal access token of this name.
    AccessTokenNotFound,
    /// 409: it cannot be told which session is this app's: name the one to keep.
    CurrentSessionUnknown,
    /// 400: the header with the app instance's secret is missing or malformed.
    InstanceRequired,
    /// 403: the app instance is not introduced to the server, or its introduction does not serve: introduce it with an
    /// ID token that is at most ten minutes old.
    InstanceUnknown,
    /// 503: the server cannot write its own records, so it changes nothing.
    StoreUnavailable,
    /// 403: the token was issued to a client that this server does not serve.
    ClientNotAllowed,
    /// 403: the token was issued to somebody who acts for the person (`act`, RFC 8693 §4.1): it may only read.
    ReadOnlyToken,
    /// 403: the token lacks the scope of this operation (RFC 6750 §3.1).
    InsufficientScope,
    /// 403: the user is suspended.
    AccountSuspended,
    /// 403: the organisation's rules or this server's do not let a person change this field.
    FieldNotEditable,
    /// 403: a browser page of another origin sent the request.
    OriginNotAllowed,
    /// 400: not JSON, not the expected shape, or an unknown field.
    InvalidBody,
    /// 422: `field` has a value that cannot be stored.
    InvalidValue,
    /// 409: somebody changed one of the edited fields meanwhile; `detail` has the present values.
    Conflict,
    /// 413: the body is larger than 64 KiB.
    BodyTooLarge,
    /// 415: the body is not `application/json`.
    UnsupportedMediaType,
    /// 404: no such route.
    NotFound,
    /// 405: the route exists, the method does not.
    MethodNotAllowed,
    /// 429: too many requests; `detail` says when to come back.
    RateLimited,
    /// 502: the identity provider answered something unusable.
    UpstreamFailed,
    /// 503: the identity provider is away or overloaded; `detail` says when to come back.
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
    /// Nobody is signed in, or the session has ended.
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
    /// The proxy did not make the connection.
    ProxyRefused,
    /// The proxy itself cannot be reached.
    ProxyUnreachable,
    /// This computer's clock is not the identity provider's; `detail` says by how much.
    ClockWrong,
    /// No settings server is configured.
    NoServer,
    /// The text is not an https URL (or http on this machine).
    ServerUrlInvalid,
    /// The server answered, but not as a Latchkey settings server does.
    ServerNotLatchkey,
    /// The server's metadata names another resource, or came by a redirect: no token is ever sent there.
    ServerNotTrusted,
    /// The identity provider's own metadata or keys are unusable or do not match its name.
    IssuerNotTrusted,
    /// A sign-in is already under way.
    SignInInProgress,
    /// The person cancelled in the window.
    SignInCancelled,
    /// The person, or the identity provider, refused (`access_denied`).
    SignInDenied,
    /// Nobody came back from the browser in time (5 minutes).
    SignInTimedOut,
    /// What came back does not belong to this sign-in (state, nonce, issuer or ID token do not match).
    SignInMismatch,
    /// The identity provider answered with another error.
    SignInFailed,
    /// An answer came back that no running sign-in expects: start again.
    SignInStartAgain,
    /// The system browser could not be opened.
    BrowserUnavailable,
    /// The clipboard could not be written.
    ClipboardUnavailable,
    /// The operating system's keyring is locked, and was not unlocked.
    StoreLocked,
    /// No keyring service answers.
    StoreAbsent,
    /// The keyring service has no collection to keep anything in.
    StoreNoCollection,
    /// The keyring failed, or refused.
    StoreRefused,
    /// The keyring has the session's item, and its content is lost.
    StoredSessionDamaged,
    /// A file of the app could not be written.
    StorageFailed,
    /// A picture could not be fetched, or is not one.
    PictureUnavailable,
    /// A link asked for something this app does not do.
    LinkNotAllowed,
    /// The step-up that a command names is over.
    StepUpOver,
}

/// The body of every answer of the settings server that is not a success.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiError {
    /// What happened.
    pub code: ServerCode,
    /// For a log, in English; never shown to a person.
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

/// What an error says beyond its code.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detail {
    /// Come back after this many seconds.
    RetryAfter {
        /// Whole seconds, at least 1.
        seconds: u32,
    },
    /// These fields changed meanwhile; this is the account as it is now.
    Conflict {
        /// The edited fields that somebody else changed, in the request's own spelling.
        fields: Vec<String>,
        /// The whole account as it is now.
        present: Box<AccountView>,
    },
    /// Prove it first (RFC 9470 §3).
    StepUp {
        /// What for.
        purpose: Purpose,
        /// The ways open to this person, the best first.
        methods: Vec<StepUpMethod>,
        /// Binds the proof to this challenge; the `nonce` of the fresh sign-in.
        #[serde(serialize_with = "expose_on_wire")]
        nonce: SecretText,
    },
    /// The last way to sign in would go.
    LastWay {
        /// What to do first, the best first.
        next_steps: Vec<NextStep>,
    },
    /// What is wrong with the password.
    PasswordIssues {
        /// Each rule it breaks.
        issues: Vec<PasswordIssue>,
    },
    /// The code was wrong.
    TriesLeft {
        /// How often it may still be tried.
        tries: u32,
    },
    /// This computer's clock is wrong.
    ClockOff {
        /// By about so many minutes it is ahead of the identity provider's clock, or behind it where the number is
        /// negative. Never 0.
        minutes: i32,
    },
    /// A server's certificate does not hold.
    Certificate {
        /// The server's name.
        host: String,
        /// Who issued the certificate, as the certificate says.
        issuer: Option<String>,
    },
    /// Somebody else signed in.
    OtherPerson {
        /// What the identity provider calls them: name, user name or e-mail address.
        name: Option<String>,
    },
}

/// What the app itself knows of a failed connection, beyond its code.
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

/// What a command of the app answers when it fails. Has no token, no address, no upstream text.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CommandError {
    /// What happened.
    pub code: Code,
    /// For a log, in English; never shown to a person.
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
