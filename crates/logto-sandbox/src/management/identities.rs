//! Social identities of a user: `/api/users/{id}/identities`.

use serde_json::{Map, Value, json};

use super::connector_data;
use super::error::{error, not_found};
use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;
use crate::state::user::User;

/// `POST /api/users/{id}/identities {connectorId, connectorData}`: links the account that the provider names. An account of
/// the same target is replaced without a word.
pub(crate) fn link(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let read = guard::text(&body, "connectorId")
        .and_then(|connector| Ok((connector, guard::object(&body, "connectorData")?)));
    let (connector, data) = match read {
        Ok(read) => read,
        Err(reply) => return reply,
    };
    let user = params.get("id");
    let Some(connector) = state.settings.connector(connector).cloned() else { return not_found() };
    if !state.users.contains_key(user) {
        return not_found();
    }
    if connector["type"] != "Social" {
        return error(422, "session.invalid_connector_id", "The connector is not a social one.");
    }
    let details = match connector_data::account(state, &connector, data) {
        Ok(details) => details,
        Err(reply) => return reply,
    };
    let target = connector["target"].as_str().unwrap_or_default();
    let account = details["id"].as_str().unwrap_or_default().to_owned();
    match set(state, user, target, &account, Some(details)) {
        Ok((identities, _)) => Reply::json(200, &identities),
        Err(reply) => reply,
    }
}

/// `GET /api/users/{id}/identities/{target}`; no provider's token is stored, so `includeTokenSecret` adds nothing.
pub(crate) fn read(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let Some(user) = state.users.get(params.get("id")) else { return not_found() };
    identities(user)
        .and_then(|all| all.get(params.get("target")))
        .map_or_else(not_linked, |identity| Reply::json(200, &json!({ "identity": identity })))
}

/// `PUT /api/users/{id}/identities/{target} {userId, details?}`: any target and any account, without a proof.
pub(crate) fn replace(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let details = body.get("details").map(|_| guard::object(&body, "details")).transpose();
    let (account, details) = match guard::text(&body, "userId").and_then(|id| Ok((id, details?))) {
        Ok(read) => read,
        Err(reply) => return reply,
    };
    let details = details.map(|fields| Value::Object(fields.clone()));
    match set(state, params.get("id"), params.get("target"), account, details) {
        Ok((identities, is_new)) => Reply::json(if is_new { 201 } else { 200 }, &identities),
        Err(reply) => reply,
    }
}

/// `DELETE /api/users/{id}/identities/{target}`: answers the whole user.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let now_ms = state.now_ms();
    let Some(user) = state.users.get_mut(params.get("id")) else { return not_found() };
    let removed = identities_mut(user).and_then(|all| all.remove(params.get("target")));
    if removed.is_none() {
        return not_linked();
    }
    user.touch(now_ms);
    Reply::json(200, &user.view())
}

fn not_linked() -> Reply {
    error(404, "user.identity_not_exist", "The social account has not been linked.")
}

fn identities(user: &User) -> Option<&Map<String, Value>> {
    user.data.get("identities").and_then(Value::as_object)
}

fn identities_mut(user: &mut User) -> Option<&mut Map<String, Value>> {
    user.data.get_mut("identities").and_then(Value::as_object_mut)
}

/// Links an account that no other user has. Returns all identities of the user, and whether the target is a new one.
fn set(
    state: &mut State,
    user: &str,
    target: &str,
    account: &str,
    details: Option<Value>,
) -> Result<(Value, bool), Reply> {
    if !state.users.contains_key(user) {
        return Err(not_found());
    }
    let has_it = |other: &User| {
        other.id != user
            && identities(other).is_some_and(|all| all.get(target).is_some_and(|it| it["userId"] == account))
    };
    if state.users.values().any(has_it) {
        return Err(error(422, "user.identity_already_in_use", "The social account is already in use."));
    }
    let now_ms = state.now_ms();
    let mut identity = json!({ "userId": account });
    if let (Some(details), Some(fields)) = (details, identity.as_object_mut()) {
        fields.insert("details".into(), details);
    }
    let user = state.users.get_mut(user).ok_or_else(not_found)?;
    let is_new = identities_mut(user).is_some_and(|all| all.insert(target.to_owned(), identity).is_none());
    user.touch(now_ms);
    Ok((user.data.get("identities").cloned().unwrap_or_default(), is_new))
}
