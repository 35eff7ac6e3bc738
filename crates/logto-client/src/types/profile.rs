//! A user's standard profile. Logto's API accepts strings only, but imports and scripts store any JSON.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The standard profile claims (OpenID Connect Core 1.0 §5.1) in Logto's spelling.
///
/// A field that is absent is not set. Fields that this type does not name are kept in `other`, so that a profile can be
/// read, changed and replaced without losing anything. So is a field that is not a string; its own member then holds
/// its JSON text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// `given_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `family_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// `middle_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// `nickname`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// `preferred_username`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// `profile`: the URL of a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// `website`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// `gender`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// `birthdate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// `zoneinfo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    /// `locale`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// `address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A postal address (OpenID Connect Core 1.0 §5.1.1) in Logto's spelling. A plain string is read as `formatted`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// The whole address, several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// Reads the members of a profile one by one: `#[serde(flatten)]` would buffer all of them.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Profile;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a profile")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Profile, A::Error> {
        let mut profile = Profile::default();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            let field = match name.as_str() {
                "givenName" => &mut profile.given_name,
                "familyName" => &mut profile.family_name,
                "middleName" => &mut profile.middle_name,
                "nickname" => &mut profile.nickname,
                "preferredUsername" => &mut profile.preferred_username,
                "profile" => &mut profile.profile,
                "website" => &mut profile.website,
                "gender" => &mut profile.gender,
                "birthdate" => &mut profile.birthdate,
                "zoneinfo" => &mut profile.zoneinfo,
                "locale" => &mut profile.locale,
                "address" => {
                    profile.address = Address::read(value);
                    continue;
                }
                _ => {
                    profile.other.insert(name, value);
                    continue;
                }
            };
            if !matches!(value, Value::String(_) | Value::Null) {
                profile.other.insert(name, value.clone());
            }
            *field = text_of(value);
        }
        Ok(profile)
    }
}

impl Address {
    fn read(value: Value) -> Option<Self> {
        let Value::Object(mut members) = value else {
            return text_of(value).map(|text| Self { formatted: Some(text), ..Self::default() });
        };
        let mut text = |name: &str| members.remove(name).and_then(text_of);
        Some(Self {
            formatted: text("formatted"),
            street_address: text("streetAddress"),
            locality: text("locality"),
            region: text("region"),
            postal_code: text("postalCode"),
            country: text("country"),
        })
    }
}

/// Returns a string as it is, any other value as JSON text.
fn text_of(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
