//! API resources and their permissions.

use serde_json::{Value, json};

use super::error::{error, not_found};
use super::{guard, paging};
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::{Resource, State};

/// For how many seconds a token is valid when the resource does not say.
const USUAL_TTL_S: u64 = 3600;

/// Returns a resource as Logto shows it.
pub(crate) fn view(resource: &Resource) -> Value {
    json!({
        "tenantId": "default", "id": resource.id, "name": resource.name, "indicator": resource.indicator,
        "isDefault": false, "accessTokenTtl": resource.access_token_ttl_s
    })
}

/// Returns a permission as Logto shows it.
pub(crate) fn scope_view(resource: &Resource, name: &str, now_ms: u64) -> Value {
    json!({
        "tenantId": "default", "id": scope_id(resource, name),
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

/// `POST /api/resources`: any text is an indicator.
pub(crate) fn create(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let (name, indicator) = match (guard::filled_text(&body, "name"), guard::filled_text(&body, "indicator"))
    {
        (Ok(name), Ok(indicator)) => (name.to_owned(), indicator.to_owned()),
        (Err(reply), _) | (_, Err(reply)) => return reply,
    };
    if state.resource(&indicator).is_some() {
        return error(422, "resource.resource_identifier_in_use", "The API identifier is in use.");
    }
    let access_token_ttl_s = body["accessTokenTtl"].as_u64().unwrap_or(USUAL_TTL_S);
    let resource = Resource { id: random::id(21), name, indicator, access_token_ttl_s, scopes: Vec::new() };
    let mut view = view(&resource);
    if let Some(fields) = view.as_object_mut() {
        fields.insert("scopes".into(), json!([]));
    }
    state.resources.push(resource);
    Reply::json(201, &view)
}

/// `PATCH /api/resources/{id}`: name and lifetime; the indicator stays.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let Some(resource) = state.resources.iter_mut().find(|candidate| candidate.id == params.get("id")) else {
        return not_found();
    };
    let (name, ttl) = (body["name"].as_str(), body["accessTokenTtl"].as_u64());
    if name.is_none() && ttl.is_none() {
        return error(422, "entity.invalid_input", "Invalid input. Value list must not be empty.");
    }
    if let Some(name) = name {
        name.clone_into(&mut resource.name);
    }
    resource.access_token_ttl_s = ttl.unwrap_or(resource.access_token_ttl_s);
    Reply::json(200, &view(resource))
}

/// `DELETE /api/resources/{id}`, with what roles have of it.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let Some(index) = state.resources.iter().position(|resource| resource.id == params.get("id")) else {
        return not_found();
    };
    let removed = state.resources.remove(index);
    for role in &mut state.roles {
        role.scopes.retain(|(indicator, _)| *indicator != removed.indicator);
    }
    Reply::empty(204)
}

/// `POST /api/resources/{id}/scopes`.
pub(crate) fn create_scope(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let now_ms = state.now_ms();
    let Some(resource) = state.resources.iter_mut().find(|candidate| candidate.id == params.get("id")) else {
        return not_found();
    };
    let name = match guard::filled_text(&body, "name") {
        Ok(name) => name,
        Err(reply) => return reply,
    };
    if name.contains(char::is_whitespace) {
        return error(400, "scope.name_with_space", "The name of a permission has no spaces.");
    }
    if resource.scopes.iter().any(|scope| scope == name) {
        return error(422, "scope.name_exists", "The permission exists.");
    }
    resource.scopes.push(name.to_owned());
    Reply::json(201, &scope_view(resource, name, now_ms))
}

/// Returns the resource's indicator and the name of a permission, by its id.
pub(crate) fn scope_of(state: &State, id: &str) -> Option<(String, String)> {
    state.resources.iter().find_map(|resource| {
        let name = resource.scopes.iter().find(|name| scope_id(resource, name) == id)?;
        Some((resource.indicator.clone(), name.clone()))
    })
}

fn scope_id(resource: &Resource, name: &str) -> String {
    format!("{}-{}", resource.id, name.replace(':', "-"))
}
