//! What fails in a request, before it becomes an answer.
//!
//! Operations return a [`Failure`]; the layer around every route turns it into an `ApiError` with the request's id. So
//! error bodies are written in one place only.

use account_api::error::{Detail, ServerCode};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::http::router::Scope;
use crate::store::StoreError;

/// How long a client that came back too early must wait, when Logto does not say.
pub(crate) const DEFAULT_RETRY_SECONDS: u32 = 5;

/// An answer that is not a success.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) code: ServerCode,
    pub(crate) message: &'static str,
    pub(crate) field: Option<Box<str>>,
    pub(crate) detail: Option<Detail>,
    pub(crate) challenge: Option<Challenge>,
    /// Whether Logto may have done what was requested, although this says it failed.
    pub(crate) may_have_happened: bool,
}

/// The challenge in `WWW-Authenticate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// A valid token (RFC 9728 §5.1).
    Token,
    /// A token with all of these scopes (RFC 6750 §3.1).
    Scopes(&'static [Scope]),
    /// A fresh sign-in (RFC 9470 §3).
    FreshSignIn,
}

impl Failure {
    pub(crate) const fn new(code: ServerCode, message: &'static str) -> Self {
        Self { code, message, field: None, detail: None, challenge: None, may_have_happened: false }
    }

    /// Returns 401 without detail: what is wrong with the token is for our log only.
    pub(crate) const fn unauthorized() -> Self {
        let mut failure = Self::new(ServerCode::Unauthorized, "the access token is missing or not valid");
        failure.challenge = Some(Challenge::Token);
        failure
    }

    pub(crate) const fn account_not_found() -> Self {
        let mut failure = Self::new(ServerCode::AccountNotFound, "the user of this token does not exist");
        failure.challenge = Some(Challenge::Token);
        failure
    }

    pub(crate) const fn insufficient_scope(scopes: &'static [Scope]) -> Self {
        let mut failure =
            Self::new(ServerCode::InsufficientScope, "the access token lacks a scope of this operation");
        failure.challenge = Some(Challenge::Scopes(scopes));
        failure
    }

    pub(crate) fn invalid_value(field: impl Into<Box<str>>) -> Self {
        Self::new(ServerCode::InvalidValue, "the value cannot be stored").of_field(field)
    }

    pub(crate) fn of_field(mut self, field: impl Into<Box<str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.detail = Some(Detail::RetryAfter { seconds: seconds.max(1) });
        self
    }

    /// Returns the failure of a change that did not get the user's lock in time, because another change had it.
    pub(crate) fn account_busy() -> Self {
        Self::new(ServerCode::StoreUnavailable, "another change of this account is under way")
            .retry_after(DEFAULT_RETRY_SECONDS)
    }

    /// Returns the HTTP status of this failure.
    pub(crate) fn status(&self) -> StatusCode {
        status_of(self.code)
    }
}

/// A change that cannot be recorded is not made.
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if let StoreError::Corrupt(reason) = error {
            tracing::error!(reason, "store: unusable data");
        }
        Self::new(ServerCode::StoreUnavailable, "the settings server cannot reach its own records")
            .retry_after(DEFAULT_RETRY_SECONDS)
    }
}

/// Returns the HTTP status of a code.
pub(crate) fn status_of(code: ServerCode) -> StatusCode {
    match code {
        ServerCode::Unauthorized | ServerCode::AccountNotFound | ServerCode::StepUpRequired => {
            StatusCode::UNAUTHORIZED
        }
        ServerCode::ClientNotAllowed
        | ServerCode::ReadOnlyToken
        | ServerCode::StepUpRefused
        | ServerCode::StepUpOtherPerson
        | ServerCode::PasswordWrong
        | ServerCode::InsufficientScope
        | ServerCode::InstanceUnknown
        | ServerCode::AccountSuspended
        | ServerCode::FieldNotEditable
        | ServerCode::OriginNotAllowed => StatusCode::FORBIDDEN,
        ServerCode::InvalidBody | ServerCode::InstanceRequired => StatusCode::BAD_REQUEST,
        ServerCode::InvalidValue
        | ServerCode::CodeWrong
        | ServerCode::PasswordRejected
        | ServerCode::SocialDeclined
        | ServerCode::SocialProviderFailed => StatusCode::UNPROCESSABLE_ENTITY,
        ServerCode::Conflict
        | ServerCode::LastSignInMethod
        | ServerCode::IdentifierUnavailable
        | ServerCode::SocialNotLinkable
        | ServerCode::CurrentSessionUnknown => StatusCode::CONFLICT,
        ServerCode::CodeExpired | ServerCode::SocialLinkOver => StatusCode::GONE,
        ServerCode::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ServerCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ServerCode::NotFound
        | ServerCode::SessionNotFound
        | ServerCode::AccessTokenNotFound
        | ServerCode::SocialNotLinked
        | ServerCode::SocialNotRestorable => StatusCode::NOT_FOUND,
        ServerCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ServerCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ServerCode::UpstreamFailed => StatusCode::BAD_GATEWAY,
        ServerCode::UpstreamUnavailable
        | ServerCode::SocialProviderUnreachable
        | ServerCode::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        ServerCode::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        ServerCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
