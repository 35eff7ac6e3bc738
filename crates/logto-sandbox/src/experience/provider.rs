//! Federated sign-in: `POST /api/experience/verification/social/{connector}/…` and `…/sso/{connector}/…`.
//!
//! There is no provider. What it would say about the user is in `connectorData`, as with Logto's own mock connector:
//! `userId` and, if it has one, `email`. None of it was recorded: requests, answers and codes are those of Logto's own
//! schema.

use serde_json::{Value, json};

use super::started;
use crate::http::{Reply, Request};
use crate::management::error::{error, not_found};
use crate::management::guard;
use crate::random;
use crate::router::Params;
use crate::state::State;
use crate::state::session::Verification;

/// `POST …/social/{connector}/authorization-uri`.
pub(crate) fn begin_social(state: &mut State, request: &Request, params: &Params) -> Reply {
    let id = params.get("connector");
    let exists = state
        .settings
        .connectors
        .iter()
        .any(|connector| connector["id"] == id && connector["type"] == "Social");
    begin(state, request, exists.then_some(("Social", id)))
}

/// `POST …/sso/{connector}/authorization-uri`.
pub(crate) fn begin_enterprise(state: &mut State, request: &Request, params: &Params) -> Reply {
    let id = params.get("connector");
    let exists = state.settings.sso_connectors.iter().any(|connector| connector["id"] == id);
    begin(state, request, exists.then_some(("EnterpriseSso", id)))
}

fn begin(state: &mut State, request: &Request, connector: Option<(&'static str, &str)>) -> Reply {
    let Some((kind, connector)) = connector else { return not_found() };
    let interaction = match started(state, request) {
        Ok(interaction) => interaction,
        Err(reply) => return reply,
    };
    let verification = Verification {
        id: random::id(21),
        kind,
        of: ("connectorId", connector.into()),
        email: None,
        provider: None,
        sent: None,
        verified: false,
        user_id: None,
    };
    let answer = json!({
        "authorizationUri": format!("https://provider.example.test/{connector}"), "verificationId": verification.id
    });
    interaction.verifications.push(verification);
    Reply::json(200, &answer)
}

/// `POST …/social/{connector}/verify` and `POST …/sso/{connector}/verify`.
pub(crate) fn verify(state: &mut State, request: &Request, params: &Params) -> Reply {
    let body = match guard::json_body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let text = |name: &str| body["connectorData"][name].as_str().map(str::to_owned);
    let (account, email) = (text("userId").unwrap_or_default(), text("email"));
    let connector = params.get("connector");
    let target = state
        .settings
        .connectors
        .iter()
        .find(|candidate| candidate["id"] == connector)
        .map(|candidate| &candidate["target"]);
    let social = target.and_then(Value::as_str).and_then(|target| state.user_by_identity(target, &account));
    let enterprise = state.user_by_enterprise(connector, &account);
    let (social, enterprise) = (social.map(|user| user.id.clone()), enterprise.map(|user| user.id.clone()));
    let interaction = match started(state, request) {
        Ok(interaction) => interaction,
        Err(reply) => return reply,
    };
    let is_meant = |verification: &&mut Verification| {
        body["verificationId"] == verification.id && verification.of.1 == connector
    };
    let Some(verification) = interaction.verifications.iter_mut().find(is_meant) else {
        return error(404, "session.verification_session_not_found", "The verification was not found.");
    };
    verification.verified = true;
    verification.email = email;
    verification.user_id = if verification.kind == "Social" { social } else { enterprise };
    verification.provider = (verification.kind == "Social").then(|| (account, body["connectorData"].clone()));
    Reply::json(200, &json!({"verificationId": verification.id}))
}
