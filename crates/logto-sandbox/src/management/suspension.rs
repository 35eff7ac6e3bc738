//! `PATCH /api/users/{id}/is-suspended`: sessions and opaque tokens end at once and do not come back.

use super::error::not_found;
use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// Suspends or restores.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let wanted = match guard::json_body(request).and_then(|body| guard::boolean(&body, "isSuspended")) {
        Ok(wanted) => wanted,
        Err(reply) => return reply,
    };
    if !suspend(state, params.get("id"), wanted) {
        return not_found();
    }
    state.users.get(params.get("id")).map_or_else(not_found, |user| Reply::json(200, &user.view()))
}

/// Suspends or restores a user. Returns whether there is such a user.
pub(crate) fn suspend(state: &mut State, id: &str, wanted: bool) -> bool {
    let now_ms = state.now_ms();
    let Some(user) = state.users.get_mut(id) else { return false };
    user.set("isSuspended", wanted.into());
    user.touch(now_ms);
    if wanted {
        state.end_everything_of(id);
    }
    true
}
