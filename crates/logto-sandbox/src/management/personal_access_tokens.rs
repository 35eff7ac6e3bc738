//! `/api/users/{id}/personal-access-tokens`: named by their names, and each answer has the value in clear.

use serde_json::{Value, json};

use super::error::{error, not_found};
use super::guard;
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::State;

/// A personal access token.
#[derive(Clone)]
pub(crate) struct PersonalAccessToken {
    name: String,
    value: String,
    created_at: u64,
    expires_at: Option<u64>,
}

impl PersonalAccessToken {
    pub(crate) fn new(name: String, created_at: u64, expires_at: Option<u64>) -> Self {
        Self { name, value: format!("pat_{}", random::opaque()), created_at, expires_at }
    }

    pub(crate) fn name_and_value(&self) -> (String, String) {
        (self.name.clone(), self.value.clone())
    }

    fn view(&self, user_id: &str) -> Value {
        json!({
            "tenantId": "default", "userId": user_id, "name": self.name, "value": self.value,
            "createdAt": self.created_at, "expiresAt": self.expires_at
        })
    }
}

fn taken() -> Reply {
    let text = "Personal access token name already exists.";
    error(422, "user.personal_access_token_name_exists", text)
}

/// `GET`; an unknown user has none.
pub(crate) fn list(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let id = params.get("id");
    let tokens = state.personal_access_tokens.get(id).into_iter().flatten();
    Reply::json(200, &Value::Array(tokens.map(|token| token.view(id)).collect()))
}

/// `POST`.
pub(crate) fn create(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let name = match guard::filled_text(&body, "name") {
        Ok(name) => name.to_owned(),
        Err(reply) => return reply,
    };
    let (id, now_ms) = (params.get("id"), state.now_ms());
    if !state.users.contains_key(id) {
        return not_found();
    }
    let expires_at = body.get("expiresAt").and_then(Value::as_u64);
    if expires_at.is_some_and(|expires_at| expires_at <= now_ms) {
        return error(
            400,
            "request.invalid_input",
            "Input is invalid. Expiration time must be in the future.",
        );
    }
    let tokens = state.personal_access_tokens.entry(id.to_owned()).or_default();
    if tokens.iter().any(|token| token.name == name) {
        return taken();
    }
    let token = PersonalAccessToken::new(name, now_ms, expires_at);
    let (view, value) = (token.view(id), token.value.clone());
    tokens.push(token);
    state.issued_secrets.push(value);
    Reply::json(201, &view)
}

/// `PATCH …/{name}`: renames.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let to = match guard::filled_text(&body, "name") {
        Ok(name) => name.to_owned(),
        Err(reply) => return reply,
    };
    let (id, from) = (params.get("id"), params.get("name"));
    let Some(tokens) = state.personal_access_tokens.get_mut(id) else { return not_found() };
    if to != from && tokens.iter().any(|token| token.name == to) {
        return taken();
    }
    match tokens.iter_mut().find(|token| token.name == from) {
        Some(token) => {
            token.name = to;
            Reply::json(200, &token.view(id))
        }
        None => not_found(),
    }
}

/// `DELETE …/{name}`.
pub(crate) fn delete(state: &mut State, _request: &Request, params: &Params) -> Reply {
    let Some(tokens) = state.personal_access_tokens.get_mut(params.get("id")) else { return not_found() };
    let before = tokens.len();
    tokens.retain(|token| token.name != params.get("name"));
    if tokens.len() == before { not_found() } else { Reply::empty(204) }
}
