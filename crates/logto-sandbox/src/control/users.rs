//! Control endpoints for users. `{id}` is an id or a username.

use serde_json::{Value, json};

use crate::http::{Reply, Request};
use crate::management::organizations::membership;
use crate::management::{guard, suspension, users};
use crate::router::Params;
use crate::state::State;

/// Returns the id behind an id or a username.
pub(crate) fn resolve(state: &State, name: &str) -> Option<String> {
    if state.users.contains_key(name) {
        return Some(name.to_owned());
    }
    state.user_by_identifier("username", name).map(|user| user.id.clone())
}

fn resolved(state: &State, params: &Params) -> Result<String, Reply> {
    resolve(state, params.get("id")).ok_or_else(|| Reply::json(404, &json!({"message": "no such user"})))
}

/// `GET /__sandbox/users/{id}`.
pub(crate) fn read(state: &mut State, _request: &Request, params: &Params) -> Reply {
    match resolved(state, params) {
        Ok(id) => view(state, &id),
        Err(reply) => reply,
    }
}

fn view(state: &State, id: &str) -> Reply {
    state.users.get(id).map_or_else(|| Reply::empty(404), |user| Reply::json(200, &user.view()))
}

/// Sets public fields as given, unchecked.
pub(crate) fn set_fields(state: &mut State, id: &str, change: &Value) {
    let now_ms = state.now_ms();
    if let (Some(user), Some(fields)) = (state.users.get_mut(id), change.as_object()) {
        for (name, value) in fields {
            user.set(name, value.clone());
        }
        user.touch(now_ms);
    }
}

/// `PATCH /__sandbox/users/{id}`: sets public fields as given, unchecked.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let id = match resolved(state, params) {
        Ok(id) => id,
        Err(reply) => return reply,
    };
    match guard::json_body(request) {
        Ok(body) => {
            set_fields(state, &id, &body);
            view(state, &id)
        }
        Err(reply) => reply,
    }
}

/// `GET /__sandbox/users/{id}/totp`: the authenticator's code of this moment, for tests that sign in.
pub(crate) fn totp(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let now_s = state.now_s();
    match resolved(state, params) {
        Ok(id) => {
            let code = state.users.get(&id).map(|user| user.factors.code(now_s));
            Reply::json(200, &json!({"code": code}))
        }
        Err(reply) => reply,
    }
}

/// `DELETE /__sandbox/users/{id}`.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    match resolved(state, params) {
        Ok(id) => {
            users::remove(state, &id);
            Reply::empty(204)
        }
        Err(reply) => reply,
    }
}

/// `PUT /__sandbox/users/{id}/suspended {isSuspended}`.
pub(crate) fn suspend(state: &mut State, request: &Request, params: &Params) -> Reply {
    let id = match resolved(state, params) {
        Ok(id) => id,
        Err(reply) => return reply,
    };
    match guard::json_body(request).and_then(|body| guard::boolean(&body, "isSuspended")) {
        Ok(wanted) => {
            suspension::suspend(state, &id, wanted);
            view(state, &id)
        }
        Err(reply) => reply,
    }
}

/// Replaces a user's organizations: `{"name", "description"?, "organizationRoles"?: [{"id", "name"}]}` each.
pub(crate) fn set_organizations(state: &mut State, id: &str, organizations: &[Value]) {
    let now_ms = state.now_ms();
    if let Some(user) = state.users.get_mut(id) {
        user.organizations =
            organizations.iter().map(|organization| membership(organization, now_ms)).collect();
    }
}

/// `PUT /__sandbox/users/{id}/organizations {organizations: […]}`.
pub(crate) fn organizations(state: &mut State, request: &Request, params: &Params) -> Reply {
    let id = match resolved(state, params) {
        Ok(id) => id,
        Err(reply) => return reply,
    };
    let body = guard::json_body(request).unwrap_or_default();
    let list = body.get("organizations").and_then(Value::as_array);
    set_organizations(state, &id, list.map_or(&[], Vec::as_slice));
    Reply::empty(204)
}

/// `PUT /__sandbox/users/{id}/sso-identities {ssoIdentities: […]}`, as `GET /api/users/{id}` shows them.
pub(crate) fn sso_identities(state: &mut State, request: &Request, params: &Params) -> Reply {
    let id = match resolved(state, params) {
        Ok(id) => id,
        Err(reply) => return reply,
    };
    let body = guard::json_body(request).unwrap_or_default();
    let list = body.get("ssoIdentities").and_then(Value::as_array).cloned();
    if let Some(user) = state.users.get_mut(&id) {
        user.sso_identities = list.unwrap_or_default();
    }
    Reply::empty(204)
}

/// `PUT /__sandbox/users/{id}/scopes {scopes: [text] | null}`; with null the roles decide again.
pub(crate) fn scopes(state: &mut State, request: &Request, params: &Params) -> Reply {
    let id = match resolved(state, params) {
        Ok(id) => id,
        Err(reply) => return reply,
    };
    let body = guard::json_body(request).unwrap_or_default();
    let scopes = body.get("scopes").and_then(Value::as_array).map(|list| {
        list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect::<Vec<String>>()
    });
    if let Some(user) = state.users.get_mut(&id) {
        user.scope_override = scopes;
    }
    Reply::empty(204)
}
