//! Codes that belong together: the lists of the routes are made of them, and of codes of their own.

use account_api::error::Code;

/// The codes that a route can answer, in groups.
pub(crate) type Errors = &'static [&'static [Code]];

/// Asking for an account: the token and its user's floor, their fair share, the user, and Logto.
pub(crate) const ACCOUNT: &[Code] = &[
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
pub(crate) const BODY: &[Code] =
    &[Code::InvalidBody, Code::InvalidValue, Code::BodyTooLarge, Code::UnsupportedMediaType];
/// The app instance.
pub(crate) const INSTANCE: &[Code] = &[Code::InstanceRequired, Code::InstanceUnknown];
pub(crate) const STEP_UP: &[Code] = &[Code::StepUpRequired, Code::StepUpRefused];
pub(crate) const CODE: &[Code] = &[Code::CodeWrong, Code::CodeExpired];

/// Setting an e-mail address or a phone number: a code is sent to it.
pub(crate) const ADDRESS_SET: Errors =
    &[ACCOUNT, INSTANCE, BODY, STEP_UP, &[Code::FieldNotEditable, Code::Conflict]];
/// Confirming a new address with its code.
pub(crate) const ADDRESS_CONFIRM: Errors =
    &[ACCOUNT, INSTANCE, BODY, CODE, &[Code::FieldNotEditable, Code::Conflict, Code::IdentifierUnavailable]];
/// Removing an address.
pub(crate) const ADDRESS_REMOVE: Errors = &[
    ACCOUNT,
    INSTANCE,
    BODY,
    STEP_UP,
    &[Code::FieldNotEditable, Code::Conflict, Code::IdentifierUnavailable, Code::LastSignInMethod],
];
