//! The definition of one custom field.

use account_api::custom_fields::{CustomFieldOption, CustomValue};
use account_api::limits::LIMITS;
use fancy_regex::Regex;

use super::DateFormat;
use crate::policy::values;

/// Keys of custom data that belong to this product, to Logto itself, or to every object of JavaScript.
const RESERVED: [&str; 8] = [
    crate::account::view::PREFERENCES_KEY,
    "onboarding",
    "guideRequests",
    "adminConsolePreferences",
    "defaultTenantId",
    "__proto__",
    "constructor",
    "prototype",
];

/// One field: its key in custom data, its texts, and the values that it can hold.
#[derive(Clone, Debug)]
pub struct Definition {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) placeholder: Option<String>,
    pub(crate) required: bool,
    /// Whether users may only see it.
    pub(crate) read_only: bool,
    pub(crate) kind: Kind,
}

/// The kind of a field.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// One line; lengths in UTF-16 code units, as Logto counts.
    Text {
        min_length: Option<u32>,
        max_length: Option<u32>,
    },
    Number {
        min: Option<f64>,
        max: Option<f64>,
    },
    Date(DateFormat),
    Checkbox,
    Select(Vec<CustomFieldOption>),
    Url,
    /// A text in which the pattern is found. Patterns are written for JavaScript; what differs is little (`\d` also
    /// finds digits of other scripts), and one that cannot be read makes its field [`Kind::Other`].
    Pattern(Box<Regex>),
    /// What this version cannot check, and therefore does not change.
    Other,
}

/// Whether a field may have this key: letters, digits and `_`, and not reserved.
pub(crate) fn is_key(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !RESERVED.contains(&name)
}

impl Kind {
    /// Whether the field may be set to `value`.
    pub(crate) fn takes(&self, value: &CustomValue) -> bool {
        match (self, value) {
            (Self::Checkbox, CustomValue::Checked(_)) => true,
            (Self::Number { min, max }, CustomValue::Number(number)) => {
                number.is_finite()
                    && min.is_none_or(|min| *number >= min)
                    && max.is_none_or(|max| *number <= max)
            }
            (kind, CustomValue::Text(text)) => kind.takes_text(text),
            _ => false,
        }
    }

    fn takes_text(&self, text: &str) -> bool {
        let length = text.encode_utf16().count();
        match self {
            Self::Text { min_length, max_length } => {
                let max = max_length.map_or(LIMITS.custom_text, |max| LIMITS.custom_text.min(max as usize));
                let min = min_length.map_or(0, |min| min as usize);
                values::is_line_of_any_length(text) && (min..=max).contains(&length)
            }
            Self::Date(format) => format.is_date(text),
            Self::Select(options) => options.iter().any(|option| option.value == text),
            Self::Url => values::is_web_url(text, LIMITS.custom_url),
            // A text at which a pattern exceeds its limits does not match it.
            Self::Pattern(pattern) => {
                values::is_line_of_any_length(text)
                    && length <= LIMITS.custom_text
                    && pattern.is_match(text).unwrap_or(false)
            }
            Self::Number { .. } | Self::Checkbox | Self::Other => false,
        }
    }

    /// Returns a pattern, if it can be read.
    pub(crate) fn pattern(text: &str) -> Option<Self> {
        Regex::new(text).ok().map(|pattern| Self::Pattern(Box::new(pattern)))
    }
}
