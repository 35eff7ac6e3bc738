//! `GET /api/connectors`: with configuration and its secrets, which must not be passed on.

use serde_json::Value;

use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// `GET /api/sso-connectors`: with configuration and its secrets, too.
pub(crate) fn list_sso(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    Reply::json(200, &Value::Array(state.settings.sso_connectors.clone()))
}

/// Returns all connectors.
pub(crate) fn list(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let wanted = request.query("target");
    let connectors = state
        .settings
        .connectors
        .iter()
        .filter(|connector| {
            wanted.is_none_or(|target| connector.get("target").and_then(Value::as_str) == Some(target))
        })
        .cloned()
        .collect();
    Reply::json(200, &Value::Array(connectors))
}
