//! What Logto's connectors make of `connectorData`: the account at the provider, or the refusal that was measured of each.
//!
//! Only the connectors that the sandbox seeds; any other one never reaches its provider, and without `Options::social` none
//! does.

use serde_json::{Map, Value, json};

use super::connectors;
use super::error::{error, error_with_data};
use crate::http::Reply;
use crate::provider::code::ProviderAccount;
use crate::provider::orders::TokenAnswer;
use crate::state::State;

/// Returns what a connector says about the user, which Logto keeps as the identity's `details`; `id` is the account.
pub(crate) fn account(
    state: &mut State,
    connector: &Value,
    data: &Map<String, Value>,
) -> Result<Value, Reply> {
    match connectors::factory(connector) {
        "mock-social-connector" => mock(state, data),
        "github-universal" => github(state, data),
        "google-universal" => google(state, data),
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

/// Exchanges a code at a provider of the sandbox. `None`: the provider refused.
fn redeem(
    state: &mut State,
    target: &str,
    code: &str,
    redirect_uri: Option<&str>,
) -> Result<Option<ProviderAccount>, Reply> {
    let now_ms = state.now_ms();
    let providers = state.providers.as_mut().ok_or_else(unreachable)?;
    match providers.orders.take_token(target) {
        Some(TokenAnswer::Unreachable) => Err(unreachable()),
        Some(_) => Ok(None),
        None => Ok(providers.redeem(target, code, redirect_uri, None, now_ms).map(|issued| issued.account)),
    }
}

/// Logto's own mock connector believes what it is sent. Without `userId`, it asks the sandbox's provider.
fn mock(state: &mut State, data: &Map<String, Value>) -> Result<Value, Reply> {
    let invalid = || repeated("connector.invalid_response", data);
    let claims = ["userId", "email", "phone", "name", "avatar"];
    let are_texts = claims.iter().all(|name| data.get(*name).is_none_or(Value::is_string));
    let code = text(data, "code").filter(|_| are_texts).ok_or_else(invalid)?;
    let Some(account) = text(data, "userId") else {
        if state.providers.is_none() {
            return Err(invalid());
        }
        let redirect_uri = text(data, "redirectUri").ok_or_else(invalid)?;
        let account = redeem(state, "mock-social", code, Some(redirect_uri))?.ok_or_else(invalid)?;
        return Ok(details(&account, account.email(), None, Value::Object(data.clone())));
    };
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
fn github(state: &mut State, data: &Map<String, Value>) -> Result<Value, Reply> {
    if let Some(code) = text(data, "code") {
        // No redirect URI is sent with the code.
        return redeem(state, "github", code, None)?.map(|account| github_user(&account)).ok_or_else(|| {
            let issue = json!({
                "code": "invalid_type", "expected": "string", "received": "undefined", "path": ["access_token"]
            });
            let data = json!({"issues": [issue], "name": "ZodError"});
            error_with_data(400, "connector.invalid_response", "The connector refused.", &data)
        });
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
fn google(state: &mut State, data: &Map<String, Value>) -> Result<Value, Reply> {
    if text(data, "credential").is_some() {
        return Err(unreachable());
    }
    let (Some(code), Some(redirect_uri)) = (text(data, "code"), text(data, "redirectUri")) else {
        return Err(repeated("connector.general", data));
    };
    let code = decoded(code).ok_or_else(unreachable)?;
    // Google answers 400, which is no error of its own for the connector.
    let refusal = || refused(400, "connector.general", r#"{"error": "invalid_grant"}"#);
    let account = redeem(state, "google", &code, Some(redirect_uri))?.ok_or_else(refusal)?;
    let avatar = avatar(&account);
    let raw = json!({
        "sub": account.id, "name": account.name(), "picture": avatar, "email": account.email(),
        "email_verified": !account.email_unverified
    });
    Ok(details(&account, account.verified_email(), Some(&avatar), raw))
}

/// Does what JavaScript's `decodeURIComponent` does; a stray percent sign is an error there.
fn decoded(code: &str) -> Option<String> {
    let is_escape =
        |rest: &str| rest.get(..2).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !code.split('%').skip(1).all(is_escape) {
        return None;
    }
    let form = format!("v={}", code.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned())
}

fn avatar(account: &ProviderAccount) -> String {
    format!("https://avatars.example.test/{}.png", account.id)
}

fn github_user(account: &ProviderAccount) -> Value {
    let avatar = avatar(account);
    let emails: Vec<Value> = account
        .email()
        .map(|email| {
            let verified = !account.email_unverified;
            json!({"email": email, "primary": true, "verified": verified, "visibility": "private"})
        })
        .into_iter()
        .collect();
    let id = account.id.parse::<u64>().map_or_else(|_| account.id.clone().into(), Value::from);
    let raw = json!({
        "userInfo": {"id": id, "avatar_url": avatar, "name": account.name(), "email": null},
        "userEmails": emails
    });
    details(account, account.verified_email(), Some(&avatar), raw)
}

/// Returns what Logto keeps of an account; members without a value are left out.
fn details(account: &ProviderAccount, email: Option<&str>, avatar: Option<&str>, raw: Value) -> Value {
    let mut details = Map::new();
    let known =
        [("id", Some(account.id.as_str())), ("avatar", avatar), ("email", email), ("name", account.name())];
    for (name, value) in known {
        if let Some(value) = value {
            details.insert(name.into(), value.into());
        }
    }
    details.insert("rawData".into(), raw);
    Value::Object(details)
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
