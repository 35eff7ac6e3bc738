//! Personal access tokens: what a user's own programs show in place of a sign-in. Logto exchanges one for an access token of
//! the user (RFC 8693).

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::account::FieldAccess;
use crate::secret::{SecretText, expose_on_wire};

/// `GET {base}/access-tokens`: the user's personal access tokens, without their values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct AccessTokensView {
    /// What the user may do with them.
    pub access: FieldAccess,
    /// The tokens, the newest first.
    pub tokens: Vec<AccessTokenView>,
}

/// One personal access token. Times are milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct AccessTokenView {
    /// Its name, unique among the user's tokens.
    pub name: String,
    /// When it was created.
    pub created_at: u64,
    /// When it expires; absent: never.
    #[serde(default)]
    pub expires_at: Option<u64>,
    /// Whether it has expired, by the server's clock.
    pub expired: bool,
}

/// `POST {base}/access-tokens`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenCreateRequest {
    /// Its name: 1 to [`LIMITS.access_token_name`](crate::limits::Limits::access_token_name) characters.
    pub name: String,
    /// Days until it expires, 1 to [`LIMITS.access_token_days`](crate::limits::Limits::access_token_days); `null`: never.
    #[serde(default, deserialize_with = "days")]
    pub lifetime_days: Option<u32>,
}

/// Reads a number of days. JSON has one type of number: `30.0` is an integer to JSON Schema, but not to serde. What is
/// too large becomes the largest number, which the limit refuses.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and not negative; `as` saturates"
)]
fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let Some(days) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    if days < 0.0 || days.fract() != 0.0 {
        return Err(serde::de::Error::custom("not a number of days"));
    }
    Ok(Some(days as u32))
}

/// A new token, with its value. No other answer has the value.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct AccessTokenCreatedView {
    /// The token as a program shows it.
    #[serde(serialize_with = "expose_on_wire")]
    pub value: SecretText,
    /// Its name.
    pub name: String,
    /// Every token, the new one included.
    pub present: AccessTokensView,
}

/// `PATCH {base}/access-tokens`: renames a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenRenameRequest {
    /// The present name.
    pub from: String,
    /// The new name.
    pub to: String,
}

/// `POST {base}/access-tokens/revoke`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenRevokeRequest {
    /// The token's name.
    pub name: String,
}
