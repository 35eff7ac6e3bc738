//! A text that must not be seen: passwords, codes and tokens on their way to the one who needs them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::{PartialSchema, ToSchema};

/// A secret in a request. It can be sent and read; it cannot be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct SecretText(String);

impl SecretText {
    /// Takes what a person typed, or what a program made.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretText(…)")
    }
}

impl PartialSchema for SecretText {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl ToSchema for SecretText {
    fn name() -> std::borrow::Cow<'static, str> {
        "SecretText".into()
    }
}
