//! What goes wrong in a request, before it becomes an answer.
//!
//! Operations give a [`Failure`]; the layer around every route turns it into an `ApiError` with the request's id. So
//! there is one place that writes error bodies, and nothing else can.

use account_api::error::{Code, Detail};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::http::router::Scope;
use crate::store::StoreError;

/// What a person who came back too early is told to wait, when Logto does not say.
pub(crate) const DEFAULT_RETRY_SECONDS: u32 = 5;

/// An answer that is not a success.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) message: &'static str,
    pub(crate) field: Option<Box<str>>,
    pub(crate) detail: Option<Detail>,
    pub(crate) challenge: Option<Challenge>,
    /// Whether Logto may have done what was asked, although this says it failed.
    pub(crate) may_have_happened: bool,
}

/// What `WWW-Authenticate` asks for.
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
    pub(crate) const fn new(code: Code, message: &'static str) -> Self {
        Self { code, message, field: None, detail: None, challenge: None, may_have_happened: false }
    }

    /// 401 without detail: whatever is wrong with the token stays between us and our log.
    pub(crate) const fn unauthorized() -> Self {
        let mut failure = Self::new(Code::Unauthorized, "the access token is missing or not valid");
        failure.challenge = Some(Challenge::Token);
        failure
    }

    pub(crate) const fn account_not_found() -> Self {
        let mut failure = Self::new(Code::AccountNotFound, "the user of this token does not exist");
        failure.challenge = Some(Challenge::Token);
        failure
    }

    pub(crate) const fn insufficient_scope(scopes: &'static [Scope]) -> Self {
        let mut failure =
            Self::new(Code::InsufficientScope, "the access token lacks a scope of this operation");
        failure.challenge = Some(Challenge::Scopes(scopes));
        failure
    }

    pub(crate) fn invalid_value(field: impl Into<Box<str>>) -> Self {
        Self::new(Code::InvalidValue, "the value cannot be stored").of_field(field)
    }

    pub(crate) fn of_field(mut self, field: impl Into<Box<str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.detail = Some(Detail::RetryAfter { seconds: seconds.max(1) });
        self
    }

    /// Somebody else changes the account, and the turn did not come in time.
    pub(crate) fn account_busy() -> Self {
        Self::new(Code::StoreUnavailable, "another change of this account is under way")
            .retry_after(DEFAULT_RETRY_SECONDS)
    }

    /// The HTTP status of this code.
    pub(crate) fn status(&self) -> StatusCode {
        status_of(self.code)
    }
}

/// Nothing is changed that cannot be written down.
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if let StoreError::Corrupt(reason) = error {
            tracing::error!(reason, "the store holds something unusable");
        }
        Self::new(Code::StoreUnavailable, "the settings server cannot reach its own records")
            .retry_after(DEFAULT_RETRY_SECONDS)
    }
}

/// The HTTP status of a code. Codes that only the app uses never occur here and are defects.
pub(crate) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Unauthorized | Code::AccountNotFound | Code::StepUpRequired => StatusCode::UNAUTHORIZED,
        Code::ClientNotAllowed
        | Code::ReadOnlyToken
        | Code::StepUpRefused
        | Code::StepUpOtherPerson
        | Code::PasswordWrong
        | Code::InsufficientScope
        | Code::InstanceUnknown
        | Code::AccountSuspended
        | Code::FieldNotEditable
        | Code::OriginNotAllowed => StatusCode::FORBIDDEN,
        Code::InvalidBody | Code::InstanceRequired => StatusCode::BAD_REQUEST,
        Code::InvalidValue | Code::CodeWrong | Code::PasswordRejected => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Conflict
        | Code::LastSignInMethod
        | Code::IdentifierUnavailable
        | Code::CurrentSessionUnknown => StatusCode::CONFLICT,
        Code::CodeExpired => StatusCode::GONE,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::NotFound | Code::SessionNotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::UpstreamFailed => StatusCode::BAD_GATEWAY,
        Code::UpstreamUnavailable | Code::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
