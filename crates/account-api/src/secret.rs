//! A text that must not be seen: passwords, codes and tokens on their way to the code that needs them.

use serde::{Deserialize, Deserializer, Serializer};
use ts_rs::TS;
use utoipa::{PartialSchema, ToSchema};
use zeroize::Zeroizing;

/// A secret of a request or an answer: a password, a code, a token, or a text with the authority of a step-up.
///
/// It is wiped when it is dropped, cannot be printed or compared, and is serialized only by a field that says
/// `#[serde(serialize_with = "expose_on_wire")]`.
#[derive(Clone, TS)]
#[ts(type = "string")]
pub struct SecretText(#[ts(skip)] Zeroizing<String>);

impl SecretText {
    /// Takes what a user typed, or what a program made.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns the text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Serializes a secret into a body on its way to the program that it is for.
///
/// # Errors
/// Those of the serializer.
pub fn expose_on_wire<S: Serializer>(secret: &SecretText, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
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
