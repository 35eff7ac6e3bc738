//! `/api/users/{id}/custom-data`: merged at the top level; a null stays as null.

use serde_json::{Map, Value};

use super::error::not_found;
use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// `GET`.
pub(crate) fn read(state: &mut State, _request: &Request, params: &Params) -> Reply {
    match state.users.get(params.get("id")) {
        Some(user) => Reply::json(200, user.data.get("customData").unwrap_or(&Value::Object(Map::new()))),
        None => not_found(),
    }
}

/// `PATCH`.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let change = match guard::json_body(request).and_then(|body| guard::object(&body, "customData").cloned())
    {
        Ok(change) => change,
        Err(reply) => return reply,
    };
    let now_ms = state.now_ms();
    let Some(user) = state.users.get_mut(params.get("id")) else { return not_found() };
    let mut data = user.data.get("customData").and_then(Value::as_object).cloned().unwrap_or_default();
    data.extend(change);
    user.set("customData", Value::Object(data.clone()));
    user.touch(now_ms);
    Reply::json(200, &Value::Object(data))
}
