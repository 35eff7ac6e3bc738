//! Roles of users and applications.

use serde_json::{Value, json};

use super::error::not_found;
use super::{paging, resources};
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::{Role, State};

fn view(role: &Role) -> Value {
    json!({
        "tenantId": "default", "id": role.id, "name": role.name, "description": role.description,
        "type": role.kind, "isDefault": role.is_default
    })
}

/// So many users and applications of a role are shown in the list.
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
