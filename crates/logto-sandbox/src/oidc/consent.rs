//! `GET /consent`: first-party applications are consented to without a page.

use std::collections::BTreeMap;

use super::OPENID_SCOPES;
use super::cookies::{self, INTERACTION};
use super::resume::session_of;
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::State;
use crate::state::grant::{GRANT_TTL_S, Grant};
use crate::state::session::{Authorization, AuthorizeParams, InteractionResult, Prompt};

/// Grants what is requested and continues the interaction.
pub(crate) fn consent(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let uid = cookies::read(state, request, INTERACTION);
    let interaction = uid
        .and_then(|uid| state.interactions.get(&uid))
        .filter(|interaction| interaction.prompt == Prompt::Consent)
        .cloned();
    let session = session_of(state, request);
    let (Some(interaction), Some(session)) = (interaction, session) else {
        return Reply::redirect(302, "/unknown-session");
    };
    grant(state, &session, &interaction.params);
    if let Some(stored) = state.interactions.get_mut(&interaction.uid) {
        stored.result = Some(InteractionResult::Consented);
    }
    Reply::redirect(302, &format!("{}/auth/{}", state.issuer(), interaction.uid))
}

/// Creates the grant of this session and application, or widens the one that exists.
fn grant(state: &mut State, session_key: &str, params: &AuthorizeParams) {
    let Some((account_id, known)) = state.sessions.get(session_key).and_then(|session| {
        let known =
            session.authorizations.get(&params.client_id).map(|authorization| authorization.grant_id.clone());
        Some((session.account_id.clone()?, known))
    }) else {
        return;
    };
    let permitted: BTreeMap<String, Vec<String>> = params
        .resources
        .iter()
        .filter_map(|indicator| {
            let user = state.users.get(&account_id)?;
            let allowed = state.user_permissions(user, indicator);
            let scopes: Vec<String> =
                params.scope.iter().filter(|scope| allowed.contains(scope)).cloned().collect();
            (!scopes.is_empty()).then(|| (indicator.clone(), scopes))
        })
        .collect();
    let (now_s, now_ms) = (state.now_s(), state.now_ms());
    let id = known.filter(|id| state.grants.contains_key(id)).unwrap_or_else(random::opaque);
    let grant = state.grants.entry(id.clone()).or_insert_with(|| Grant {
        id: id.clone(),
        client_id: params.client_id.clone(),
        account_id,
        openid_scope: Vec::new(),
        resources: BTreeMap::new(),
        created_s: now_s,
        expires_ms: 0,
    });
    grant.expires_ms = now_ms + GRANT_TTL_S * 1000;
    for scope in params.scope.iter().filter(|scope| OPENID_SCOPES.contains(&scope.as_str())) {
        if !grant.openid_scope.contains(scope) {
            grant.openid_scope.push(scope.clone());
        }
    }
    for (indicator, scopes) in permitted {
        let known = grant.resources.entry(indicator).or_default();
        for scope in scopes {
            if !known.contains(&scope) {
                known.push(scope);
            }
        }
    }
    if let Some(session) = state.sessions.get_mut(session_key) {
        let sid = random::opaque();
        let authorization = session
            .authorizations
            .entry(params.client_id.clone())
            .or_insert_with(|| Authorization { sid, grant_id: id.clone(), persists_logout: false });
        authorization.grant_id = id;
        authorization.persists_logout |= params.scope.iter().any(|scope| scope == "offline_access");
    }
}
