//! Organizations, as far as a user's own are concerned: which ones, and with which roles.

use serde_json::{Value, json};

use super::error::not_found;
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::State;

/// `GET /api/users/{id}/organizations`: not paged.
pub(crate) fn of_user(state: &mut State, _request: &Request, params: &Params) -> Reply {
    match state.users.get(params.get("id")) {
        Some(user) => Reply::json(200, &Value::Array(user.organizations.clone())),
        None => not_found(),
    }
}

/// Returns a membership as Logto shows it; `given` is merged over it.
pub(crate) fn membership(given: &Value, now_ms: u64) -> Value {
    let mut shown = json!({
        "tenantId": "default", "id": random::id(12), "name": "Organization", "description": null,
        "customData": {}, "isMfaRequired": false, "color": {}, "branding": {}, "customCss": null,
        "createdAt": now_ms, "organizationRoles": []
    });
    if let (Some(shown), Some(given)) = (shown.as_object_mut(), given.as_object()) {
        shown.extend(given.clone());
    }
    shown
}
