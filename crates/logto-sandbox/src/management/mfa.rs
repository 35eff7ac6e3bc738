//! A user's second factors as they are listed, and what Logto remembers of the user's choices about them. Binding
//! and removing factors belongs to a later issue: tests and seeds bind them through the controls.

use serde_json::Value;

use super::error::not_found;
use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// `GET /api/users/{id}/mfa-verifications`.
pub(crate) fn list(state: &mut State, _request: &Request, params: &Params) -> Reply {
    match state.users.get(params.get("id")) {
        Some(user) => Reply::json(200, &user.factors.view()),
        None => not_found(),
    }
}

/// `GET /api/users/{id}/logto-configs`.
pub(crate) fn configs(state: &mut State, _request: &Request, params: &Params) -> Reply {
    match state.users.get(params.get("id")) {
        Some(user) => Reply::json(200, &user.factors.configs),
        None => not_found(),
    }
}

/// `PATCH /api/users/{id}/logto-configs {mfa}`.
pub(crate) fn patch_configs(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let given = match body.get("mfa") {
        None => serde_json::Map::new(),
        Some(_) => match guard::object(&body, "mfa") {
            Ok(given) => given.clone(),
            Err(reply) => return reply,
        },
    };
    for (name, value) in &given {
        if !value.is_boolean() {
            return guard::wrong_type("boolean", Some(value), &["mfa", name]);
        }
    }
    let now_ms = state.now_ms();
    let Some(user) = state.users.get_mut(params.get("id")) else { return not_found() };
    if let Some(mfa) = user.factors.configs.get_mut("mfa").and_then(Value::as_object_mut) {
        mfa.extend(given);
    }
    let configs = user.factors.configs.clone();
    user.touch(now_ms);
    Reply::json(200, &configs)
}
