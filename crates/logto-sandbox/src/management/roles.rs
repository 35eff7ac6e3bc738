//! Roles of users and applications.

use serde_json::{Value, json};

use super::error::{error, not_found};
use super::{guard, paging, resources};
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::{Role, State};

fn view(role: &Role) -> Value {
    json!({
        "tenantId": "default", "id": role.id, "name": role.name, "description": role.description,
        "type": role.kind, "isDefault": role.is_default
    })
}

/// How many users and applications of a role are shown in the list.
const FEATURED: usize = 3;

/// `GET /api/roles`, with the counts and the first users and applications of the list view; `type` filters it.
pub(crate) fn list(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let wanted = request.query("type");
    let roles = state
        .roles
        .iter()
        .filter(|role| wanted.is_none_or(|wanted| wanted == role.kind))
        .map(|role| {
            let mut view = view(role);
            if let Some(fields) = view.as_object_mut() {
                let users = || state.users.values().filter(|user| user.roles.contains(&role.id));
                let applications = || state.clients.values().filter(|client| client.roles.contains(&role.id));
                let users_shown = users().take(FEATURED).map(
                    |user| json!({"id": user.id, "avatar": user.text("avatar"), "name": user.text("name")}),
                );
                let applications_shown = applications()
                    .take(FEATURED)
                    .map(|client| json!({"id": client.id, "name": client.name, "type": client.kind.name()}));
                fields.insert("usersCount".into(), users().count().into());
                fields.insert("applicationsCount".into(), applications().count().into());
                fields.insert("featuredUsers".into(), users_shown.collect());
                fields.insert("featuredApplications".into(), applications_shown.collect());
            }
            view
        })
        .collect();
    paging::page(state, request, roles)
}

/// `GET /api/roles/{id}/scopes`.
pub(crate) fn scopes(state: &mut State, request: &Request, params: &Params) -> Reply {
    let Some(role) = state.roles.iter().find(|role| role.id == params.get("id")) else { return not_found() };
    let scopes = role
        .scopes
        .iter()
        .filter_map(|(indicator, names)| Some((state.resource(indicator)?, names)))
        .flat_map(|(resource, names)| {
            names.iter().map(|name| {
                let mut scope = resources::scope_view(resource, name, state.now_ms());
                if let Some(fields) = scope.as_object_mut() {
                    fields.insert("resource".into(), resources::view(resource));
                }
                scope
            })
        })
        .collect();
    paging::page(state, request, scopes)
}

/// `GET /api/users/{id}/roles`.
pub(crate) fn of_user(state: &mut State, request: &Request, params: &Params) -> Reply {
    let Some(user) = state.users.get(params.get("id")) else { return not_found() };
    let roles = state.roles.iter().filter(|role| user.roles.contains(&role.id)).map(view).collect();
    paging::page(state, request, roles)
}

/// `GET /api/applications/{id}/roles`.
pub(crate) fn of_application(state: &mut State, request: &Request, params: &Params) -> Reply {
    let Some(client) = state.clients.get(params.get("id")) else { return not_found() };
    let roles = state.roles.iter().filter(|role| client.roles.contains(&role.id)).map(view).collect();
    paging::page(state, request, roles)
}

/// `POST /api/roles`: a role of machines may have permissions of any resource.
pub(crate) fn create(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let (name, description) =
        match (guard::filled_text(&body, "name"), guard::filled_text(&body, "description")) {
            (Ok(name), Ok(description)) => (name.to_owned(), description.to_owned()),
            (Err(reply), _) | (_, Err(reply)) => return reply,
        };
    if state.roles.iter().any(|role| role.name == name) {
        return error(422, "role.name_in_use", "The name of the role is in use.");
    }
    let kind = if body["type"] == "MachineToMachine" { "MachineToMachine" } else { "User" };
    let is_default = body["isDefault"].as_bool().unwrap_or(false);
    let mut role = Role { id: random::id(21), name, description, kind, is_default, scopes: Vec::new() };
    for scope in texts(&body, "scopeIds") {
        let Some(scope) = resources::scope_of(state, &scope) else { return not_found() };
        grant(&mut role, scope);
    }
    let view = view(&role);
    state.roles.push(role);
    Reply::json(200, &view)
}

