//! `POST /api/sign-in-exp/default/check-password`: the tenant's policy, as far as the recordings show it.

use serde_json::{Value, json};

use super::guard;
use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;
use crate::state::user::User;

/// Checks a password; with `userId` against the user's own data, too. The present password is not noticed.
pub(crate) fn check(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let password = match guard::filled_text(&body, "password") {
        Ok(password) => password,
        Err(reply) => return reply,
    };
    let user = body.get("userId").and_then(Value::as_str).and_then(|id| state.users.get(id));
    let issues = issues(password, &state.settings.sign_in_experience["passwordPolicy"], user);
    if issues.is_empty() {
        return Reply::json(200, &json!({"result": true}));
    }
    Reply::json(400, &json!({"result": false, "issues": issues}))
}

fn issues(password: &str, policy: &Value, user: Option<&User>) -> Vec<Value> {
    let number =
        |pointer: &str, default: u64| policy.pointer(pointer).and_then(Value::as_u64).unwrap_or(default);
    let rejects =
        |name: &str| policy.pointer(&format!("/rejects/{name}")).and_then(Value::as_bool) == Some(true);
    let length = u64::try_from(password.chars().count()).unwrap_or(u64::MAX);
    let (min, max) = (number("/length/min", 8), number("/length/max", 256));
    let types = number("/characterTypes/min", 1);
    let lower = password.to_lowercase();
    let mut found = Vec::new();
    if length < min {
        found.push(json!({"code": "password_rejected.too_short", "interpolation": {"min": min}}));
    }
    if length > max {
        found.push(json!({"code": "password_rejected.too_long", "interpolation": {"max": max}}));
    }
    if character_types(password) < types {
        found.push(json!({"code": "password_rejected.character_types", "interpolation": {"min": types}}));
    }
    if rejects("repetitionAndSequence") {
        if has_run(password, 0) {
            found.push(json!({"code": "password_rejected.restricted.repetition"}));
        }
        if has_run(password, 1) {
            found.push(json!({"code": "password_rejected.restricted.sequence"}));
        }
    }
    if rejects("userInfo") && user.is_some_and(|user| names(user).iter().any(|name| lower.contains(name))) {
        found.push(json!({"code": "password_rejected.restricted.user_info"}));
    }
    let words = policy.pointer("/rejects/words").and_then(Value::as_array).into_iter().flatten();
    if words.filter_map(Value::as_str).any(|word| lower.contains(&word.to_lowercase())) {
        found.push(json!({"code": "password_rejected.restricted.words"}));
    }
    found
}

fn character_types(password: &str) -> u64 {
    let kinds: [fn(char) -> bool; 4] = [
        |one| one.is_ascii_lowercase(),
        |one| one.is_ascii_uppercase(),
        |one| one.is_ascii_digit(),
        |one| !one.is_ascii_alphanumeric(),
    ];
    kinds.iter().map(|kind| u64::from(password.chars().any(kind))).sum()
}

/// Three characters in a row, each `step` above the one before.
fn has_run(password: &str, step: u32) -> bool {
    let letters: Vec<u32> = password.chars().map(u32::from).collect();
    letters.windows(3).any(|three| three.windows(2).all(|two| two[1] == two[0] + step))
}

/// What of a user's own data may not be in a password.
fn names(user: &User) -> Vec<String> {
    let email = user.text("primaryEmail").and_then(|email| email.split('@').next());
    [user.text("username"), user.text("name"), email, user.text("primaryPhone")]
        .into_iter()
        .flatten()
        .filter(|text| text.chars().count() >= 3)
        .map(str::to_lowercase)
        .collect()
}
