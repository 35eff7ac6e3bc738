//! Applications and their secrets.

use serde_json::{Value, json};

use super::error::{error, invalid_input, not_found};
use super::{guard, paging};
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::State;
use crate::state::client::{Client, ClientKind, Secret};

/// For how many days a refresh token is valid when the application does not say.
const USUAL_TTL_DAYS: u64 = 14;
/// The first secret of an application.
const DEFAULT_SECRET: &str = "Default secret";
const BACKCHANNEL_URI: &str = "http://127.0.0.1:9/backchannel-logout";

fn view(client: &Client) -> Value {
    let mut metadata = json!({
        "redirectUris": client.redirect_uris,
        "postLogoutRedirectUris": client.post_logout_redirect_uris
    });
    if client.backchannel_session
        && let Some(fields) = metadata.as_object_mut()
    {
        fields.insert("backchannelLogoutUri".into(), BACKCHANNEL_URI.into());
        fields.insert("backchannelLogoutSessionRequired".into(), true.into());
    }
    let mut custom = json!({});
    if let Some(fields) = custom.as_object_mut() {
        if client.kind != ClientKind::MachineToMachine {
            fields.insert("rotateRefreshToken".into(), client.rotate_refresh_token.into());
        }
        if client.refresh_token_ttl_days != USUAL_TTL_DAYS {
            fields.insert("refreshTokenTtlInDays".into(), client.refresh_token_ttl_days.into());
        }
    }
    json!({
        "tenantId": "default", "id": client.id, "name": client.name, "description": null,
        "type": client.kind.name(), "oidcClientMetadata": metadata, "customClientMetadata": custom,
        "protectedAppMetadata": null, "customData": {}, "isThirdParty": false,
        "appLevelAccessControlEnabled": false, "createdAt": client.created_at_ms
    })
}

/// `GET /api/applications/{id}`: the secret of a machine-to-machine application included.
pub(crate) fn read(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let Some(client) = state.clients.get(params.get("id")) else { return not_found() };
    let is_machine = client.kind == ClientKind::MachineToMachine;
    let mut view = view(client);
    if let Some(fields) = view.as_object_mut() {
        fields.insert("isAdmin".into(), (is_machine && !client.roles.is_empty()).into());
        if is_machine {
            fields.insert("secret".into(), client.secret.clone().into());
        }
    }
    Reply::json(200, &view)
}

/// `GET /api/applications[?types=]`, the newest first.
pub(crate) fn list(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let wanted = request.query("types");
    let mut clients: Vec<&Client> = state
        .clients
        .values()
        .filter(|client| wanted.is_none_or(|kind| kind == client.kind.name()))
        .collect();
    clients.sort_by_key(|client| std::cmp::Reverse(client.created_at_ms));
    let views = clients.into_iter().map(view).collect();
    paging::page(state, request, views)
}

/// `POST /api/applications`.
pub(crate) fn create(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let name = match guard::filled_text(&body, "name") {
        Ok(name) => name.to_owned(),
        Err(reply) => return reply,
    };
    let kind = match body["type"].as_str() {
        Some("Native") => ClientKind::Native,
        Some("SPA") => ClientKind::Spa,
        Some("MachineToMachine") => ClientKind::MachineToMachine,
        _ => return guard::wrong_type("string", body.get("type"), &["type"]),
    };
    let mut client = Client {
        id: random::id(21),
        name,
        kind,
        secret: random::opaque(),
        rotate_refresh_token: body["customClientMetadata"]["rotateRefreshToken"].as_bool().unwrap_or(true),
        refresh_token_ttl_days: USUAL_TTL_DAYS,
        created_at_ms: state.now_ms(),
        ..Client::unknown()
    };
    if let Err(reply) = set_metadata(&mut client, &body["oidcClientMetadata"]) {
        return reply;
    }
    let view = view(&client);
    state.issued_secrets.push(client.secret.clone());
    state.clients.insert(client.id.clone(), client);
    Reply::json(200, &view)
}

/// `PATCH /api/applications/{id}`: `oidcClientMetadata` is replaced as a whole.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let Some(client) = state.clients.get_mut(params.get("id")) else { return not_found() };
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut client.name);
    }
    if let Some(metadata) = body.get("oidcClientMetadata")
        && let Err(reply) = set_metadata(client, metadata)
    {
        return reply;
    }
    Reply::json(200, &view(client))
}

/// `DELETE /api/applications/{id}`.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    if state.clients.remove(params.get("id")).is_some() { Reply::empty(204) } else { not_found() }
}

fn set_metadata(client: &mut Client, metadata: &Value) -> Result<(), Reply> {
    let list = |name: &str| -> Vec<String> {
        let items = metadata[name].as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let redirects = list("redirectUris");
    if let Some(index) = redirects.iter().position(|uri| url::Url::parse(uri).is_err()) {
        let issue = json!({"code": "custom", "path": ["oidcClientMetadata", "redirectUris", index]});
        return Err(invalid_input(&issue, "Invalid input"));
    }
    client.redirect_uris = redirects;
    client.post_logout_redirect_uris = list("postLogoutRedirectUris");
    client.backchannel_session = metadata["backchannelLogoutSessionRequired"] == true;
    Ok(())
}

/// `GET /api/applications/{id}/secrets`: with their values; none of a native application.
pub(crate) fn secrets(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let Some(client) = state.clients.get(params.get("id")) else { return not_found() };
    if client.kind != ClientKind::MachineToMachine {
        return Reply::json(200, &json!([]));
    }
    let first = Secret {
        name: DEFAULT_SECRET.to_owned(),
        value: client.secret.clone(),
        created_at_ms: client.created_at_ms,
        expires_at_ms: None,
    };
    let all = std::iter::once(&first).filter(|first| !first.value.is_empty()).chain(&client.further_secrets);
    Reply::json(200, &all.map(|secret| secret_view(client, secret)).collect())
}

/// `POST /api/applications/{id}/secrets`.
pub(crate) fn create_secret(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let name = match guard::filled_text(&body, "name") {
        Ok(name) => name.to_owned(),
        Err(reply) => return reply,
    };
    let (now_ms, value) = (state.now_ms(), random::opaque());
    let Some(client) = state.clients.get_mut(params.get("id")) else { return not_found() };
    if name == DEFAULT_SECRET || client.further_secrets.iter().any(|secret| secret.name == name) {
        return error(422, "application.secret_name_exists", "The name of the secret is in use.");
    }
    let expires_at_ms = body["expiresAt"].as_u64();
    let secret = Secret { name, value: value.clone(), created_at_ms: now_ms, expires_at_ms };
    let view = secret_view(client, &secret);
    client.further_secrets.push(secret);
    state.issued_secrets.push(value);
    Reply::json(201, &view)
}

/// `DELETE /api/applications/{id}/secrets/{name}`.
pub(crate) fn delete_secret(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let Some(client) = state.clients.get_mut(params.get("id")) else { return not_found() };
    let name = params.get("name");
    let before = client.further_secrets.len();
    client.further_secrets.retain(|secret| secret.name != name);
    if client.further_secrets.len() < before { Reply::empty(204) } else { not_found() }
}

fn secret_view(client: &Client, secret: &Secret) -> Value {
    json!({
        "tenantId": "default", "applicationId": client.id, "name": secret.name, "value": secret.value,
        "createdAt": secret.created_at_ms, "expiresAt": secret.expires_at_ms
    })
}
