//! Logto's definitions, as far as their values are in custom data.

use account_api::custom_fields::CustomFieldOption;
use logto_client::types::{CustomProfileField, ProfileFieldConfig, ProfileFieldType};

use super::{DateFormat, Definition, Kind, is_key};

/// The fields whose values Logto keeps elsewhere: in the user and in their standard profile.
const BUILT_IN: [&str; 16] = [
    "name",
    "avatar",
    "fullname",
    "givenName",
    "familyName",
    "middleName",
    "nickname",
    "preferredUsername",
    "profile",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "address",
    "customData",
];
/// The `format` of a date whose format is in `customFormat`.
const OWN_FORMAT: &str = "custom";

/// Returns the definitions that add a field, in Logto's order.
pub(crate) fn definitions(fields: Vec<CustomProfileField>) -> Vec<Definition> {
    let adds = |field: &CustomProfileField| is_key(&field.name) && !BUILT_IN.contains(&field.name.as_str());
    fields.into_iter().filter(adds).map(definition).collect()
}

fn definition(field: CustomProfileField) -> Definition {
    let kind = kind(field.field_type, &field.config).unwrap_or(Kind::Other);
    Definition {
        name: field.name,
        label: words(Some(field.label)),
        description: words(field.description),
        placeholder: words(field.config.placeholder),
        required: field.required,
        read_only: false,
        kind,
    }
}

/// Returns the kind of a field, or `None` for what this version cannot check.
fn kind(field_type: ProfileFieldType, config: &ProfileFieldConfig) -> Option<Kind> {
    Some(match field_type {
        ProfileFieldType::Text => Kind::Text {
            min_length: config.min_length.map(length),
            max_length: config.max_length.map(length),
        },
        ProfileFieldType::Number => Kind::Number { min: config.min_value, max: config.max_value },
        ProfileFieldType::Date => {
            let format = match config.format.as_deref() {
                Some(OWN_FORMAT) => config.custom_format.as_deref(),
                format => format,
            };
            Kind::Date(DateFormat::parse(format?)?)
        }
        ProfileFieldType::Checkbox => Kind::Checkbox,
        ProfileFieldType::Select => Kind::Select(
            config
                .options
                .iter()
                .map(|option| CustomFieldOption {
                    value: option.value.clone(),
                    label: words(option.label.clone()),
                })
                .collect(),
        ),
        ProfileFieldType::Url => Kind::Url,
        ProfileFieldType::Regex => Kind::pattern(config.format.as_deref()?)?,
        ProfileFieldType::Address | ProfileFieldType::Fullname | ProfileFieldType::Unknown => return None,
    })
}

/// Returns a length as Logto writes it: its schema says no more than that it is a number.
fn length(number: f64) -> u32 {
    // A cast of a float stays within the bounds of its type.
    number.max(0.0) as u32
}

fn words(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
