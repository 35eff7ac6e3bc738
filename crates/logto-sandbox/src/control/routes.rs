//! The control endpoints under `/__sandbox`, in JSON. They exist on loopback only, as everything here does.

use std::time::Duration;

use serde_json::{Value, json};

use super::faults::Fault;
use crate::http::{Reply, Request};
use crate::management::{account_center, guard, sign_in_exp};
use crate::router::{Params, ROUTES};
use crate::state::{State, seed};

/// Returns the 400 of a request that the controls do not understand.
pub(crate) fn bad(text: &str) -> Reply {
    Reply::json(400, &json!({"message": text}))
}

/// `GET /__sandbox`: the list of control endpoints.
pub(crate) fn overview(_state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let endpoints: Vec<Value> = ROUTES
        .iter()
        .filter(|route| route.pattern.starts_with("/__sandbox"))
        .map(|route| json!({"method": route.method.as_str(), "path": route.pattern}))
        .collect();
    Reply::json(200, &json!({"endpoints": endpoints}))
}

/// `GET /__sandbox/clock` → `{now_ms}`.
pub(crate) fn clock(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    Reply::json(200, &json!({"now_ms": state.now_ms()}))
}

/// `POST /__sandbox/clock/advance {ms}` → `{now_ms}`.
pub(crate) fn advance(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = guard::json_body(request).unwrap_or_default();
    let Some(by_ms) = body.get("ms").and_then(Value::as_u64) else { return bad("ms must be a number") };
    state.clock.advance(Duration::from_millis(by_ms));
    clock(state, request, params)
}

/// `POST /__sandbox/clock/freeze`.
pub(crate) fn freeze(state: &mut State, request: &Request, params: &Params) -> Reply {
    state.clock.freeze();
    clock(state, request, params)
}

/// `POST /__sandbox/clock/resume`.
pub(crate) fn resume(state: &mut State, request: &Request, params: &Params) -> Reply {
    state.clock.resume();
    clock(state, request, params)
}

/// `POST /__sandbox/faults {path_contains, method?, action, times?}`.
pub(crate) fn push_fault(state: &mut State, request: &Request, _params: &Params) -> Reply {
    match serde_json::from_slice::<Fault>(&request.body) {
        Ok(fault) => {
            state.faults.push(fault);
            Reply::empty(204)
        }
        Err(error) => bad(&error.to_string()),
    }
}

/// `DELETE /__sandbox/faults`.
pub(crate) fn clear_faults(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    state.faults.clear();
    Reply::empty(204)
}

/// `GET /__sandbox/requests`, without those to `/__sandbox` itself.
pub(crate) fn requests(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    Reply::json(200, &json!({"requests": state.request_log}))
}

/// `DELETE /__sandbox/requests`.
pub(crate) fn clear_requests(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    state.request_log.clear();
    Reply::empty(204)
}

/// `GET /__sandbox/secrets`.
pub(crate) fn secrets(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    Reply::json(200, &json!({"secrets": state.issued_secrets}))
}

/// `POST /__sandbox/keys/rotate`: a new key signs at once.
pub(crate) fn rotate_key(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let now_ms = state.now_ms();
    match state.keys.rotate(now_ms, None) {
        Ok(()) => Reply::empty(204),
        Err(_) => Reply::json(500, &json!({"message": "the key could not be made"})),
    }
}

/// `DELETE /__sandbox/keys/previous`.
pub(crate) fn remove_previous_key(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    if state.keys.remove_previous() { Reply::empty(204) } else { bad("there is no previous key") }
}

/// `PUT /__sandbox/resource {indicator}`.
pub(crate) fn set_resource(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = guard::json_body(request).unwrap_or_default();
    match body.get("indicator").and_then(Value::as_str) {
        Some(indicator) => {
            seed::set_resource(state, indicator);
            Reply::empty(204)
        }
        None => bad("indicator must be a text"),
    }
}

/// `PATCH /__sandbox/account-center`: as the Management API's, without a token.
pub(crate) fn account_center(state: &mut State, request: &Request, params: &Params) -> Reply {
    account_center::patch(state, request, params)
}

/// `PATCH /__sandbox/sign-in-exp`: as the Management API's, without a token.
pub(crate) fn sign_in_experience(state: &mut State, request: &Request, params: &Params) -> Reply {
    sign_in_exp::patch(state, request, params)
}
