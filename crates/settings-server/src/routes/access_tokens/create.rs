//! `POST {base}/access-tokens`: creates a personal access token. Its value is in this answer alone.
//!
//! A retry of the same request, whose answer was lost, gets the same value, after a proof: Logto still has it.

use account_api::access_tokens::{AccessTokenCreateRequest, AccessTokenCreatedView};
use account_api::error::ServerCode;
use account_api::limits::LIMITS;
use account_api::secret::SecretText;
use account_api::step_up::Purpose;
use axum::routing::on;
use logto_client::types::NewPersonalAccessToken;
use secrecy::ExposeSecret;

use super::{FIELD, tokens, view};
use crate::changes::{AccountChange, ChangeContext, Intent, observe};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::policy::values::is_access_token_name;
use crate::routes::{SECURITY, errors};
use crate::step_up;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/access-tokens",
    scopes: SECURITY,
    operation: "access_token_create",
    summary: "Creates a personal access token and returns its value, once.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[ServerCode::FieldNotEditable, ServerCode::IdentifierUnavailable, ServerCode::AccessTokenNotFound],
    ],
    step_up: &[Purpose::CreateAccessToken],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<AccessTokenCreateRequest>),
    response: Document::json::<AccessTokenCreatedView>,
    handler: |method| on(method, handle),
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<AccessTokenCreateRequest>,
) -> Result<Json<AccessTokenCreatedView>, Failure> {
    if !is_access_token_name(&request.name) {
        return Err(Failure::invalid_value("name"));
    }
    if request.lifetime_days.is_some_and(|days| !(1..=LIMITS.access_token_days).contains(&days)) {
        return Err(Failure::invalid_value("lifetime_days"));
    }
    change.run(move |change| async move { write(&change, request).await }).await.map(Json)
}

async fn write(
    change: &ChangeContext<Actor>,
    request: AccessTokenCreateRequest,
) -> Result<AccessTokenCreatedView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (id, name) = (&actor.caller.user, request.name);
    let (user, policy) = state.account(&actor.caller).await?;
    policy.access_tokens.demand_edit(FIELD)?;
    let failure =
        |error: logto_client::Error| upstream::failure(&error, upstream::Purpose::WriteAccessToken("name"));
    let mut present = tokens(state, id).await?;
    if !change.is_replayed() && present.iter().any(|token| token.name == name) {
        return Err(upstream::access_token_taken("name"));
    }
    // A replay needs the proof, too: it is answered with the value.
    let asked = (Purpose::CreateAccessToken, Some(name.as_str()));
    let authority = step_up::demand(state, actor, &user, asked, change.operation()).await?;
    let value = if change.is_replayed() {
        let value = state.logto.personal_access_token_value(id, &name).await.map_err(failure)?;
        value.ok_or(upstream::access_token_not_found())?
    } else {
        change.keep_key().await?;
        authority.spend(state).await?;
        let intent = Intent::default()
            .expecting(observe::access_token_field(state, id, &name), None::<&str>, &name)
            .notifying(Notification::about(NoticeKind::AccessTokenCreated, &user));
        let lifetime_ms = request.lifetime_days.map(|days| u64::from(days) * DAY_MS);
        let new = NewPersonalAccessToken {
            name: name.clone(),
            expires_at: lifetime_ms.map(|lifetime_ms| state.clock.now_unix_ms() + lifetime_ms),
        };
        let write = async { state.logto.create_personal_access_token(id, &new).await.map_err(failure) };
        let (token, value) = change.apply(intent, write).await?;
        present.push(token);
        value
    };
    Ok(AccessTokenCreatedView {
        value: SecretText::new(value.expose_secret().to_owned()),
        name,
        present: view(state, policy.access_tokens, present),
    })
}
