//! `[[custom_fields]]`: the operator's own schema of custom data, in addition to Logto's profile fields.

use account_api::custom_fields::CustomFieldOption;
use serde::Deserialize;
use utoipa::ToSchema;

use super::load::ConfigError;
use super::sections::FieldMode;
use crate::custom_fields::{DateFormat, Definition, Kind, is_key};

const SECTION: &str = "custom_fields";
/// The maximum number of fields.
const MOST_FIELDS: usize = 100;

/// Fields of the organisation's own in custom data, one per section, after the custom profile fields that Logto
/// defines.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomFieldSection {
    /// Its key at the top level of custom data: letters, digits and `_`.
    name: String,
    /// The type of its values. Some of the other settings belong to one type only.
    #[schema(inline)]
    #[serde(rename = "type")]
    field_type: FieldType,
    /// The label for users; absent: the key.
    label: Option<String>,
    /// A further explanation.
    description: Option<String>,
    /// An example, shown while nothing is typed.
    placeholder: Option<String>,
    /// Whether it is required: it cannot be cleared.
    #[schema(default = false)]
    #[serde(default)]
    required: bool,
    /// What users may do with it; `off` is refused here.
    #[schema(inline, default = json!("edit"))]
    access: Option<FieldMode>,
    /// Text: the minimum number of characters.
    min_length: Option<u32>,
    /// Text: the maximum number of characters.
    max_length: Option<u32>,
    /// Number: the minimum.
    min: Option<f64>,
    /// Number: the maximum.
    max: Option<f64>,
    /// Date: its format, made of `yyyy`, `MM` and `dd`.
    #[schema(default = json!("yyyy-MM-dd"))]
    format: Option<String>,
    /// Select: the options, each with a `value` and optionally a `label`.
    #[schema(value_type = Option<Vec<Object>>)]
    options: Option<Vec<OptionSection>>,
    /// Pattern: a regular expression that must match a part of the text.
    pattern: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum FieldType {
    Text,
    Number,
    Date,
    Checkbox,
    Select,
    Url,
    Pattern,
}

/// One option.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionSection {
    /// The stored value.
    value: String,
    /// The label for users; absent: the value.
    label: Option<String>,
}

/// Applies every rule to the whole list.
pub(super) fn check(sections: Vec<CustomFieldSection>) -> Result<Vec<Definition>, ConfigError> {
    if sections.len() > MOST_FIELDS {
        return Err(ConfigError::field(SECTION, "has more than 100 fields"));
    }
    let mut definitions: Vec<Definition> = Vec::with_capacity(sections.len());
    for section in sections {
        if definitions.iter().any(|other| other.name == section.name) {
            return Err(wrong(&section.name, "given twice"));
        }
        definitions.push(section.check()?);
    }
    Ok(definitions)
}

impl CustomFieldSection {
    fn check(self) -> Result<Definition, ConfigError> {
        let name = self.name.clone();
        if !is_key(&name) {
            return Err(wrong(
                &name,
                "must have a name of letters, digits and _ that is not a key of Latchkey's or Logto's own",
            ));
        }
        self.refuse_what_the_type_has_not()?;
        let read_only = match self.access {
            None | Some(FieldMode::Edit) => false,
            Some(FieldMode::ReadOnly) => true,
            Some(FieldMode::Off) => return Err(wrong(&name, "must have access = \"edit\" or \"read-only\"")),
        };
        let kind = match self.field_type {
            FieldType::Text => {
                ordered(&name, self.min_length, self.max_length)?;
                Kind::Text { min_length: self.min_length, max_length: self.max_length }
            }
            FieldType::Number => {
                ordered(&name, self.min, self.max)?;
                Kind::Number { min: self.min, max: self.max }
            }
            FieldType::Date => DateFormat::parse(self.format.as_deref().unwrap_or("yyyy-MM-dd"))
                .map(Kind::Date)
                .ok_or_else(|| wrong(&name, "must have a format of yyyy, MM and dd"))?,
            FieldType::Checkbox => Kind::Checkbox,
            FieldType::Select => Kind::Select(options(&name, self.options)?),
            FieldType::Url => Kind::Url,
            FieldType::Pattern => self
                .pattern
                .as_deref()
                .and_then(Kind::pattern)
                .ok_or_else(|| wrong(&name, "must have a pattern that is a regular expression"))?,
        };
        Ok(Definition {
            name,
            label: self.label,
            description: self.description,
            placeholder: self.placeholder,
            required: self.required,
            read_only,
            kind,
        })
    }

    /// Refuses a limit of another type, which would otherwise be ignored unnoticed.
    fn refuse_what_the_type_has_not(&self) -> Result<(), ConfigError> {
        let limits = [
            ("min_length", self.min_length.is_some(), FieldType::Text),
            ("max_length", self.max_length.is_some(), FieldType::Text),
            ("min", self.min.is_some(), FieldType::Number),
            ("max", self.max.is_some(), FieldType::Number),
            ("format", self.format.is_some(), FieldType::Date),
            ("options", self.options.is_some(), FieldType::Select),
            ("pattern", self.pattern.is_some(), FieldType::Pattern),
        ];
        match limits.into_iter().find(|(_, is_given, of)| *is_given && *of != self.field_type) {
            Some((limit, ..)) => {
                Err(wrong(&self.name, &format!("has {limit}, which its type does not support")))
            }
            None => Ok(()),
        }
    }
}

fn ordered<T: PartialOrd>(name: &str, least: Option<T>, most: Option<T>) -> Result<(), ConfigError> {
    match (least, most) {
        (Some(least), Some(most)) if least > most => Err(wrong(name, "has limits that exclude every value")),
        _ => Ok(()),
    }
}

fn options(name: &str, sections: Option<Vec<OptionSection>>) -> Result<Vec<CustomFieldOption>, ConfigError> {
    let options: Vec<CustomFieldOption> = sections
        .unwrap_or_default()
        .into_iter()
        .map(|OptionSection { value, label }| CustomFieldOption { value, label })
        .collect();
    let is_repeated = |(index, option): (usize, &CustomFieldOption)| {
        options[..index].iter().any(|other| other.value == option.value)
    };
    if options.is_empty()
        || options.iter().any(|option| option.value.is_empty())
        || options.iter().enumerate().any(is_repeated)
    {
        return Err(wrong(name, "must have options, each with a value of its own"));
    }
    Ok(options)
}

fn wrong(name: &str, reason: &str) -> ConfigError {
    ConfigError::field(&format!("{SECTION}.{name}"), reason)
}
