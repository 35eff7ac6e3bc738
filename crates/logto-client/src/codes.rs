//! The codes of Logto that callers decide by. Logto has many more.

/// A code of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogtoCode {
    /// 404: there is no such user, or no such thing of the user.
    EntityNotFound,
    /// 422: the password is wrong, or the user has none.
    InvalidCredentials,
    /// 400: the code is not the one that was sent.
    CodeMismatch,
    /// 422: another user has the user name.
    UsernameInUse,
    /// 422: another user has the e-mail address.
    EmailInUse,
    /// 422: another user has the phone number.
    PhoneInUse,
    /// 422: another personal access token of the user has the name.
    AccessTokenNameExists,
    /// 422: another user has the social account.
    IdentityInUse,
    /// 404: the user has no social account of this target.
    IdentityNotExist,
    /// 400 of the token endpoint: there is no such resource.
    InvalidTarget,
}

impl LogtoCode {
    /// Returns the code as Logto sends it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EntityNotFound => "entity.not_found",
            Self::InvalidCredentials => "session.invalid_credentials",
            Self::CodeMismatch => "verification_code.code_mismatch",
            Self::UsernameInUse => "user.username_already_in_use",
            Self::EmailInUse => "user.email_already_in_use",
            Self::PhoneInUse => "user.phone_already_in_use",
            Self::AccessTokenNameExists => "user.personal_access_token_name_exists",
            Self::IdentityInUse => "user.identity_already_in_use",
            Self::IdentityNotExist => "user.identity_not_exist",
            Self::InvalidTarget => "oidc.invalid_target",
        }
    }
}
