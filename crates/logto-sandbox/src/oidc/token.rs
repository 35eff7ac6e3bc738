//! `POST /oidc/token`: authenticates the client and hands over to the grant type.

use serde_json::Value;

use super::client_auth::authenticate;
use super::error::OidcError;
use super::{client_credentials, code_exchange, refresh};
use crate::http::{Reply, Request, find};
use crate::router::Params;
use crate::state::State;

/// Issues tokens.
pub(crate) fn token(state: &mut State, request: &Request, _params: &Params) -> Reply {
    match exchange(state, request) {
        Ok(body) => Reply::json(200, &body).with("cache-control", "no-store"),
        Err(error) => error.reply(),
    }
}

fn exchange(state: &mut State, request: &Request) -> Result<Value, OidcError> {
    let form = request.form();
    let client = authenticate(state, request, &form)?;
    match find(&form, "grant_type") {
        Some("authorization_code") => code_exchange::exchange(state, &client, &form),
        Some("refresh_token") => refresh::exchange(state, &client, &form),
        Some("client_credentials") => client_credentials::exchange(state, &client, &form),
        Some(_) => Err(OidcError::bad("unsupported_grant_type", "unsupported grant_type requested")),
        None => Err(OidcError::bad("invalid_request", "missing required parameter 'grant_type'")),
    }
}
