//! Values in custom data, which any client of the Management API may have written.

use account_api::custom_fields::CustomValue;
use logto_client::types::CustomData;
use serde_json::Value;

use super::{Definition, Kind};

/// The largest number below which JavaScript represents every integer exactly.
const LARGEST_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The value at a key of custom data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stored {
    /// Nothing, `null` or an empty text: Logto's merge cannot remove a key.
    Nothing,
    Value(CustomValue),
    /// A list or an object.
    Strange,
}

/// Returns the value at a key.
pub(crate) fn stored(custom_data: &CustomData, name: &str) -> Stored {
    match custom_data.get(name) {
        None | Some(Value::Null) => Stored::Nothing,
        Some(Value::String(text)) if text.is_empty() => Stored::Nothing,
        Some(Value::String(text)) => Stored::Value(CustomValue::Text(text.clone())),
        Some(Value::Bool(checked)) => Stored::Value(CustomValue::Checked(*checked)),
        Some(Value::Number(number)) => {
            number.as_f64().map_or(Stored::Strange, |number| Stored::Value(CustomValue::Number(number)))
        }
        Some(Value::Array(_) | Value::Object(_)) => Stored::Strange,
    }
}

/// Returns a value as it is written: a whole number without a fraction, as JavaScript writes it.
pub(crate) fn to_json(value: Option<&CustomValue>) -> Value {
    match value {
        None => Value::Null,
        Some(CustomValue::Checked(checked)) => Value::from(*checked),
        Some(CustomValue::Text(text)) => Value::from(text.as_str()),
        Some(CustomValue::Number(number)) if number.fract() == 0.0 && number.abs() <= LARGEST_INTEGER => {
            Value::from(*number as i64)
        }
        Some(CustomValue::Number(number)) => Value::from(*number),
    }
}

impl Definition {
    /// Returns the field's present value. Logto's own forms write numbers and booleans as texts: these are read as
    /// what they mean. A text that would be written otherwise (`007`, `41.50`) stays a text: its number would not show
    /// what is stored.
    pub(crate) fn read(&self, custom_data: &CustomData) -> Option<CustomValue> {
        let Stored::Value(value) = stored(custom_data, &self.name) else { return None };
        let meant = match (&self.kind, &value) {
            (Kind::Number { .. }, CustomValue::Text(text)) => {
                let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
                let is_written_so = |number: &CustomValue| {
                    serde_json::to_string(&to_json(Some(number))).is_ok_and(|written| written == text.trim())
                };
                number.map(CustomValue::Number).filter(is_written_so)
            }
            (Kind::Checkbox, CustomValue::Text(text)) => text.parse().ok().map(CustomValue::Checked),
            _ => None,
        };
        Some(meant.unwrap_or(value))
    }
}
