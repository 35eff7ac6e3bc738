//! The password: the tenant's rules, and setting a new one.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::secret::{SecretText, expose_on_wire};

/// `GET {base}/password`: the tenant's password policy, as far as a page can check it while a user types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct PasswordRules {
    /// The minimum number of characters.
    pub min_length: u32,
    /// The maximum number of characters.
    pub max_length: u32,
    /// The minimum number of kinds among: capitals, small letters, digits, symbols.
    pub min_character_types: u32,
    /// Whether passwords known from breaches are refused (checked when the password is set).
    pub rejects_breached: bool,
    /// Whether repeated characters and sequences are refused.
    pub rejects_repetition: bool,
    /// Whether parts of the user's own data are refused.
    pub rejects_user_info: bool,
    /// Words that are refused.
    pub rejected_words: Vec<String>,
}

/// `PUT {base}/password`
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordUpdateRequest {
    /// The new password.
    #[serde(serialize_with = "expose_on_wire")]
    pub password: SecretText,
}

/// Why a password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PasswordIssue {
    /// Fewer characters than the minimum.
    TooShort {
        /// The minimum.
        min: u32,
    },
    /// More characters than the maximum.
    TooLong {
        /// The maximum.
        max: u32,
    },
    /// Fewer kinds of characters than the minimum.
    CharacterTypes {
        /// The minimum.
        min: u32,
    },
    /// Has characters that the identity provider does not accept.
    UnsupportedCharacters,
    /// Known from a breach.
    Breached,
    /// Repeats the same character.
    Repetition,
    /// Has a sequence, such as `abcd` or `1234`.
    Sequence,
    /// Has a part of the user's own data.
    UserInfo,
    /// Has a word that the organisation does not allow.
    Word,
    /// Equals the present password.
    SameAsPresent,
    /// A rule that this version does not know.
    #[serde(other)]
    Other,
}
