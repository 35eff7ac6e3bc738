//! The tenant's definitions of profile fields. Logto keeps the values of its built-in fields in a user's `profile`
//! and those of all others at the top level of `customData`.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::lenient;

/// One definition of `GET /custom-profile-fields`.
///
/// A definition that this version does not understand, because of its type or its configuration, is read as
/// [`ProfileFieldType::Unknown`] without a configuration: it never fails the others.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomProfileField {
    /// The key of the value.
    pub name: String,
    /// Its type.
    pub field_type: ProfileFieldType,
    /// The label for users; may be empty.
    pub label: String,
    /// A further explanation.
    pub description: Option<String>,
    /// Whether Logto requires it at registration.
    pub required: bool,
    /// Its limits.
    pub config: ProfileFieldConfig,
}

/// The type of a profile field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ProfileFieldType {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A date, in a format that the configuration names.
    Date,
    /// Yes or no.
    Checkbox,
    /// One of several options.
    Select,
    /// A URL.
    Url,
    /// Text that fits a pattern.
    Regex,
    /// A postal address, in parts.
    Address,
    /// A name, in parts.
    Fullname,
    /// A type this version does not know.
    #[serde(other)]
    Unknown,
}

/// The limits of a profile field, as far as its type has them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProfileFieldConfig {
    /// An example, shown while nothing is typed.
    pub placeholder: Option<String>,
    /// The minimum number of characters. Logto's schema says no more than that it is a number.
    pub min_length: Option<f64>,
    /// The maximum number of characters.
    pub max_length: Option<f64>,
    /// The minimum.
    pub min_value: Option<f64>,
    /// The maximum.
    pub max_value: Option<f64>,
    /// A date's format, or a regular expression.
    pub format: Option<String>,
    /// A date's format, where `format` says that it is the tenant's own.
    pub custom_format: Option<String>,
    /// The options to choose from.
    pub options: Vec<ProfileFieldOption>,
    /// The value when none was chosen.
    pub default_value: Option<String>,
    /// The parts of an address or a name.
    pub parts: Vec<ProfileFieldPart>,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProfileFieldOption {
    /// The stored value.
    pub value: String,
    /// The label for users; absent: the value.
    #[serde(default)]
    pub label: Option<String>,
}

/// One part of an address or a name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProfileFieldPart {
    /// The key of its value.
    pub name: String,
    /// Whether it is shown.
    pub enabled: bool,
    /// Whether Logto requires it at registration.
    pub required: bool,
    /// Its type.
    #[serde(rename = "type")]
    pub field_type: ProfileFieldType,
    /// The label for users.
    #[serde(default)]
    pub label: Option<String>,
}

impl<'de> Deserialize<'de> for CustomProfileField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// As Logto sends it, the configuration unread.
        #[derive(Deserialize)]
        struct Raw {
            name: String,
            #[serde(rename = "type")]
            field_type: ProfileFieldType,
            #[serde(default, deserialize_with = "lenient::or_default")]
            label: String,
            #[serde(default, deserialize_with = "lenient::or_default")]
            description: Option<String>,
            #[serde(default, deserialize_with = "lenient::or_default")]
            required: bool,
            #[serde(default)]
            config: Value,
        }
        let Raw { name, field_type, label, description, required, config } = Raw::deserialize(deserializer)?;
        let config = match config {
            Value::Null => Some(ProfileFieldConfig::default()),
            config => serde_json::from_value(config).ok(),
        };
        let (field_type, config) = match (field_type, config) {
            (ProfileFieldType::Unknown, _) | (_, None) => {
                (ProfileFieldType::Unknown, ProfileFieldConfig::default())
            }
            (field_type, Some(config)) => (field_type, config),
        };
        Ok(Self { name, field_type, label, description, required, config })
    }
}
