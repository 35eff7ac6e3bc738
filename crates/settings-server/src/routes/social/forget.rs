//! `POST {base}/social/forget`: erases what is kept of an account that was unlinked or replaced.

use account_api::error::ServerCode;
use account_api::social::{SocialForgetRequest, SocialView};
use account_api::step_up::Purpose;
use axum::routing::on;

use super::{FIELD, answer, former, not_restorable};
use crate::changes::{AccountChange, ChangeContext};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::routes::{SECURE_EDIT, errors};
use crate::social::named;
use crate::social::providers::Providers;
use crate::step_up;
use crate::store::Store;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/social/forget",
    scopes: SECURE_EDIT,
    operation: "social_forget",
    summary: "Erases what is kept of an account that was unlinked or replaced.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[ServerCode::FieldNotEditable, ServerCode::SocialNotRestorable],
    ],
    step_up: &[Purpose::ForgetSocial],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<SocialForgetRequest>),
    response: Document::json::<SocialView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<SocialForgetRequest>,
) -> Result<Json<SocialView>, Failure> {
    change.run(move |change| async move { write(&change, &request).await }).await.map(Json)
}

async fn write(
    change: &ChangeContext<Actor>,
    SocialForgetRequest { key }: &SocialForgetRequest,
) -> Result<SocialView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, policy) = state.account(&actor.caller).await?;
    policy.social.demand_edit(FIELD)?;
    if change.is_replayed() {
        return answer(state, policy.social, &user).await;
    }
    let former = former(change, &user, key).await?;
    let step_up_request = (Purpose::ForgetSocial, Some(key.as_str()));
    let authority = step_up::demand(state, actor, &user, step_up_request, change.operation()).await?;
    change.keep_key().await?;
    authority.spend(state).await?;
    let account = named(&Providers::read(state).await?, &former.target, &former.identity.reduced());
    let notification = Notification::about(NoticeKind::SocialForgotten, &user).removed(account);
    if !change.apply_here(notification, vec![Store::forgetting_former_identity(&user.id, key)]).await? {
        return Err(not_restorable());
    }
    answer(state, policy.social, &user).await
}
