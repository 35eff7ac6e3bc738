//! `POST {base}/access-tokens/revoke`: revokes a personal access token.

use account_api::access_tokens::{AccessTokenRevokeRequest, AccessTokensView};
use account_api::error::ServerCode;
use account_api::step_up::Purpose;
use axum::routing::on;

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
use crate::routes::{SECURITY, errors};
use crate::step_up;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/access-tokens/revoke",
    scopes: SECURITY,
    operation: "access_token_revoke",
    summary: "Revokes a personal access token.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[ServerCode::FieldNotEditable, ServerCode::AccessTokenNotFound],
    ],
    step_up: &[Purpose::RevokeAccessToken],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<AccessTokenRevokeRequest>),
    response: Document::json::<AccessTokensView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<AccessTokenRevokeRequest>,
) -> Result<Json<AccessTokensView>, Failure> {
    change.run(move |change| async move { write(&change, &request.name).await }).await.map(Json)
}

async fn write(change: &ChangeContext<Actor>, name: &str) -> Result<AccessTokensView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let id = &actor.caller.user;
    let (user, policy) = state.account(&actor.caller).await?;
    policy.access_tokens.demand_edit(FIELD)?;
    let mut present = tokens(state, id).await?;
    if !change.is_replayed() {
        if !present.iter().any(|token| token.name == name) {
            return Err(upstream::access_token_not_found());
        }
        let asked = (Purpose::RevokeAccessToken, Some(name));
        let authority = step_up::demand(state, actor, &user, asked, change.operation()).await?;
        change.keep_key().await?;
        authority.spend(state).await?;
        let intent = Intent::default()
            .expecting(observe::access_token_field(state, id, name), name, None::<&str>)
            .notifying(Notification::about(NoticeKind::AccessTokenRevoked, &user));
        let write = async {
            let revoked = state.logto.delete_personal_access_token(id, name).await;
            revoked.map_err(|error| upstream::failure(&error, upstream::Purpose::WriteAccessToken("name")))
        };
        change.apply(intent, write).await?;
        present.retain(|token| token.name != name);
    }
    Ok(view(state, policy.access_tokens, present))
}
