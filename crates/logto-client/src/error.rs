//! The errors of a request to Logto: a closed set, with Logto's own codes and without its texts.

use std::time::Duration;

use crate::codes::LogtoCode;

/// A request to Logto that did not end in a usable answer. Carries no body, no token and no URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Logto answered with a status other than 2xx.
    #[error("Logto refused: {0}")]
    Refused(RefusedAnswer),
    /// No answer came.
    #[error("Logto cannot be reached: {0}")]
    Transport(TransportFailure),
    /// The status was a success, but the body cannot be used.
    #[error("Logto's answer cannot be used: {reason} (logto-core-request-id {logto_request_id:?})")]
    Unusable {
        /// The reason, in a few words of ours; never a part of the body.
        reason: &'static str,
        /// Logto's id of the request, for its logs.
        logto_request_id: Option<String>,
    },
    /// The token endpoint did not return a Management API token.
    #[error("no Management API token: {0}")]
    Token(RefusedAnswer),
    /// The token was issued without the scope `all`: the application lacks the Management API role.
    #[error("the machine-to-machine application has no scope `all` on the Management API")]
    ScopeMissing,
    /// The client secret could not be read.
    #[error("the client secret cannot be read")]
    SecretUnavailable,
    /// A value that cannot be in a path.
    #[error("a value cannot be one path segment")]
    InvalidArgument,
}

/// An answer with a status other than 2xx, reduced to what may be logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Logto's own code, e.g. `entity.not_found`; absent where Logto answers plain text.
    pub code: Option<String>,
    /// Logto's id of the request (`logto-core-request-id`), for its logs.
    pub logto_request_id: Option<String>,
    /// When to retry, from `Retry-After` in seconds.
    pub retry_after: Option<Duration>,
}

impl RefusedAnswer {
    /// Whether a connector refused: the request itself was accepted.
    pub(crate) fn is_of_connector(&self) -> bool {
        self.code.as_deref().is_some_and(|code| code.starts_with("connector."))
    }

    /// Whether it has this code.
    pub fn is(&self, code: LogtoCode) -> bool {
        self.code.as_deref() == Some(code.as_str())
    }
}

impl std::fmt::Display for RefusedAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "status {}, code {}, logto-core-request-id {}",
            self.status,
            self.code.as_deref().unwrap_or("none"),
            self.logto_request_id.as_deref().unwrap_or("none")
        )
    }
}

/// A request without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportFailure {
    /// What happened to the connection.
    pub kind: TransportKind,
    /// The reasons, the innermost last, as the proxy connector, the TLS library or the operating system words them: an
    /// expired certificate, a proxy that demands a password or is down, an unknown host, a closed port.
    pub cause: Option<String>,
}

impl std::fmt::Display for TransportFailure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.cause {
            Some(cause) => write!(formatter, "{} ({cause})", self.kind),
            None => self.kind.fmt(formatter),
        }
    }
}

/// What happened to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportKind {
    /// No answer came within the time allowed.
    TimedOut,
    /// No connection could be established.
    Connect,
    /// The connection broke, or what came was not HTTP.
    Broken,
    /// Too many requests are under way already; this one was never sent.
    Busy,
}

impl std::fmt::Display for TransportKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::TimedOut => "timed out",
            Self::Connect => "no connection",
            Self::Broken => "the connection broke",
            Self::Busy => "too many requests at once",
        })
    }
}

impl Error {
    /// Returns the status of a refusal of the Management API itself.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(answer) => Some(answer.status),
            _ => None,
        }
    }

    /// Returns Logto's own code, if there is one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(answer) | Self::Token(answer) => answer.code.as_deref(),
            _ => None,
        }
    }

    /// Whether Logto refused with this code.
    pub fn is(&self, code: LogtoCode) -> bool {
        self.code() == Some(code.as_str())
    }

    /// Whether Logto refused because of a verification code: it is wrong, too old, or there is none.
    pub fn is_of_verification_code(&self) -> bool {
        self.code().is_some_and(|code| code.starts_with("verification_code."))
    }

    /// Returns Logto's id of the request, if there is one.
    pub fn logto_request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(answer) | Self::Token(answer) => answer.logto_request_id.as_deref(),
            Self::Unusable { logto_request_id, .. } => logto_request_id.as_deref(),
            _ => None,
        }
    }

    /// Whether Logto may have done what was requested, although this says it failed. After a write that may have been
    /// applied, only a fresh read can tell.
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Transport(failure) => {
                matches!(failure.kind, TransportKind::TimedOut | TransportKind::Broken)
            }
            Self::Unusable { .. } => true,
            Self::Refused(answer) => answer.status >= 500,
            _ => false,
        }
    }
}

impl From<reqwest::Error> for TransportFailure {
    fn from(error: reqwest::Error) -> Self {
        let kind = if error.is_timeout() {
            TransportKind::TimedOut
        } else if error.is_connect() {
            TransportKind::Connect
        } else {
            TransportKind::Broken
        };
        // The outermost error names the URL, and may have a password in it; the next one only says that it is about a
        // client.
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        let causes: Vec<String> = causes.skip(1).map(ToString::to_string).collect();
        Self { kind, cause: (!causes.is_empty()).then(|| causes.join(": ")) }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.into())
    }
}
