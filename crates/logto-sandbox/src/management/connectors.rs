//! `GET /api/connectors`: with configuration and its secrets, which must not be passed on.

use serde_json::Value;

use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// The factories whose connectors keep something in the session of a sign-in. The Management API has none.
const NEED_SESSION: [&str; 13] = [
    "amazon-universal",
    "apple-universal",
    "gitlab-universal",
    "huggingface-universal",
    "line-universal",
    "linkedin-universal",
    "oauth2",
    "oidc",
    "patreon-universal",
    "qq-universal",
    "saml",
    "slack-universal",
    "x-universal",
];

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

/// Returns the factory that a connector was made by.
pub(crate) fn factory(connector: &Value) -> &str {
    connector["connectorId"].as_str().unwrap_or_default()
}

/// Whether a connector works only within the session of a sign-in.
pub(crate) fn needs_session(connector: &Value) -> bool {
    NEED_SESSION.contains(&factory(connector))
}
