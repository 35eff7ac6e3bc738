//! Webhooks: kept, and never called.

use serde_json::{Value, json};

use super::guard;
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::State;

/// `GET /api/hooks`, with their signing keys.
pub(crate) fn list(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    Reply::json(200, &Value::Array(state.settings.hooks.clone()))
}

/// `POST /api/hooks`.
pub(crate) fn create(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let config = match guard::object(&body, "config") {
        Ok(config) => config.clone(),
        Err(reply) => return reply,
    };
    let key = random::opaque();
    let hook = json!({
        "tenantId": "default", "id": random::id(21), "name": body["name"], "event": null,
        "events": body["events"], "config": config, "signingKey": key,
        "enabled": body["enabled"].as_bool().unwrap_or(true), "createdAt": state.now_ms()
    });
    state.issued_secrets.push(key);
    state.settings.hooks.push(hook.clone());
    Reply::json(201, &hook)
}
