//! A user's browser sessions.

use serde_json::{Value, json};

use super::error::{error, invalid_input};
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;
use crate::state::session::Session;

/// `GET /api/users/{id}/sessions`; an unknown user has none.
pub(crate) fn list(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let now_ms = state.now_ms();
    let sessions: Vec<Value> = state
        .sessions
        .values()
        .filter(|session| {
            session.account_id.as_deref() == Some(params.get("id")) && session.expires_ms > now_ms
        })
        .map(Session::view)
        .collect();
    Reply::json(200, &json!({"sessions": sessions}))
}

fn find<'a>(state: &'a State, params: &Params) -> Result<(&'a String, &'a Session), Reply> {
    let (key, session) = state
        .sessions
        .iter()
        .find(|(_, session)| session.uid == params.get("session") && session.account_id.is_some())
        .ok_or_else(|| error(404, "oidc.session_not_found", "Session not found."))?;
    if session.account_id.as_deref() != Some(params.get("id")) {
        let text = "The session belongs to another account.";
        return Err(error(404, "oidc.invalid_session_account_id", text));
    }
    Ok((key, session))
}

/// `GET /api/users/{id}/sessions/{session}`.
pub(crate) fn read(state: &mut State, _request: &Request, params: &Params) -> Reply {
    match find(state, params) {
        Ok((_, session)) => Reply::json(200, &session.view()),
        Err(reply) => reply,
    }
}

/// `DELETE …[?revokeGrantsTarget=all|firstParty]`; without it the grants live on.
pub(crate) fn delete(state: &mut State, request: &Request, params: &Params) -> Reply {
    let target = request.query("revokeGrantsTarget");
    if let Some(other) = target.filter(|one| !matches!(*one, "all" | "firstParty")) {
        let issue = json!({
            "received": other, "code": "invalid_enum_value", "options": ["all", "firstParty"],
            "path": ["revokeGrantsTarget"]
        });
        let text = format!("Invalid enum value. Expected 'all' | 'firstParty', received '{other}'");
        return invalid_input(&issue, &text);
    }
    let (key, session) = match find(state, params) {
        Ok((key, session)) => (key.clone(), session.clone()),
        Err(reply) => return reply,
    };
    state.sessions.remove(&key);
    if target.is_some() {
        for authorization in session.authorizations.values() {
            state.revoke_grant(&authorization.grant_id);
        }
    }
    Reply::empty(204)
}