/// `PATCH /api/roles/{id}`.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let Some(role) = state.roles.iter_mut().find(|role| role.id == params.get("id")) else {
        return not_found();
    };
    for (name, value) in [("name", &mut role.name), ("description", &mut role.description)] {
        if let Some(text) = body[name].as_str() {
            text.clone_into(value);
        }
    }
    role.is_default = body["isDefault"].as_bool().unwrap_or(role.is_default);
    Reply::json(200, &view(role))
}

/// `DELETE /api/roles/{id}`, from all of its users.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let id = params.get("id");
    let Some(index) = state.roles.iter().position(|role| role.id == id) else { return not_found() };
    state.roles.remove(index);
    for roles in state.users.values_mut().map(|user| &mut user.roles) {
        roles.retain(|role| role != id);
    }
    for roles in state.clients.values_mut().map(|client| &mut client.roles) {
        roles.retain(|role| role != id);
    }
    Reply::empty(204)
}

/// `POST /api/roles/{id}/scopes`: nothing is added when one of them is there.
pub(crate) fn add_scopes(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let wanted: Option<Vec<(String, String)>> =
        texts(&body, "scopeIds").iter().map(|id| resources::scope_of(state, id)).collect();
    let role = state.roles.iter_mut().find(|role| role.id == params.get("id"));
    let (Some(wanted), Some(role)) = (wanted, role) else { return not_found() };
    let has = |(indicator, name): &(String, String)| {
        role.scopes.iter().any(|(known, names)| known == indicator && names.contains(name))
    };
    if wanted.iter().any(has) {
        return error(422, "role.scope_exists", "The role has the permission already.");
    }
    for scope in wanted {
        grant(role, scope);
    }
    Reply::text(201, "Created")
}

/// `POST /api/roles/{id}/users`: nothing is added when one of them has the role.
pub(crate) fn add_users(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let (id, users) = (params.get("id"), texts(&body, "userIds"));
    let is_known = state.roles.iter().any(|role| role.id == id);
    if !is_known || users.iter().any(|user| !state.users.contains_key(user)) {
        return not_found();
    }
    let has =
        |user: &String| state.users.get(user).is_some_and(|user| user.roles.iter().any(|role| role == id));
    if users.iter().any(has) {
        return error(422, "role.user_exists", "The user has the role already.");
    }
    for user in users {
        if let Some(user) = state.users.get_mut(&user) {
            user.roles.push(id.to_owned());
        }
    }
    Reply::text(201, "Created")
}

/// `POST /api/applications/{id}/roles`: adds those that are not there.
pub(crate) fn add_to_application(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let wanted = texts(&body, "roleIds");
    let kinds: Vec<Option<&str>> = wanted
        .iter()
        .map(|id| state.roles.iter().find(|role| role.id == *id).map(|role| role.kind))
        .collect();
    let Some(client) = state.clients.get_mut(params.get("id")) else { return not_found() };
    if kinds.contains(&None) {
        return not_found();
    }
    if kinds.contains(&Some("User")) {
        return error(422, "application.invalid_role_type", "A role of users is none of an application.");
    }
    let added: Vec<String> = wanted.iter().filter(|id| !client.roles.contains(id)).cloned().collect();
    client.roles.extend(added.clone());
    Reply::json(201, &json!({"roleIds": wanted, "addedRoleIds": added}))
}

fn grant(role: &mut Role, (indicator, name): (String, String)) {
    match role.scopes.iter_mut().find(|(known, _)| *known == indicator) {
        Some((_, names)) => names.push(name),
        None => role.scopes.push((indicator, vec![name])),
    }
}

/// Returns the texts of a list.
fn texts(body: &Value, name: &str) -> Vec<String> {
    let items = body[name].as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
