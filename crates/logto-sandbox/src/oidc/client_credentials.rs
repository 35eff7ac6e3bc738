//! The `client_credentials` grant of machine-to-machine applications.

use serde_json::{Map, Value, json};

use super::error::OidcError;
use super::words;
use crate::http::find;
use crate::random;
use crate::state::State;
use crate::state::client::{Client, ClientKind};

/// Issues a token. Without a permitted scope the answer names none, and the token is of little use.
pub(crate) fn exchange(
    state: &mut State,
    client: &Client,
    form: &[(String, String)],
) -> Result<Value, OidcError> {
    if client.kind != ClientKind::MachineToMachine {
        let text = "requested grant type is not allowed for this client";
        return Err(OidcError::bad("unauthorized_client", text));
    }
    let resource = find(form, "resource")
        .and_then(|indicator| state.resource(indicator))
        .ok_or_else(OidcError::invalid_target)?
        .clone();
    let permitted = state.role_permissions(&client.roles, &resource.indicator);
    let scope: Vec<String> = words(find(form, "scope").unwrap_or_default())
        .into_iter()
        .filter(|scope| permitted.contains(scope))
        .collect();
    let now_s = state.now_s();
    let mut claims = json!({
        "jti": random::opaque(), "sub": client.id, "iat": now_s,
        "exp": now_s + resource.access_token_ttl_s, "client_id": client.id,
        "iss": state.issuer(), "aud": resource.indicator
    });
    let mut body = Map::new();
    if !scope.is_empty() {
        let scope = scope.join(" ");
        if let Some(fields) = claims.as_object_mut() {
            fields.insert("scope".into(), scope.clone().into());
        }
        body.insert("scope".into(), scope.into());
    }
    body.insert("access_token".into(), state.issue_jwt(Some("at+jwt"), &claims).into());
    body.insert("expires_in".into(), resource.access_token_ttl_s.into());
    body.insert("token_type".into(), "Bearer".into());
    Ok(Value::Object(body))
}
