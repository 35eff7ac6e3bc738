//! `POST /api/connectors/{id}/authorization-uri`: where users prove that a social account is theirs.

use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::error::{error, not_found};
use super::{connector_data, connectors, guard};
use crate::http::{Reply, Request};
use crate::provider::Provider;
use crate::router::Params;
use crate::state::State;

/// Returns the provider's URL, at the sandbox's own provider if there is one. The redirect URI is not checked. Connectors
/// that need a session are refused with 501.
pub(crate) fn create(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let read = guard::text(&body, "state").and_then(|value| Ok((value, guard::text(&body, "redirectUri")?)));
    let (value, redirect_uri) = match read {
        Ok(read) => read,
        Err(reply) => return reply,
    };
    if value.is_empty() || redirect_uri.is_empty() {
        return error(400, "session.insufficient_info", "Insufficient sign-in info.");
    }
    let Some(connector) = state.settings.connector(params.get("id")) else { return not_found() };
    if connector["type"] != "Social" {
        return error(400, "connector.unexpected_type", "The connector is not a social one.");
    }
    if connectors::needs_session(connector) {
        return connector_data::not_implemented();
    }
    let mut uri = uri(connector, value, redirect_uri);
    let target = connector["target"].as_str().unwrap_or_default();
    if let (Some(providers), Some(_)) = (&state.providers, Provider::of(target))
        && let Some((_, query)) = uri.split_once('?')
    {
        uri = format!("{}?{query}", providers.authorization_endpoint(target));
    }
    Reply::json(200, &serde_json::json!({ "redirectTo": uri }))
}

/// Returns what Logto's connector would return.
fn uri(connector: &Value, state: &str, redirect_uri: &str) -> String {
    let config = |name: &str| connector["config"][name].as_str();
    let client_id = config("clientId").unwrap_or_default();
    let scope = |default: &'static str| config("scope").unwrap_or(default);
    let (endpoint, fields) = match connectors::factory(connector) {
        "mock-social-connector" => (
            "http://mock-social/",
            vec![("state", state), ("redirect_uri", redirect_uri), ("scope", "email profile")],
        ),
        "github-universal" => (
            "https://github.com/login/oauth/authorize",
            vec![
                ("client_id", client_id),
                ("redirect_uri", redirect_uri),
                ("state", state),
                ("scope", scope("read:user user:email")),
            ],
        ),
        // It opens another app, and never comes back by a redirect.
        "alipay-native" => {
            ("alipay://", vec![("app_id", config("appId").unwrap_or_default()), ("state", state)])
        }
        factory => (
            if factory == "google-universal" {
                "https://accounts.google.com/o/oauth2/v2/auth"
            } else {
                "https://provider.example.test/authorize"
            },
            vec![
                ("client_id", client_id),
                ("redirect_uri", redirect_uri),
                ("response_type", "code"),
                ("state", state),
                ("scope", scope("openid profile email")),
            ],
        ),
    };
    format!("{endpoint}?{}", Serializer::new(String::new()).extend_pairs(fields).finish())
}
