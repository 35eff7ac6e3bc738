//! The password: the tenant's rules, and setting a new one.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::secret::{SecretText, expose_on_wire};

/// `GET {base}/password`: the tenant's password policy as far as a page can tick it off while somebody types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct PasswordRules {
    /// At least so many characters.
    pub min_length: u32,
    /// At most so many characters.
    pub max_length: u32,
    /// At least so many of: capitals, small letters, digits, symbols.
    pub min_character_types: u32,
    /// Passwords known from breaches are refused (checked when it is set).
    pub rejects_breached: bool,
    /// Repeated characters and sequences are refused.
    pub rejects_repetition: bool,
    /// Parts of the person's own data are refused.
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
    /// Fewer characters than this.
    TooShort {
        /// The least.
        min: u32,
    },
    /// More characters than this.
    TooLong {
        /// The most.
        max: u32,
    },
    /// Fewer kinds of characters than this.
    CharacterTypes {
        /// The least.
        min: u32,
    },
    /// Characters the identity provider does not take.
    UnsupportedCharacters,
    /// Known from a breach.
    Breached,
    /// The same character again and again.
    Repetition,
    /// `abcd`, `1234`.
    Sequence,
    /// Has a part of the person's own data.
    UserInfo,
    /// Has a word that the organisation does not allow.
    Word,
    /// It is the present one.
    SameAsPresent,
    /// A rule that this version does not know.
    #[serde(other)]
    Other,
}
