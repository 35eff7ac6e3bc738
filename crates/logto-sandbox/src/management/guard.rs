//! Reading and checking request bodies with the answers of Logto's validator.

use serde_json::{Map, Value, json};

use super::error::invalid_input;
use crate::http::{Reply, Request};

/// Returns the body as JSON; no body is an empty object. A NUL character anywhere breaks Logto's database: 500.
pub(crate) fn json_body(request: &Request) -> Result<Value, Reply> {
    if request.body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let value: Value = serde_json::from_slice(&request.body)
        .map_err(|error| Reply::json(400, &json!({"message": error.to_string()})))?;
    if has_nul(&value) {
        return Err(Reply::json(500, &json!({"message": "Internal server error."})));
    }
    Ok(value)
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns the validator's name of a value's type.
fn type_name(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

/// Returns the refusal of a value of the wrong type.
pub(crate) fn wrong_type(expected: &str, value: Option<&Value>, path: &[&str]) -> Reply {
    let received = type_name(value);
    let issue = json!({"code": "invalid_type", "expected": expected, "received": received, "path": path});
    invalid_input(&issue, &format!("Expected {expected} but received {received}."))
}

/// Returns the refusal of a text that does not match its pattern (`regex`) or is no URL (`url`).
pub(crate) fn wrong_text(validation: &str, path: &[&str]) -> Reply {
    let text = if validation == "url" { "Invalid url" } else { "Invalid" };
    invalid_input(&json!({"validation": validation, "code": "invalid_string", "path": path}), text)
}

/// Returns the object at a required key.
pub(crate) fn object<'a>(body: &'a Value, key: &str) -> Result<&'a Map<String, Value>, Reply> {
    let value = body.get(key);
    value.and_then(Value::as_object).ok_or_else(|| wrong_type("object", value, &[key]))
}

/// Returns the truth value at a required key.
pub(crate) fn boolean(body: &Value, key: &str) -> Result<bool, Reply> {
    let value = body.get(key);
    value.and_then(Value::as_bool).ok_or_else(|| wrong_type("boolean", value, &[key]))
}

/// Returns the text at a required key.
pub(crate) fn text<'a>(body: &'a Value, key: &str) -> Result<&'a str, Reply> {
    let value = body.get(key);
    value.and_then(Value::as_str).ok_or_else(|| wrong_type("string", value, &[key]))
}

/// Returns the text at a required key, not empty.
pub(crate) fn filled_text<'a>(body: &'a Value, key: &str) -> Result<&'a str, Reply> {
    let text = text(body, key)?;
    if text.is_empty() {
        let issue = json!({
            "code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
            "path": [key]
        });
        return Err(invalid_input(&issue, "String must contain at least 1 character(s)"));
    }
    Ok(text)
}
