//! API resources and their permissions.

use serde_json::{Value, json};

use super::error::not_found;
use super::paging;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::{Resource, State};

/// A resource as Logto shows it.
pub(crate) fn view(resource: &Resource) -> Value {
    json!({
        "tenantId": "default", "id": resource.id, "name": resource.name, "indicator": resource.indicator,
        "isDefault": false, "accessTokenTtl": resource.access_token_ttl_s
    })
}

/// A permission as Logto shows it.
pub(crate) fn scope_view(resource: &Resource, name: &str, now_ms: u64) -> Value {
    json!({
        "tenantId": "default", "id": format!("{}-{}", resource.id, name.replace(':', "-")),
        "resourceId": resource.id, "name": name, "description": "", "createdAt": now_ms
    })
}

/// `GET /api/resources[?includeScopes=true]`.
pub(crate) fn list(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let with_scopes = request.query("includeScopes") == Some("true");
    let now_ms = state.now_ms();
    let resources = state
        .resources
        .iter()
        .map(|resource| {
            let mut view = view(resource);
            if with_scopes && let Some(fields) = view.as_object_mut() {
                let scopes: Vec<Value> =
                    resource.scopes.iter().map(|name| scope_view(resource, name, now_ms)).collect();
                fields.insert("scopes".into(), scopes.into());
            }
            view
        })
        .collect();
    paging::page(state, request, resources)
}

/// `GET /api/resources/{id}/scopes`.
pub(crate) fn scopes(state: &mut State, request: &Request, params: &Params) -> Reply {
    let Some(resource) = state.resources.iter().find(|resource| resource.id == params.get("id")) else {
        return not_found();
    };
    let now_ms = state.now_ms();
    let scopes = resource.scopes.iter().map(|name| scope_view(resource, name, now_ms)).collect();
    paging::page(state, request, scopes)
}
