//! `POST /api/experience/verification/totp/verify`: the second factor of a user who was identified.

use serde_json::json;

use super::started;
use crate::http::{Reply, Request};
use crate::management::error::error;
use crate::management::guard;
use crate::random;
use crate::router::Params;
use crate::state::State;

/// Checks a code of the identified user's authenticator.
pub(crate) fn verify(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let code = match guard::filled_text(&body, "code") {
        Ok(code) => code.to_owned(),
        Err(reply) => return reply,
    };
    let now_s = state.now_s();
    let user = match started(state, request) {
        Ok(interaction) => {
            interaction.identified.as_ref().and_then(|verification| verification.user_id.clone())
        }
        Err(reply) => return reply,
    };
    let Some(user) = user else {
        return error(404, "session.identifier_not_found", "User identifier not found.");
    };
    if !state.users.get(&user).is_some_and(|user| user.factors.accepts(&code, now_s)) {
        return error(400, "session.mfa.invalid_totp_code", "Invalid TOTP code.");
    }
    let id = random::id(21);
    if let Ok(interaction) = started(state, request) {
        interaction.second_factor = Some(json!({"id": id, "type": "Totp", "userId": user, "verified": true}));
    }
    Reply::json(200, &json!({"verificationId": id}))
}
