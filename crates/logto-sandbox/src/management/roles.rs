//! Roles of users and applications.

use serde_json::{Value, json};

use super::error::not_found;
use super::paging;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::{Role, State};

fn view(role: &Role) -> Value {
    json!({
        "tenantId": "default", "id": role.id, "name": role.name, "description": role.description,
        "type": role.kind, "isDefault": role.is_default
    })
}

/// `GET /api/roles`, with the counts of the list view.
pub(crate) fn list(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let roles = state
        .roles
        .iter()
        .map(|role| {
            let mut view = view(role);
            if let Some(fields) = view.as_object_mut() {
                let users = state.users.values().filter(|user| user.roles.contains(&role.id)).count();
                let applications =
                    state.clients.values().filter(|client| client.roles.contains(&role.id)).count();
                fields.insert("usersCount".into(), users.into());
                fields.insert("applicationsCount".into(), applications.into());
                fields.insert("featuredUsers".into(), json!([]));
                fields.insert("featuredApplications".into(), json!([]));
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
            names.iter().map(|name| super::resources::scope_view(resource, name, state.now_ms()))
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
