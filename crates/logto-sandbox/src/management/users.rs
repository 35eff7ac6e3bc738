//! `/api/users`: list, create, read, delete.

use serde_json::{Value, json};

use super::error::not_found;
use super::user_patch::{Fields, check_conflicts, read_fields};
use super::{guard, paging};
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::State;
use crate::state::seed::USER_ROLE_ID;
use crate::state::user::User;

/// `GET /api/users`, newest first. Search knows `search.primaryEmail`, `search.username` and `search.id`;
/// `excludeRoleId` leaves out the users of a role.
pub(crate) fn list(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let mut users: Vec<&User> = state.users.values().filter(|user| is_wanted(user, request)).collect();
    users.sort_by_key(|user| std::cmp::Reverse(user.data.get("createdAt").and_then(Value::as_u64)));
    let views = users.into_iter().map(User::view).collect();
    paging::page(state, request, views)
}

fn is_wanted(user: &User, request: &Request) -> bool {
    if request.query("excludeRoleId").is_some_and(|role| user.roles.iter().any(|one| one == role)) {
        return false;
    }
    ["primaryEmail", "primaryPhone", "username", "id", "name"].iter().all(|field| {
        let Some(wanted) = request.query(&format!("search.{field}")) else { return true };
        let have = user.text(field).unwrap_or_default().to_lowercase();
        let wanted = wanted.to_lowercase();
        if request.query(&format!("mode.{field}")) == Some("exact") {
            have == wanted
        } else {
            have.contains(wanted.trim_matches('%'))
        }
    })
}

/// `POST /api/users`.
pub(crate) fn create(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let fields = match read_fields(&body) {
        Ok(fields) => fields,
        Err(reply) => return reply,
    };
    let id = random::id(12);
    if let Err(reply) = check_conflicts(state, &id, &fields) {
        return reply;
    }
    let now_ms = state.now_ms();
    let mut user = User::empty(&id, now_ms);
    user.roles = vec![USER_ROLE_ID.to_owned()];
    apply(&mut user, fields);
    if let Some(password) = body.get("password").and_then(Value::as_str) {
        state.issued_secrets.push(password.to_owned());
        user.set_password(Some(password.to_owned()));
    }
    let view = user.view();
    state.users.insert(id, user);
    Reply::json(200, &view)
}

/// Writes checked fields into a user.
pub(crate) fn apply(user: &mut User, fields: Fields) {
    for (name, value) in fields {
        user.set(&name, value);
    }
}

/// `GET /api/users/{id}`.
pub(crate) fn read(state: &mut State, request: &Request, params: &Params) -> Reply {
    let Some(user) = state.users.get(params.get("id")) else { return not_found() };
    let mut view = user.view();
    if let Some(fields) = view.as_object_mut() {
        if request.query("includeSsoIdentities") == Some("true") {
            fields.insert("ssoIdentities".into(), user.sso_identities.clone().into());
        }
        if request.query("includePasswordHash") == Some("true") {
            let digest = user.password_digest.clone();
            fields.insert("passwordDigest".into(), json!(digest));
            fields.insert("passwordAlgorithm".into(), json!(digest.as_ref().map(|_| "Argon2i")));
            state.issued_secrets.extend(digest);
        }
    }
    Reply::json(200, &view)
}

/// `DELETE /api/users/{id}`.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    if remove(state, params.get("id")) { Reply::empty(204) } else { not_found() }
}

/// Removes a user with sessions, grants and opaque tokens. Returns whether there was one.
pub(crate) fn remove(state: &mut State, id: &str) -> bool {
    if state.users.remove(id).is_none() {
        return false;
    }
    state.end_everything_of(id);
    state.grants.retain(|_, grant| grant.account_id != id);
    state.personal_access_tokens.remove(id);
    true
}
