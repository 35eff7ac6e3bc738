//! `POST /api/experience/verification/password`, with Logto's lock after too many failures.

use serde_json::{Value, json};

use super::started;
use crate::http::{Reply, Request};
use crate::management::error::error;
use crate::management::guard;
use crate::random;
use crate::router::Params;
use crate::state::State;
use crate::state::session::Verification;

/// Failures older than this no longer count towards the lock.
const COUNTED_MS: u64 = 3_600_000;

/// Checks a password and returns the id of the verification.
pub(crate) fn verify(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if let Err(reply) = started(state, request) {
        return reply;
    }
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, value, password) = (text("/identifier/type"), text("/identifier/value"), text("/password"));
    if !matches!(kind.as_str(), "username" | "email" | "phone") || value.is_empty() || password.is_empty() {
        return error(400, "guard.invalid_input", "The identifier or the password is missing.");
    }
    let lock_name = format!("{kind}:{value}");
    if is_locked(state, &lock_name) {
        let text = "Too many attempts. Please try again later.";
        return error(400, "session.verification_blocked_too_many_attempts", text);
    }
    let found = state
        .user_by_identifier(&kind, &value)
        .filter(|user| user.password.as_deref() == Some(password.as_str()))
        .map(|user| (user.id.clone(), user.is_suspended()));
    match found {
        None => {
            let now_ms = state.now_ms();
            state.failed_sign_ins.entry(lock_name).or_default().push(now_ms);
            error(422, "session.invalid_credentials", "Incorrect account or password.")
        }
        Some((_, true)) => error(401, "user.suspended", "This account is suspended."),
        Some((user_id, false)) => {
            state.failed_sign_ins.remove(&lock_name);
            let verification = Verification {
                id: random::id(21),
                kind: "Password",
                of: ("identifier", json!({"type": kind, "value": value})),
                email: (kind == "email").then_some(value),
                provider: None,
                sent: None,
                verified: true,
                user_id: Some(user_id),
            };
            let answer = json!({"verificationId": verification.id});
            if let Ok(interaction) = started(state, request) {
                interaction.verifications.push(verification);
            }
            Reply::json(200, &answer)
        }
    }
}

fn is_locked(state: &mut State, name: &str) -> bool {
    let (attempts, lock_minutes) = state.settings.sentinel();
    let now_ms = state.now_ms();
    let Some(failures) = state.failed_sign_ins.get_mut(name) else { return false };
    failures.retain(|at| now_ms.saturating_sub(*at) < COUNTED_MS);
    if failures.len() < attempts {
        return false;
    }
    let locked_until = failures.last().copied().unwrap_or_default() + lock_minutes * 60_000;
    if now_ms < locked_until {
        return true;
    }
    failures.clear();
    false
}
