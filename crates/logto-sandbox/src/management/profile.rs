//! `PATCH /api/users/{id}/profile`: a shallow merge; unknown keys are dropped silently.

use serde_json::{Map, Value};

use super::error::not_found;
use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

const FIELDS: [&str; 11] = [
    "familyName",
    "givenName",
    "middleName",
    "nickname",
    "preferredUsername",
    "profile",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
];
const ADDRESS_FIELDS: [&str; 6] =
    ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];

/// Checks a profile and drops what Logto does not know.
pub(crate) fn checked_profile(given: &Map<String, Value>) -> Result<Map<String, Value>, Reply> {
    let mut profile = Map::new();
    for name in FIELDS {
        if let Some(value) = given.get(name) {
            if !value.is_string() {
                return Err(guard::wrong_type("string", Some(value), &["profile", name]));
            }
            profile.insert(name.into(), value.clone());
        }
    }
    if let Some(value) = given.get("address") {
        let parts = value
            .as_object()
            .ok_or_else(|| guard::wrong_type("object", Some(value), &["profile", "address"]))?;
        let mut address = Map::new();
        for name in ADDRESS_FIELDS {
            if let Some(value) = parts.get(name) {
                if !value.is_string() {
                    return Err(guard::wrong_type("string", Some(value), &["profile", "address", name]));
                }
                address.insert(name.into(), value.clone());
            }
        }
        profile.insert("address".into(), Value::Object(address));
    }
    Ok(profile)
}

/// Merges and returns the profile alone.
pub(crate) fn patch(state: &mut State, request: &Request, params: &Params) -> Reply {
    let checked =
        guard::json_body(request).and_then(|body| guard::object(&body, "profile").and_then(checked_profile));
    let change = match checked {
        Ok(change) => change,
        Err(reply) => return reply,
    };
    let now_ms = state.now_ms();
    let Some(user) = state.users.get_mut(params.get("id")) else { return not_found() };
    let mut profile = user.data.get("profile").and_then(Value::as_object).cloned().unwrap_or_default();
    profile.extend(change);
    user.set("profile", Value::Object(profile.clone()));
    user.touch(now_ms);
    Reply::json(200, &Value::Object(profile))
}
