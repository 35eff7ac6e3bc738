//! `POST /oidc/token/revocation`: one token of a grant takes the whole grant with it.

use super::client_auth::authenticate;
use super::error::OidcError;
use super::introspection::is_jwt;
use crate::http::{Reply, Request, find};
use crate::router::Params;
use crate::state::State;

/// Revokes; unknown tokens are fine.
pub(crate) fn revoke(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let form = request.form();
    let client = match authenticate(state, request, &form) {
        Ok(client) => client,
        Err(error) => return error.reply(),
    };
    let Some(value) = find(&form, "token") else {
        return OidcError::bad("invalid_request", "missing required parameter 'token'").reply();
    };
    if is_jwt(value) {
        let text = "Structured JWT Tokens cannot be revoked via the revocation_endpoint";
        return OidcError::bad("unsupported_token_type", text).reply();
    }
    let of_refresh = state.refresh_tokens.get(value).map(|token| (&token.client_id, &token.grant_id));
    let of_access = state.access_tokens.get(value).map(|token| (&token.client_id, &token.grant_id));
    let grant =
        of_refresh.or(of_access).filter(|(owner, _)| **owner == client.id).map(|(_, grant)| grant.clone());
    if let Some(grant) = grant {
        state.revoke_grant(&grant);
    }
    Reply::text(200, "")
}
