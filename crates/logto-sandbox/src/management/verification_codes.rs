//! Verification codes by e-mail and text message: kept by recipient alone, as measured on Logto 1.42 it.

use serde_json::{Value, json};

use super::error::{error, invalid_input};
use super::guard;
use crate::http::{Reply, Request};
use crate::random;
use crate::router::Params;
use crate::state::{OutboxMessage, SentCode, State};

/// How long a code is valid.
const LIFETIME_MS: u64 = 600_000;
/// From the eleventh try on even the right code is refused.
const MOST_TRIES: u32 = 10;
/// The maximum number of messages to one recipient within [`SENDS_MS`].
const MOST_SENDS: usize = 10;
const SENDS_MS: u64 = 600_000;

/// `POST /api/verification-codes {email|phone}`.
pub(crate) fn send(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let (kind, to) = match guard::json_body(request).and_then(|body| recipient(&body)) {
        Ok(recipient) => recipient,
        Err(reply) => return reply,
    };
    match deliver(state, kind, &to) {
        Ok(sent) => {
            state.verification_codes.insert(to, sent);
            Reply::empty(204)
        }
        Err(reply) => reply,
    }
}

/// Sends a new code, if there is a connector that sends, and not too many were sent there.
pub(crate) fn deliver(state: &mut State, kind: &str, to: &str) -> Result<SentCode, Reply> {
    let connector = if kind == "email" { "Email" } else { "Sms" };
    let has_connector = state
        .settings
        .connectors
        .iter()
        .any(|candidate| candidate.get("type").and_then(Value::as_str) == Some(connector));
    if !has_connector {
        return Err(error(501, "connector.not_found", "Cannot find any available connector for the type."));
    }
    let now_ms = state.now_ms();
    let sends = state.sends.entry(to.to_owned()).or_default();
    sends.retain(|at| now_ms.saturating_sub(*at) < SENDS_MS);
    if sends.len() >= MOST_SENDS {
        let text = "Too many messages were sent. Try again later.";
        return Err(error(429, "request.message_rate_limited", text));
    }
    sends.push(now_ms);
    let number = u32::from_le_bytes(random::bytes()) % 1_000_000;
    let code = format!("{number:06}");
    state.issued_secrets.push(code.clone());
    state.outbox.push(OutboxMessage {
        at_ms: now_ms,
        to: to.to_owned(),
        kind: format!("verification code ({kind})"),
        code: code.clone(),
    });
    Ok(SentCode { code, at_ms: now_ms, tries: 0 })
}

/// `POST /api/verification-codes/verify {email|phone, verificationCode}`.
pub(crate) fn verify(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let to = match recipient(&body) {
        Ok((_, to)) => to,
        Err(reply) => return reply,
    };
    let given = match guard::filled_text(&body, "verificationCode") {
        Ok(given) => given.to_owned(),
        Err(reply) => return reply,
    };
    let now_ms = state.now_ms();
    // A body with both asks for a recipient that has none.
    let both = body.get("email").is_some() && body.get("phone").is_some();
    let Some(sent) = state.verification_codes.get_mut(&to).filter(|_| !both) else {
        return refused("verification_code.not_found");
    };
    match compare(sent, &given, now_ms) {
        Ok(()) => {
            state.verification_codes.remove(&to);
            Reply::empty(204)
        }
        Err(reply) => reply,
    }
}

/// Checks that a code is the one that was sent; a wrong one counts as a try.
pub(crate) fn compare(sent: &mut SentCode, given: &str, now_ms: u64) -> Result<(), Reply> {
    if now_ms.saturating_sub(sent.at_ms) >= LIFETIME_MS {
        return Err(refused("verification_code.expired"));
    }
    if sent.tries >= MOST_TRIES {
        return Err(refused("verification_code.exceed_max_try"));
    }
    if sent.code != given {
        sent.tries += 1;
        return Err(refused("verification_code.code_mismatch"));
    }
    Ok(())
}

fn refused(code: &str) -> Reply {
    error(400, code, "The verification code is not valid.")
}

/// Returns the recipient's kind, and the key that codes are kept under: the exact text.
fn recipient(body: &Value) -> Result<(&'static str, String), Reply> {
    for (kind, is_right) in [("email", is_email as fn(&str) -> bool), ("phone", is_phone)] {
        let Some(value) = body.get(kind) else { continue };
        let text = value.as_str().ok_or_else(|| guard::wrong_type("string", Some(value), &[kind]))?;
        if !is_right(text) {
            return Err(guard::wrong_text("regex", &[kind]));
        }
        return Ok((kind, text.to_owned()));
    }
    let missing = |key: &str| {
        json!({
            "issues": [{"code": "invalid_type", "expected": "string", "received": "undefined", "path": [key]}],
            "name": "ZodError"
        })
    };
    let issue =
        json!({"code": "invalid_union", "unionErrors": [missing("email"), missing("phone")], "path": []});
    Err(invalid_input(&issue, "Invalid input"))
}

fn is_email(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}

fn is_phone(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_digit())
}
