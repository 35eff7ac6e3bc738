//! Organizations: the sandbox's tenant has none.

use serde_json::json;

use super::error::not_found;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// `GET /api/users/{id}/organizations`.
pub(crate) fn of_user(state: &mut State, _request: &Request, params: &Params) -> Reply {
    if state.users.contains_key(params.get("id")) { Reply::json(200, &json!([])) } else { not_found() }
}
