//! Error bodies of the Management API and the Experience API: `{code, message, data?, details?}`.

use serde_json::{Value, json};

use crate::http::Reply;

/// Returns an error with a code and a message.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"code": code, "message": message}))
}

/// Returns an error that carries data.
pub(crate) fn error_with_data(status: u16, code: &str, message: &str, data: &Value) -> Reply {
    Reply::json(status, &json!({"code": code, "message": message, "data": data}))
}

/// Returns the 404 of an unknown entity.
pub(crate) fn not_found() -> Reply {
    error(404, "entity.not_found", "The resource does not exist.")
}

/// Returns the 400 of a request that does not fit its schema, in the words of Logto's validator.
pub(crate) fn invalid_input(issue: &Value, text: &str) -> Reply {
    let path: Vec<String> = issue
        .get("path")
        .and_then(Value::as_array)
        .map(|path| {
            path.iter()
                .map(|member| member.as_str().map_or_else(|| member.to_string(), str::to_owned))
                .collect()
        })
        .unwrap_or_default();
    let kind = issue.get("code").and_then(Value::as_str).unwrap_or_default();
    Reply::json(
        400,
        &json!({
            "code": "guard.invalid_input",
            "message": "The request input is invalid.",
            "data": {"issues": [issue], "name": "ZodError"},
            "details": format!("Error in key path \"{}\": ({kind}) {text}", path.join("."))
        }),
    )
}
