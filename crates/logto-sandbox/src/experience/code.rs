//! `POST /api/experience/verification/verification-code` and `…/verify`: a code that signs in. None of it was
//! recorded: requests, answers and codes are those of Logto's own schema.
//! requests, answers and codes are those of Logto's own schema.

use serde_json::{Value, json};

use super::started;
use crate::http::{Reply, Request};
use crate::management::error::error;
use crate::management::guard;
use crate::management::verification_codes::{compare, deliver};
use crate::random;
use crate::router::Params;
use crate::state::State;
use crate::state::session::Verification;

/// Sends a code to `identifier` and returns the id of the verification that waits for it.
pub(crate) fn send(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if let Err(reply) = started(state, request) {
        return reply;
    }
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, value) = (text("/identifier/type"), text("/identifier/value"));
    let record = match kind.as_str() {
        "email" => "EmailVerificationCode",
        "phone" => "PhoneVerificationCode",
        _ => return error(400, "guard.invalid_input", "A code goes to an e-mail address or a phone number."),
    };
    let sent = match deliver(state, &kind, &value) {
        Ok(sent) => sent,
        Err(reply) => return reply,
    };
    let verification = Verification {
        id: random::id(21),
        kind: record,
        of: ("identifier", json!({"type": kind, "value": value})),
        user_id: state.user_by_identifier(&kind, &value).map(|user| user.id.clone()),
        email: (kind == "email").then_some(value),
        provider: None,
        sent: Some(sent),
        verified: false,
    };
    let answer = json!({"verificationId": verification.id});
    if let Ok(interaction) = started(state, request) {
        interaction.verifications.push(verification);
    }
    Reply::json(200, &answer)
}

/// Compares a code.
pub(crate) fn verify(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let now_ms = state.now_ms();
    let interaction = match started(state, request) {
        Ok(interaction) => interaction,
        Err(reply) => return reply,
    };
    let is_meant = |verification: &&mut Verification| {
        body["verificationId"] == verification.id && body["identifier"] == verification.of.1
    };
    let waiting = interaction.verifications.iter_mut().find(is_meant);
    let Some((verification, mut sent)) =
        waiting.and_then(|verification| verification.sent.take().map(|sent| (verification, sent)))
    else {
        return error(404, "session.verification_session_not_found", "The verification was not found.");
    };
    if let Err(reply) = compare(&mut sent, body["code"].as_str().unwrap_or_default(), now_ms) {
        verification.sent = Some(sent);
        return reply;
    }
    verification.verified = true;
    Reply::json(200, &json!({"verificationId": verification.id}))
}
