//! How a change ended.

use account_api::error::ServerCode;

use crate::error::Failure;

/// How a change ended. The audit log keeps the name: it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Logto applied it.
    Applied,
    /// Of several independent writes, such as revocations of sessions, Logto applied some.
    PartiallyApplied,
    /// Logto refused it.
    Refused,
    /// A later read showed that Logto had not applied it.
    NotApplied,
    /// It did not reach Logto.
    Failed,
    /// Logto may have applied it: a later read decides.
    Unknown,
}

impl Outcome {
    /// Returns what the result of the write to Logto means.
    pub(crate) fn of<T>(result: &Result<T, Failure>) -> Self {
        match result {
            Ok(_) => Self::Applied,
            Err(failure) if failure.may_have_happened => Self::Unknown,
            Err(failure) => match failure.code {
                ServerCode::UpstreamFailed
                | ServerCode::UpstreamUnavailable
                | ServerCode::SocialProviderUnreachable
                | ServerCode::StoreUnavailable
                | ServerCode::TimedOut
                | ServerCode::Internal => Self::Failed,
                ServerCode::Unauthorized
                | ServerCode::AccountNotFound
                | ServerCode::StepUpRequired
                | ServerCode::StepUpRefused
                | ServerCode::StepUpOtherPerson
                | ServerCode::PasswordWrong
                | ServerCode::CodeWrong
                | ServerCode::CodeExpired
                | ServerCode::LastSignInMethod
                | ServerCode::IdentifierUnavailable
                | ServerCode::PasswordRejected
                | ServerCode::SessionNotFound
                | ServerCode::AccessTokenNotFound
                | ServerCode::SocialNotLinked
                | ServerCode::SocialNotRestorable
                | ServerCode::SocialNotLinkable
                | ServerCode::SocialLinkOver
                | ServerCode::SocialDeclined
                | ServerCode::SocialProviderFailed
                | ServerCode::CurrentSessionUnknown
                | ServerCode::InstanceRequired
                | ServerCode::InstanceUnknown
                | ServerCode::ClientNotAllowed
                | ServerCode::ReadOnlyToken
                | ServerCode::InsufficientScope
                | ServerCode::AccountSuspended
                | ServerCode::FieldNotEditable
                | ServerCode::OriginNotAllowed
                | ServerCode::InvalidBody
                | ServerCode::InvalidValue
                | ServerCode::Conflict
                | ServerCode::BodyTooLarge
                | ServerCode::UnsupportedMediaType
                | ServerCode::NotFound
                | ServerCode::MethodNotAllowed
                | ServerCode::RateLimited => Self::Refused,
            },
        }
    }

    /// Whether another try would end in the same way.
    pub(crate) const fn is_decided(self) -> bool {
        matches!(self, Self::Applied | Self::Refused)
    }

    /// Whether anything has changed that the user is notified of.
    pub(super) const fn is_notified(self) -> bool {
        matches!(self, Self::Applied | Self::PartiallyApplied)
    }

    /// Returns the name in the audit log.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "done",
            Self::PartiallyApplied => "partly",
            Self::Refused => "refused",
            Self::NotApplied => "undone",
            Self::Failed => "failed",
            Self::Unknown => "unsure",
        }
    }
}
