//! The signing keys: list, rotate, delete the previous one.

use serde_json::{Value, json};

use super::error::{error, not_found};
use super::guard;
use crate::http::{Reply, Request};
use crate::keys::{KeyStatus, SigningKey};
use crate::router::Params;
use crate::state::State;

fn view(key: &SigningKey) -> Value {
    let mut view = json!({
        "id": key.id, "createdAt": key.created_at_s, "signingKeyAlgorithm": "EC",
        "status": match key.status {
            KeyStatus::Next { .. } => "Next",
            KeyStatus::Current => "Current",
            KeyStatus::Previous => "Previous",
        }
    });
    if let (KeyStatus::Next { effective_at_ms }, Some(fields)) = (key.status, view.as_object_mut()) {
        fields.insert("effectiveAt".into(), effective_at_ms.into());
    }
    view
}

fn views(state: &mut State) -> Reply {
    let now_ms = state.now_ms();
    state.keys.settle(now_ms);
    Reply::json(200, &Value::Array(state.keys.keys().iter().map(view).collect()))
}

/// `GET /api/configs/oidc/private-keys`.
pub(crate) fn list(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    views(state)
}

/// `POST /api/configs/oidc/private-keys/rotate {rotationGracePeriod?}` (seconds).
pub(crate) fn rotate(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let grace_s = body.get("rotationGracePeriod").and_then(Value::as_u64);
    let now_ms = state.now_ms();
    state.keys.settle(now_ms);
    if state.keys.rotate(now_ms, grace_s).is_err() {
        return error(500, "oidc.server_error", "The key could not be made.");
    }
    views(state)
}

/// `DELETE /api/configs/oidc/private-keys/{id}`: only a previous key.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let id = params.get("id");
    match state.keys.keys().iter().find(|key| key.id == id).map(|key| key.status) {
        None => not_found(),
        Some(KeyStatus::Previous) => {
            state.keys.remove(id);
            Reply::empty(204)
        }
        Some(KeyStatus::Next { .. } | KeyStatus::Current) => {
            error(422, "oidc.only_previous_key_can_be_deleted", "Only a previous key can be deleted.")
        }
    }
}
