//! The codes each kind of route can answer, beside those of every route: what the OpenAPI document says. Each is made of
//! what can go wrong on the way.

use account_api::error::Code;

/// Groups of codes.
pub(crate) type Errors = &'static [&'static [Code]];

/// Asking for an account: the token and its user's floor, their fair share, the user, and Logto.
const ACCOUNT: &[Code] = &[
    Code::Unauthorized,
    Code::AccountNotFound,
    Code::ClientNotAllowed,
    Code::InsufficientScope,
    Code::AccountSuspended,
    Code::RateLimited,
    Code::UpstreamFailed,
    Code::UpstreamUnavailable,
    Code::StoreUnavailable,
];
const BODY: &[Code] =
    &[Code::InvalidBody, Code::InvalidValue, Code::BodyTooLarge, Code::UnsupportedMediaType];
/// The app instance.
const INSTANCE: &[Code] = &[Code::InstanceRequired, Code::InstanceUnknown];
const FIELD: &[Code] = &[Code::FieldNotEditable];
const STEP_UP: &[Code] = &[Code::StepUpRequired, Code::StepUpRefused];
const CODE: &[Code] = &[Code::CodeWrong, Code::CodeExpired];
/// What one signs in with.
const IDENTIFIER: &[Code] =
    &[Code::Conflict, Code::IdentifierUnavailable, Code::LastSignInMethod, Code::RateLimited];

pub(crate) const READ_ERRORS: Errors = &[ACCOUNT];
pub(crate) const EDIT_ERRORS: Errors = &[ACCOUNT, BODY, FIELD, &[Code::Conflict]];
pub(crate) const SESSIONS_ERRORS: Errors = &[ACCOUNT, INSTANCE, FIELD];
pub(crate) const INTRODUCTION_ERRORS: Errors = &[ACCOUNT, INSTANCE, BODY, &[Code::StepUpRefused]];
pub(crate) const PROOF_ERRORS: Errors = &[
    ACCOUNT,
    INSTANCE,
    BODY,
    CODE,
    &[Code::StepUpRefused, Code::StepUpOtherPerson, Code::PasswordWrong, Code::RateLimited],
];
pub(crate) const END_ERRORS: Errors =
    &[ACCOUNT, INSTANCE, BODY, FIELD, STEP_UP, &[Code::SessionNotFound, Code::CurrentSessionUnknown]];
/// Setting, proving and removing an address or number.
pub(crate) const ADDRESS_ERRORS: Errors = &[ACCOUNT, INSTANCE, BODY, FIELD, STEP_UP, CODE, IDENTIFIER];
pub(crate) const USERNAME_ERRORS: Errors = &[ACCOUNT, INSTANCE, BODY, FIELD, STEP_UP, IDENTIFIER];
pub(crate) const PASSWORD_RULES_ERRORS: Errors = &[ACCOUNT, FIELD];
pub(crate) const PASSWORD_ERRORS: Errors =
    &[ACCOUNT, INSTANCE, BODY, FIELD, STEP_UP, &[Code::PasswordRejected]];
