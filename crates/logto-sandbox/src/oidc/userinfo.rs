//! `GET|POST /oidc/me`: needs the opaque access token; a resource JWT is refused.

use http::header;
use serde_json::Value;

use super::claims::user_claims;
use super::error::OidcError;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// Returns the claims of the token's user.
pub(crate) fn userinfo(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let realm = format!("Bearer realm=\"{}\"", state.issuer());
    let refuse = |challenge: String, text: &str| {
        let error = OidcError::bad("invalid_token", text);
        OidcError { status: 401, challenge: Some(challenge), ..error }.reply()
    };
    let Some(token) = request.header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "))
    else {
        return refuse(realm, "no access token provided");
    };
    let claims = state
        .access_tokens
        .get(token.trim())
        .filter(|token| {
            token.expires_ms > state.now_ms() && token.scope.iter().any(|scope| scope == "openid")
        })
        .and_then(|token| Some((token, state.grants.get(&token.grant_id)?)))
        .and_then(|(token, grant)| {
            Some(user_claims(state, state.users.get(&grant.account_id)?, &token.scope))
        });
    match claims {
        Some(claims) => Reply::json(200, &Value::Object(claims)).with("cache-control", "no-store"),
        None => {
            let text = "invalid token provided";
            refuse(format!("{realm}, error=\"invalid_token\", error_description=\"{text}\""), text)
        }
    }
}
