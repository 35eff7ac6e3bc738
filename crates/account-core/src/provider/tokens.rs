//! The answers of the token endpoint (RFC 6749 §5), and why it returned no tokens.

use std::fmt;
use std::time::Duration;

use oauth2::basic::{BasicErrorResponse, BasicErrorResponseType, BasicTokenType};
use oauth2::{ExtraTokenFields, RequestTokenError, StandardTokenResponse, TokenResponse as _};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::http::{ConnectionProblem, HttpError};

/// The answer as the OAuth library parses it.
pub(super) type TokenAnswer = StandardTokenResponse<WithIdToken, BasicTokenType>;
/// The error of the OAuth library when there are no tokens.
pub(super) type TokenError = RequestTokenError<HttpError, BasicErrorResponse>;

/// The member that OpenID Connect adds (Core 1.0 §3.1.3.3). Kept as text: verification is a separate step, and tokens
/// that came with an unusable one have to be known to be revoked.
#[derive(Serialize, Deserialize)]
pub(super) struct WithIdToken {
    #[serde(default)]
    id_token: Option<String>,
}

impl ExtraTokenFields for WithIdToken {}

impl fmt::Debug for WithIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithIdToken([redacted])")
    }
}

/// The tokens of one answer.
pub(crate) struct Tokens {
    pub(crate) access: SecretString,
    pub(crate) refresh: Option<SecretString>,
    pub(crate) id_token: Option<SecretString>,
    /// How long the access token is valid, from its arrival.
    pub(crate) expires_in: Option<Duration>,
    /// The identity provider's clock when it answered, in milliseconds since the epoch (RFC 9110 §6.6.1).
    pub(crate) answered_at: Option<u64>,
}

impl Tokens {
    pub(super) fn new(answer: &TokenAnswer, answered_at: Option<u64>) -> Self {
        Self {
            access: SecretString::from(answer.access_token().secret().as_str()),
            refresh: answer.refresh_token().map(|token| SecretString::from(token.secret().as_str())),
            id_token: answer.extra_fields().id_token.as_deref().map(SecretString::from),
            expires_in: answer.expires_in(),
            answered_at,
        }
    }
}

/// Why the token endpoint returned no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenFailure {
    /// `invalid_grant`: the code or the refresh token is no longer valid.
    InvalidGrant,
    /// Nothing was sent.
    Unreachable,
    /// No answer in time; whether tokens were issued is unknown.
    TimedOut,
    /// Nothing was sent, for a known reason.
    Connection(ConnectionProblem),
    /// The request was sent and the connection broke before the answer was complete.
    AnswerLost,
    /// 5xx or 429.
    Unavailable,
    /// Another error, or an answer that is malformed.
    Refused,
}

impl TokenFailure {
    /// Returns the reason, and logs it for the `grant` that was requested.
    pub(super) fn new(grant: &'static str, error: TokenError) -> Self {
        let failure = match error {
            RequestTokenError::ServerResponse(response)
                if *response.error() == BasicErrorResponseType::InvalidGrant =>
            {
                Self::InvalidGrant
            }
            RequestTokenError::Request(HttpError::Unreachable) => Self::Unreachable,
            RequestTokenError::Request(HttpError::TimedOut) => Self::TimedOut,
            RequestTokenError::Request(HttpError::Connection(problem)) => Self::Connection(problem),
            RequestTokenError::Request(HttpError::AnswerLost) => Self::AnswerLost,
            RequestTokenError::Request(HttpError::Unavailable) => Self::Unavailable,
            _ => Self::Refused,
        };
        tracing::info!(grant, ?failure, "token endpoint: no tokens");
        failure
    }
}

impl From<TokenFailure> for Error {
    fn from(failure: TokenFailure) -> Self {
        match failure {
            TokenFailure::InvalidGrant => Self::SessionEnded,
            TokenFailure::Unreachable | TokenFailure::TimedOut | TokenFailure::AnswerLost => Self::Offline,
            TokenFailure::Connection(problem) => Self::Connection(problem),
            TokenFailure::Unavailable => Self::IssuerUnavailable,
            TokenFailure::Refused => Self::IssuerFailed,
        }
    }
}
