//! Passwords, codes and second factors: what is asked about them, and what Logto answers.

use serde::Deserialize;

use super::vocabulary::MfaFactor;

/// Where a verification code goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// An e-mail address, in the spelling that was sent to: Logto compares codes by the exact text.
    Email(String),
    /// A phone number: digits only, with country code.
    Phone(String),
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Email(_) => "Email(…)",
            Self::Phone(_) => "Phone(…)",
        })
    }
}

/// Identifies one password of a user: SHA-256 of Logto's salted digest of it. It changes with every new password, and
/// also when Logto itself digests the same one anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PasswordFingerprint(pub(crate) [u8; 32]);

impl PasswordFingerprint {
    /// Returns its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for PasswordFingerprint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordFingerprint(…)")
    }
}

/// The tenant's policy applied to a password (`POST /sign-in-exp/default/check-password`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It is accepted.
    Accepted,
    /// It breaks these rules.
    Rejected(Vec<PasswordIssue>),
}

/// A rule that a password breaks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PasswordIssue {
    /// `password_rejected.too_short`, ….
    pub code: String,
    /// The numbers of the rule.
    #[serde(default)]
    pub interpolation: IssueNumbers,
}

/// The numbers of a rule. Words of the password itself, which Logto may put here, are dropped unread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IssueNumbers {
    /// The minimum.
    pub min: Option<u32>,
    /// The maximum.
    pub max: Option<u32>,
}

/// A second factor that is bound to a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MfaVerification {
    /// Its id in Logto.
    pub id: String,
    /// Which factor it is.
    #[serde(rename = "type")]
    pub factor: MfaFactor,
    /// When it was bound (ISO 8601).
    #[serde(default, rename = "createdAt")]
    pub created_at: Option<String>,
}

/// `GET /users/{userId}/logto-configs`: a user's own choices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LogtoConfigs {
    /// The choices about second factors.
    pub mfa: MfaConfig,
}

/// A user's choices about second factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MfaConfig {
    /// `Some(false)`: sign-in does not ask for the user's factors.
    pub enabled: Option<bool>,
    /// Sign-in does not ask for the user's factors, unless the policy allows no skipping.
    pub skip_mfa_on_sign_in: bool,
}
