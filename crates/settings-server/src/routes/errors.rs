//! Groups of error codes: the lists of the routes consist of these and of codes of their own.

use account_api::error::ServerCode;

/// The codes that a route can answer, in groups.
pub(crate) type Errors = &'static [&'static [ServerCode]];

/// Reading an account: the token and its user's floor, their fair share, the user, and Logto.
pub(crate) const ACCOUNT: &[ServerCode] = &[
    ServerCode::Unauthorized,
    ServerCode::AccountNotFound,
    ServerCode::ClientNotAllowed,
    ServerCode::InsufficientScope,
    ServerCode::AccountSuspended,
    ServerCode::RateLimited,
    ServerCode::UpstreamFailed,
    ServerCode::UpstreamUnavailable,
    ServerCode::StoreUnavailable,
];
pub(crate) const BODY: &[ServerCode] = &[
    ServerCode::InvalidBody,
    ServerCode::InvalidValue,
    ServerCode::BodyTooLarge,
    ServerCode::UnsupportedMediaType,
];
/// The app instance.
pub(crate) const INSTANCE: &[ServerCode] = &[ServerCode::InstanceRequired, ServerCode::InstanceUnknown];
pub(crate) const STEP_UP: &[ServerCode] = &[ServerCode::StepUpRequired, ServerCode::StepUpRefused];
pub(crate) const CODE: &[ServerCode] = &[ServerCode::CodeWrong, ServerCode::CodeExpired];

/// Setting an e-mail address or a phone number: a code is sent to it.
pub(crate) const ADDRESS_SET: Errors =
    &[ACCOUNT, BODY, &[ServerCode::FieldNotEditable, ServerCode::Conflict]];
/// Confirming a new address with its code.
pub(crate) const ADDRESS_CONFIRM: Errors = &[
    ACCOUNT,
    BODY,
    CODE,
    &[ServerCode::FieldNotEditable, ServerCode::Conflict, ServerCode::IdentifierUnavailable],
];
/// Removing an address.
pub(crate) const ADDRESS_REMOVE: Errors = &[
    ACCOUNT,
    BODY,
    &[
        ServerCode::FieldNotEditable,
        ServerCode::Conflict,
        ServerCode::IdentifierUnavailable,
        ServerCode::LastSignInMethod,
    ],
];
