//! The Experience API: a sign-in in four calls, and the page that makes them.

pub(crate) mod code;
mod methods;
pub(crate) mod page;
pub(crate) mod password;
pub(crate) mod provider;
pub(crate) mod totp;

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

use crate::http::{Reply, Request};
use crate::management::error::{error, error_with_data};
use crate::management::guard;
use crate::oidc::cookies::{self, INTERACTION};
use crate::router::Params;
use crate::state::State;
use crate::state::session::{Interaction, InteractionResult, Prompt};

/// Returns the interaction that the request's cookie names, if it waits for a sign-in.
pub(crate) fn interaction<'a>(state: &'a mut State, request: &Request) -> Result<&'a mut Interaction, Reply> {
    let uid = cookies::read(state, request, INTERACTION);
    let now_s = state.now_s();
    uid.and_then(|uid| state.interactions.get_mut(&uid))
        .filter(|interaction| interaction.prompt == Prompt::Login && interaction.expires_s > now_s)
        .ok_or_else(|| {
            error(400, "session.not_found", "Session not found. Please go back and sign in again.")
        })
}

/// Returns the interaction, if it was started with `PUT /api/experience`.
pub(crate) fn started<'a>(state: &'a mut State, request: &Request) -> Result<&'a mut Interaction, Reply> {
    let interaction = interaction(state, request)?;
    if interaction.started {
        Ok(interaction)
    } else {
        Err(error(404, "session.interaction_not_found", "Interaction session not found."))
    }
}

/// `PUT /api/experience {interactionEvent}`.
pub(crate) fn start(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let interaction = match interaction(state, request) {
        Ok(interaction) => interaction,
        Err(reply) => return reply,
    };
    let event = guard::json_body(request).ok().and_then(|body| body.get("interactionEvent").cloned());
    if event.as_ref().and_then(Value::as_str) != Some("SignIn") {
        return error(400, "guard.invalid_input", "The sandbox knows only the event SignIn.");
    }
    interaction.started = true;
    interaction.identified = None;
    interaction.verifications.clear();
    interaction.second_factor = None;
    Reply::empty(204)
}

/// `POST /api/experience/identification {verificationId}`: only by the sign-in methods of the tenant.
pub(crate) fn identify(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let wanted = body.get("verificationId").and_then(Value::as_str);
    let found = match started(state, request) {
        Ok(interaction) => interaction
            .verifications
            .iter()
            .find(|verification| Some(verification.id.as_str()) == wanted)
            .cloned(),
        Err(reply) => return reply,
    };
    let Some(verification) = found else {
        return error(404, "session.verification_session_not_found", "The verification was not found.");
    };
    if let Err(reply) = methods::guard(&state.settings, &verification) {
        return reply;
    }
    if !verification.verified {
        return error(400, "session.verification_failed", "The verification is not done.");
    }
    let Some(user) = verification.user_id.as_ref().and_then(|id| state.users.get(id)) else {
        let code =
            if verification.of.0 == "identifier" { "user.user_not_exist" } else { "user.identity_not_exist" };
        return error(404, code, "Nobody is known by this.");
    };
    if user.is_suspended() {
        return error(401, "user.suspended", "This account is suspended.");
    }
    if let Ok(interaction) = started(state, request) {
        interaction.identified = Some(verification);
    }
    Reply::empty(204)
}

/// `POST /api/experience/submit`: signs the identified user in.
pub(crate) fn submit(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let (now_ms, issuer) = (state.now_ms(), state.issuer());
    if let Some(reply) = wants_second_factor(state, request) {
        return reply;
    }
    let interaction = match started(state, request) {
        Ok(interaction) => interaction,
        Err(reply) => return reply,
    };
    let identified = interaction.identified.clone();
    let Some((verification, user_id)) =
        identified.and_then(|verification| Some((verification.record(), verification.user_id?)))
    else {
        return error(
            404,
            "session.identifier_not_found",
            "User identifier not found. Please sign in again.",
        );
    };
    let agent = request.header(http::header::USER_AGENT).unwrap_or_default();
    // Logto listens on both IP versions: it sees IPv4 addresses as IPv6 ones.
    let ip = match request.peer.map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.ip()) {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    let mut records = vec![verification];
    records.extend(interaction.second_factor.clone());
    let submission = json!({
        "interactionEvent": "SignIn", "userId": user_id,
        "verificationRecords": records,
        "signInContext": {"ip": ip.to_string(), "userAgent": agent}
    });
    interaction.result = Some(InteractionResult::SignedIn { account_id: user_id.clone(), submission });
    let location = format!("{issuer}/auth/{}", interaction.uid);
    let client_id = interaction.params.client_id.clone();
    if let Some(user) = state.users.get_mut(&user_id) {
        user.set("lastSignInAt", now_ms.into());
        user.touch(now_ms);
        if user.text("applicationId").is_none() {
            user.set("applicationId", client_id.into());
        }
    }
    Reply::json(200, &json!({"redirectTo": location}))
}

/// Returns the 403 of a user who has a factor that the tenant asks for, until it is proven.
fn wants_second_factor(state: &mut State, request: &Request) -> Option<Reply> {
    let interaction = started(state, request).ok()?;
    if interaction.second_factor.is_some() {
        return None;
    }
    let user = interaction.identified.as_ref()?.user_id.clone()?;
    let asked = state.settings.has_factor("Totp") && state.users.get(&user)?.factors.asks_for_totp();
    asked.then(|| {
        let data = json!({"availableFactors": ["Totp"], "maskedIdentifiers": {}});
        error_with_data(403, "session.mfa.require_mfa_verification", "A second factor is needed.", &data)
    })
}

/// `GET /sign-in/cancel`: ends the interaction as the user's refusal. Logto's own page has no such link; here it makes
/// `access_denied` reachable.
pub(crate) fn cancel(state: &mut State, request: &Request, _params: &Params) -> Reply {
    let issuer = state.issuer();
    match interaction(state, request) {
        Ok(interaction) => {
            interaction.result = Some(InteractionResult::Denied);
            Reply::redirect(303, &format!("{issuer}/auth/{}", interaction.uid))
        }
        Err(reply) => reply,
    }
}
