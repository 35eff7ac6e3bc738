//! `POST /oidc/token/introspection`: works for public clients and for tokens of other clients.

use serde_json::{Value, json};

use super::client_auth::authenticate;
use super::error::OidcError;
use crate::http::{Reply, Request, find};
use crate::router::Params;
use crate::state::State;

/// Describes an opaque token.
pub(crate) fn introspect(state: &mut State, request: &Request, _params: &Params) -> Reply {
    match answer(state, request) {
        Ok(body) => Reply::json(200, &body).with("cache-control", "no-store"),
        Err(error) => error.reply(),
    }
}

/// Whether a value looks like a JWT, which Logto neither introspects nor revokes.
pub(crate) fn is_jwt(token: &str) -> bool {
    token.starts_with("eyJ") && token.split('.').count() == 3
}

fn answer(state: &State, request: &Request) -> Result<Value, OidcError> {
    let form = request.form();
    authenticate(state, request, &form)?;
    let value = find(&form, "token")
        .ok_or_else(|| OidcError::bad("invalid_request", "missing required parameter 'token'"))?;
    if is_jwt(value) {
        let text = "Structured JWT Tokens cannot be introspected via the introspection_endpoint";
        return Err(OidcError::bad("unsupported_token_type", text));
    }
    let now_ms = state.now_ms();
    let account = |grant_id: &str| state.grants.get(grant_id).map(|grant| grant.account_id.clone());
    if let Some(token) = state.access_tokens.get(value).filter(|token| token.expires_ms > now_ms) {
        return Ok(json!({
            "active": true, "sub": account(&token.grant_id), "client_id": token.client_id,
            "exp": token.expires_ms / 1000, "iat": token.issued_s, "iss": state.issuer(),
            "scope": token.scope.join(" "), "token_type": "Bearer"
        }));
    }
    if let Some(token) = state.refresh_tokens.get(value).filter(|token| token.expires_ms > now_ms) {
        return Ok(json!({
            "active": token.used_at_ms.is_none(), "sub": account(&token.grant_id),
            "client_id": token.client_id, "exp": token.expires_ms / 1000, "iat": token.issued_s,
            "iss": state.issuer(), "scope": token.authorized.scope.join(" ")
        }));
    }
    Ok(json!({"active": false}))
}
