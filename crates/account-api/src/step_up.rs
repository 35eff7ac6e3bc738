//! Step-up: a fresh proof of who sends a request, before a sensitive operation (RFC 9470).
//!
//! A sensitive request without a grant is answered 401 with a challenge (`Detail::StepUp`). The app answers it with
//! one of the methods that the challenge names, gets a grant, and repeats the request with the grant in
//! [`GRANT_HEADER`]. Challenges and grants are bound to the user, the app instance, the purpose and, where the purpose
//! is destructive, the target.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::secret::{SecretText, expose_on_wire};

/// The request header with the app instance's secret: 43 characters, base64url of 32 random bytes. Required by every
/// request of the step-up and every sensitive request.
pub const INSTANCE_HEADER: &str = "latchkey-instance";
/// The request header with a grant.
pub const GRANT_HEADER: &str = "latchkey-grant";
/// The request header with an idempotency key: a repeated change with the same key is the same change. 16 to 64 visible
/// ASCII characters.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";

/// What a grant is for. A grant for a single-use purpose expires after two minutes, and after one use for one target;
/// any other lasts ten minutes.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    ToSchema,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Purpose {
    /// Set, change or remove the username.
    Username,
    /// End one session, or the access of one app.
    EndSession,
    /// Revoke a personal access token.
    RevokeAccessToken,

    /// Add an e-mail address where there is none; the target is the new address.
    AddEmail,
    /// Add a phone number where there is none; the target is the new number.
    AddPhone,
    /// Set or change the password.
    Password,
    /// Change the e-mail address; the target is the new address.
    ChangeEmail,
    /// Remove the e-mail address; the target is the address.
    RemoveEmail,
    /// Change the phone number; the target is the new number.
    ChangePhone,
    /// Remove the phone number; the target is the number.
    RemovePhone,
    /// End every other session and every other grant.
    EndOtherSessions,
    /// Create a personal access token; the target is its name.
    CreateAccessToken,
    /// Link a social account; the target is the provider's.
    LinkSocial,
    /// Replace a linked social account by another one of the same provider; the target is the present one's key.
    SwitchSocial,
    /// Unlink a social account; the target is its key.
    UnlinkSocial,
    /// Link a social account again that was unlinked or replaced; the target is its key.
    RestoreSocial,
    /// Erase what is kept of a social account that was unlinked or replaced; the target is its key.
    ForgetSocial,
}

impl Purpose {
    /// Whether a grant for this purpose can be used only once, and for one target. True for every purpose that binds,
    /// replaces or removes an authenticator, or ends access of others.
    pub const fn is_single_use(self) -> bool {
        !matches!(self, Self::Username | Self::EndSession | Self::RevokeAccessToken)
    }
}

/// A method of proof that this user can use for this purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepUpMethod {
    /// A fresh sign-in in the system browser: `prompt=login`, `max_age=0`, the challenge's nonce.
    Browser,
    /// The present password.
    Password,
    /// A code to the present e-mail address.
    Email {
        /// The address, masked: `a…e@example.com`.
        masked: String,
    },
    /// A code to the present phone number.
    Phone {
        /// The number, masked: `…4567`.
        masked: String,
    },
}

/// Where a code goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeRoute {
    /// The present e-mail address.
    Email,
    /// The present phone number.
    Phone,
}

/// `POST {base}/step-up/browser`: the ID token of the fresh sign-in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpBrowserRequest {
    /// The challenge's nonce, which must also be the ID token's.
    #[serde(serialize_with = "expose_on_wire")]
    pub nonce: SecretText,
    /// The ID token (OpenID Connect Core 1.0 §2).
    #[serde(serialize_with = "expose_on_wire")]
    pub id_token: SecretText,
}

/// `POST {base}/step-up/password`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpPasswordRequest {
    /// The challenge's nonce.
    #[serde(serialize_with = "expose_on_wire")]
    pub nonce: SecretText,
    /// The present password.
    #[serde(serialize_with = "expose_on_wire")]
    pub password: SecretText,
}

/// `POST {base}/step-up/code`: sends a code to a present address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpCodeRequest {
    /// The challenge's nonce.
    #[serde(serialize_with = "expose_on_wire")]
    pub nonce: SecretText,
    /// The address that the code goes to.
    pub route: CodeRoute,
}

/// `POST {base}/step-up/code/confirm`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpCodeConfirmRequest {
    /// The challenge's nonce.
    #[serde(serialize_with = "expose_on_wire")]
    pub nonce: SecretText,
    /// The transaction that `POST {base}/step-up/code` opened.
    #[serde(serialize_with = "expose_on_wire")]
    pub transaction: SecretText,
    /// The code: six digits.
    #[serde(serialize_with = "expose_on_wire")]
    pub code: SecretText,
}

/// The result of a proof.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepUpAnswer {
    /// Proven. The grant goes into [`GRANT_HEADER`].
    Granted {
        /// The grant: 43 characters.
        #[serde(serialize_with = "expose_on_wire")]
        grant: SecretText,
        /// Until when it is valid, in milliseconds since the epoch.
        expires_at: u64,
    },
    /// Proven, but not enough for this purpose: one more of these methods is needed.
    More {
        /// The methods that may come next.
        methods: Vec<StepUpMethod>,
    },
}

/// A code was sent, or the answer is the same as if it had been: whether the address exists elsewhere is not
/// disclosed.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct CodeSentView {
    /// Names this attempt when the code is confirmed.
    #[serde(serialize_with = "expose_on_wire")]
    pub transaction: SecretText,
    /// The address that it went to, masked.
    pub masked: String,
    /// How long the code is valid, in whole seconds from this answer on: a user's clock may be wrong.
    pub expires_in: u32,
    /// After how many whole seconds from this answer on another code may be sent.
    pub resend_in: u32,
}

/// `POST …/confirm`: the code that was sent to a new address.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeConfirmRequest {
    /// The transaction.
    #[serde(serialize_with = "expose_on_wire")]
    pub transaction: SecretText,
    /// The code: six digits.
    #[serde(serialize_with = "expose_on_wire")]
    pub code: SecretText,
}
