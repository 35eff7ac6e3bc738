//! A user's grants. Every application of the sandbox is first-party.

use serde_json::{Value, json};

use super::error::error;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// `GET /api/users/{id}/grants[?appType=firstParty|thirdParty]`.
pub(crate) fn list(state: &mut State, request: &Request, params: &Params) -> Reply {
    let third_party_only = request.query("appType") == Some("thirdParty");
    let now_ms = state.now_ms();
    let grants: Vec<Value> = state
        .grants
        .values()
        .filter(|grant| {
            !third_party_only && grant.account_id == params.get("id") && grant.expires_ms > now_ms
        })
        .map(|grant| {
            let name = state.clients.get(&grant.client_id).map_or("", |client| client.name.as_str());
            grant.view(name)
        })
        .collect();
    Reply::json(200, &json!({"grants": grants}))
}

/// `DELETE /api/users/{id}/grants/{grant}`.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let id = params.get("grant");
    let is_theirs = state.grants.get(id).is_some_and(|grant| grant.account_id == params.get("id"));
    if !is_theirs {
        return error(404, "oidc.invalid_grant", "Grant request is invalid.");
    }
    state.revoke_grant(id);
    Reply::empty(204)
}
