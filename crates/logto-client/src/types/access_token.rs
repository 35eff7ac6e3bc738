//! Personal access tokens. Logto answers each with its value, which is left out here.

use serde::{Deserialize, Serialize};

/// A personal access token without its value. Its times are in milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonalAccessToken {
    /// Its name, unique among the user's.
    pub name: String,
    /// When it was created.
    pub created_at: u64,
    /// When it expires; `None`: never.
    #[serde(default)]
    pub expires_at: Option<u64>,
}

/// A token that is to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPersonalAccessToken {
    /// Its name.
    pub name: String,
    /// When it expires, in milliseconds since the epoch; `None`: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
}
