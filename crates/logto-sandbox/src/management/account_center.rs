//! The account center's settings: which fields a user may see and change.

use serde_json::{Value, json};

use super::error::invalid_input;
use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// `GET /api/account-center` and its public form.
pub(crate) fn read(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    Reply::json(200, &state.settings.account_center)
}

/// `PATCH /api/account-center`: top-level keys replace, `fields` as a whole too.
pub(crate) fn patch(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let wrong = body.get("fields").and_then(Value::as_object).and_then(|fields| {
        fields.iter().find(|(_, value)| !matches!(value.as_str(), Some("Off" | "ReadOnly" | "Edit")))
    });
    if let Some((name, value)) = wrong {
        let issue = json!({
            "received": value, "code": "invalid_enum_value", "options": ["Off", "ReadOnly", "Edit"],
            "path": ["fields", name]
        });
        return invalid_input(&issue, "Invalid enum value.");
    }
    merge(state, &body);
    Reply::json(200, &state.settings.account_center)
}

/// Replaces the known top-level keys.
pub(crate) fn merge(state: &mut State, change: &Value) {
    if let (Some(change), Some(fields)) = (change.as_object(), state.settings.account_center.as_object_mut())
    {
        for (name, value) in change {
            if fields.contains_key(name) {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
}
