//! Compares two JSON values by keys and types. Messages are not part of the contract.

use serde_json::Value;

/// Members that the recordings leave out or that carry human language.
const IGNORED: [&str; 3] = ["message", "error_description", "error_uri"];

/// Members whose values are part of the contract, not only their types.
const EXACT: [&str; 12] = [
    "active",
    "alg",
    "email_verified",
    "error",
    "expected",
    "expires_in",
    "hasPassword",
    "isSuspended",
    "received",
    "scope",
    "status",
    "token_type",
];

/// Returns the first difference between what was recorded and what was answered.
pub(crate) fn difference(recorded: &Value, answered: &Value, path: &str) -> Option<String> {
    match (recorded, answered) {
        (Value::Object(recorded), Value::Object(answered)) => {
            for name in answered.keys().filter(|name| !IGNORED.contains(&name.as_str())) {
                if !recorded.contains_key(name) {
                    return Some(format!("{path}/{name} was not recorded"));
                }
            }
            recorded.iter().filter(|(name, _)| !IGNORED.contains(&name.as_str())).find_map(|(name, value)| {
                let path = format!("{path}/{name}");
                match answered.get(name) {
                    None => Some(format!("{path} is missing")),
                    Some(other) if EXACT.contains(&name.as_str()) && value != other => {
                        Some(format!("{path} is {other} where {value} was recorded"))
                    }
                    Some(other) => difference(value, other, &path),
                }
            })
        }
        (Value::Array(recorded), Value::Array(answered)) => match (recorded.first(), answered.first()) {
            (Some(recorded), Some(answered)) => difference(recorded, answered, &format!("{path}/0")),
            (None, None) => None,
            (Some(_), None) => Some(format!("{path} is empty")),
            (None, Some(_)) => Some(format!("{path} is not empty")),
        },
        (Value::Null, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => None,
        _ => Some(format!("{path} is {answered} where {recorded} was recorded")),
    }
}

/// Returns a redirect's target without what differs from run to run: origin, opaque ids, `code` and `state`.
pub(crate) fn location(text: &str) -> String {
    let (head, fields) = match text.find(['?', '#']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let head = match head.split_once("/oidc/auth/") {
        Some(_) => "/oidc/auth/{uid}".to_owned(),
        None => head.to_owned(),
    };
    let separator = fields.chars().next().map(String::from).unwrap_or_default();
    let fields: Vec<String> = fields
        .split_inclusive(['?', '#', '&'])
        .filter(|field| field.len() > 1)
        .map(|field| {
            let field = field.trim_end_matches('&');
            let name = field.split('=').next().unwrap_or_default();
            if matches!(name, "code" | "state" | "iss") { name.to_owned() } else { field.to_owned() }
        })
        .collect();
    format!("{head}{separator}{}", fields.join("&"))
}
