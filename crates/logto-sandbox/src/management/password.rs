//! A user's password: verify, replace, and whether there is one. No policy, no lock, as Logto does it here.

use serde_json::json;

use super::error::{error, not_found};
use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// `GET /api/users/{id}/has-password`.
pub(crate) fn has(state: &mut State, _request: &Request, params: &Params) -> Reply {
    match state.users.get(params.get("id")) {
        Some(user) => Reply::json(200, &json!({"hasPassword": user.password.is_some()})),
        None => not_found(),
    }
}

/// `POST /api/users/{id}/password/verify`.
pub(crate) fn verify(state: &mut State, request: &Request, params: &Params) -> Reply {
    let password = match guard::json_body(request)
        .and_then(|body| guard::filled_text(&body, "password").map(str::to_owned))
    {
        Ok(password) => password,
        Err(reply) => return reply,
    };
    match state.users.get(params.get("id")) {
        None => not_found(),
        Some(user) if user.password.as_deref() == Some(password.as_str()) => Reply::empty(204),
        Some(_) => error(422, "session.invalid_credentials", "Incorrect account or password."),
    }
}

/// `PATCH /api/users/{id}/password`.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let password = match guard::json_body(request)
        .and_then(|body| guard::filled_text(&body, "password").map(str::to_owned))
    {
        Ok(password) => password,
        Err(reply) => return reply,
    };
    let now_ms = state.now_ms();
    let Some(user) = state.users.get_mut(params.get("id")) else { return not_found() };
    state.issued_secrets.push(password.clone());
    user.set_password(Some(password));
    user.touch(now_ms);
    Reply::json(200, &user.view())
}
