//! What Logto's connectors make of `connectorData`: the account at the provider, or the refusal that was measured of each.
//!
//! Only the connectors that the sandbox seeds; any other one never reaches its provider.

use serde_json::{Map, Value, json};

use super::connectors;
use super::error::{error, error_with_data};
use crate::http::Reply;
use crate::state::State;

/// Returns what a connector says about the user, which Logto keeps as the identity's `details`; `id` is the account.
pub(crate) fn account(
    _state: &mut State,
    connector: &Value,
    data: &Map<String, Value>,
) -> Result<Value, Reply> {
    match connectors::factory(connector) {
        "mock-social-connector" => mock(data),
        "github-universal" => github(data),
        "google-universal" => google(data),
        "alipay-native" => alipay(data),
        "apple-universal" => apple(data),
        _ if connectors::needs_session(connector) => Err(not_implemented()),
        _ => Err(unreachable()),
    }
}

/// Returns the refusal of a connector, with a text in `data`, as Logto passes on what the provider said.
fn refused(status: u16, code: &str, text: impl Into<String>) -> Reply {
    error_with_data(status, code, "The connector refused.", &json!({ "message": text.into() }))
}

/// Returns the refusal that repeats what was sent.
fn repeated(code: &str, data: &Map<String, Value>) -> Reply {
    refused(400, code, Value::Object(data.clone()).to_string())
}

/// Returns the 501 of a connector that needs a session.
pub(crate) fn not_implemented() -> Reply {
    error(501, "connector.not_implemented", "Method is not implemented.")
}

/// Returns the 500 of an error that no connector expects, such as a provider that does not answer.
fn unreachable() -> Reply {
    Reply::json(500, &json!({"message": "Internal server error."}))
}

fn text<'a>(data: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    data.get(name).and_then(Value::as_str)
}

/// Logto's own mock connector believes what it is sent.
fn mock(data: &Map<String, Value>) -> Result<Value, Reply> {
    let invalid = || repeated("connector.invalid_response", data);
    let claims = ["userId", "email", "phone", "name", "avatar"];
    let are_texts = claims.iter().all(|name| data.get(*name).is_none_or(Value::is_string));
    if text(data, "code").is_none() || !are_texts {
        return Err(invalid());
    }
    let account = text(data, "userId").ok_or_else(invalid)?;
    let mut details = Map::new();
    details.insert("id".into(), account.into());
    for name in claims.into_iter().skip(1) {
        if let Some(value) = data.get(name) {
            details.insert(name.into(), value.clone());
        }
    }
    details.insert("rawData".into(), Value::Object(data.clone()));
    Ok(Value::Object(details))
}

/// GitHub's connector reads a refusal only if it has all three members.
fn github(data: &Map<String, Value>) -> Result<Value, Reply> {
    if text(data, "code").is_some() {
        return Err(unreachable());
    }
    match (text(data, "error"), text(data, "error_description"), text(data, "error_uri")) {
        (Some("access_denied"), Some(description), Some(_)) => {
            Err(refused(401, "connector.authorization_failed", description))
        }
        (Some(error), Some(description), Some(uri)) => {
            let data = json!({"error": error, "errorDescription": description, "error_uri": uri});
            Err(error_with_data(400, "connector.general", "The connector refused.", &data))
        }
        _ => Err(repeated("connector.general", data)),
    }
}

/// Google's connector takes an ID token in `credential`, which nothing here can check, before it looks at the code. It
/// decodes the code once more.
fn google(data: &Map<String, Value>) -> Result<Value, Reply> {
    if text(data, "credential").is_some() {
        return Err(unreachable());
    }
    let (Some(_code), Some(_redirect_uri)) = (text(data, "code"), text(data, "redirectUri")) else {
        return Err(repeated("connector.general", data));
    };
    Err(unreachable())
}

fn alipay(data: &Map<String, Value>) -> Result<Value, Reply> {
    Err(if text(data, "auth_code").is_some() { unreachable() } else { repeated("connector.general", data) })
}

/// Apple's connector misses its session only once it has an ID token.
fn apple(data: &Map<String, Value>) -> Result<Value, Reply> {
    Err(if text(data, "id_token").is_some() {
        refused(401, "connector.social_invalid_id_token", "The nonce is not known.")
    } else {
        repeated("connector.general", data)
    })
}
