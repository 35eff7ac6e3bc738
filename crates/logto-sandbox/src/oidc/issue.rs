//! Builds the answer of the token endpoint: resource JWT or opaque access token, ID token, refresh token.

use serde_json::{Map, Value, json};

use super::OPENID_SCOPES;
use super::claims::user_claims;
use super::error::OidcError;
use crate::random;
use crate::state::State;
use crate::state::client::Client;
use crate::state::grant::{AccessToken, Authorized, HOUR_S, RefreshToken};

/// The parameters of a token request.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// With a resource, a JWT for it is issued; without one, an opaque token for userinfo.
    pub(crate) resource: Option<String>,
    /// A narrower scope, at refresh.
    pub(crate) scope: Option<Vec<String>>,
}

/// Checks that the grant, its user and the requested resource still exist.
pub(crate) fn check(
    state: &State,
    grant_id: &str,
    authorized: &Authorized,
    wanted: &Wanted,
) -> Result<(), OidcError> {
    let grant = state
        .grants
        .get(grant_id)
        .filter(|grant| grant.expires_ms > state.now_ms())
        .ok_or_else(OidcError::invalid_grant)?;
    let user = state.users.get(&grant.account_id).ok_or_else(OidcError::invalid_grant)?;
    if user.is_suspended() {
        return Err(OidcError::invalid_grant());
    }
    match &wanted.resource {
        Some(indicator) if !authorized.resources.contains(indicator) => Err(OidcError::invalid_target()),
        Some(indicator) if state.resource(indicator).is_none() => Err(OidcError::invalid_target()),
        Some(_) | None => Ok(()),
    }
}

/// Makes a refresh token; `expires_ms` keeps an earlier expiry.
pub(crate) fn new_refresh_token(
    state: &mut State,
    client: &Client,
    grant_id: &str,
    authorized: Authorized,
    expires_ms: Option<u64>,
) -> String {
    let value = state.issue_opaque();
    let lifetime_ms = client.refresh_token_ttl_days * 24 * HOUR_S * 1000;
    let token = RefreshToken {
        grant_id: grant_id.to_owned(),
        client_id: client.id.clone(),
        issued_s: state.now_s(),
        expires_ms: expires_ms.unwrap_or_else(|| state.now_ms() + lifetime_ms),
        used_at_ms: None,
        authorized,
    };
    state.refresh_tokens.insert(value.clone(), token);
    value
}

/// Returns the token endpoint's answer.
pub(crate) fn tokens(
    state: &mut State,
    client: &Client,
    grant_id: &str,
    authorized: &Authorized,
    wanted: &Wanted,
    refresh_token: Option<String>,
) -> Result<Value, OidcError> {
    check(state, grant_id, authorized, wanted)?;
    let grant = state.grants.get(grant_id).cloned().ok_or_else(OidcError::invalid_grant)?;
    let asked: Vec<String> = wanted.scope.clone().unwrap_or_else(|| authorized.scope.clone());
    let mut body = Map::new();
    match &wanted.resource {
        Some(indicator) => {
            let granted = grant.resources.get(indicator).cloned().unwrap_or_default();
            let allowed = match state.users.get(&grant.account_id) {
                Some(user) => state.user_permissions(user, indicator),
                None => Vec::new(),
            };
            let scope: Vec<String> = asked
                .iter()
                .filter(|scope| granted.contains(scope) && allowed.contains(scope))
                .cloned()
                .collect();
            let ttl_s = state.resource(indicator).map_or(HOUR_S, |resource| resource.access_token_ttl_s);
            let now_s = state.now_s();
            let claims = json!({
                "jti": random::opaque(), "sub": grant.account_id, "iat": now_s, "exp": now_s + ttl_s,
                "scope": scope.join(" "), "client_id": client.id, "iss": state.issuer(), "aud": indicator
            });
            body.insert("access_token".into(), state.issue_jwt(Some("at+jwt"), &claims).into());
            body.insert("expires_in".into(), ttl_s.into());
            body.insert("scope".into(), scope.join(" ").into());
        }
        None => {
            let scope: Vec<String> =
                asked.iter().filter(|scope| OPENID_SCOPES.contains(&scope.as_str())).cloned().collect();
            let value = state.issue_opaque();
            body.insert("access_token".into(), value.clone().into());
            body.insert("expires_in".into(), HOUR_S.into());
            body.insert("scope".into(), scope.join(" ").into());
            let token = AccessToken {
                grant_id: grant_id.to_owned(),
                client_id: client.id.clone(),
                scope,
                issued_s: state.now_s(),
                expires_ms: state.now_ms() + HOUR_S * 1000,
            };
            state.access_tokens.insert(value, token);
        }
    }
    if asked.iter().any(|scope| scope == "openid") {
        let claims = id_token_claims(state, client, &grant.account_id, authorized, &asked);
        body.insert("id_token".into(), state.issue_jwt(None, &claims).into());
    }
    if let Some(token) = refresh_token {
        body.insert("refresh_token".into(), token.into());
    }
    body.insert("token_type".into(), "Bearer".into());
    Ok(Value::Object(body))
}

fn id_token_claims(
    state: &State,
    client: &Client,
    account_id: &str,
    authorized: &Authorized,
    scope: &[String],
) -> Value {
    let mut claims = match state.users.get(account_id) {
        Some(user) => user_claims(state, user, scope),
        None => Map::new(),
    };
    let now_s = state.now_s();
    if let Some(auth_time) = authorized.auth_time {
        claims.insert("auth_time".into(), auth_time.into());
    }
    if let Some(nonce) = &authorized.nonce {
        claims.insert("nonce".into(), nonce.clone().into());
    }
    if let Some(sid) = &authorized.sid {
        claims.insert("sid".into(), sid.clone().into());
    }
    claims.insert("aud".into(), client.id.clone().into());
    claims.insert("exp".into(), (now_s + HOUR_S).into());
    claims.insert("iat".into(), now_s.into());
    claims.insert("iss".into(), state.issuer().into());
    Value::Object(claims)
}
