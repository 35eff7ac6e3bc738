//! `POST {base}/social/unlink`: unlinks a social account.

use account_api::error::ServerCode;
use account_api::social::{SocialUnlinkRequest, SocialView};
use account_api::step_up::Purpose;
use axum::routing::on;
use logto_client::types::User;

use super::{FIELD, answer, ensure_method_remains_without, keep_former};
use crate::audit_log::AuditField;
use crate::changes::{AccountChange, ChangeContext, Intent};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::routes::{SECURE_EDIT, errors};
use crate::social::providers::Providers;
use crate::social::{key_of, named};
use crate::step_up;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/social/unlink",
    scopes: SECURE_EDIT,
    operation: "social_unlink",
    summary: "Unlinks a social account.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[ServerCode::FieldNotEditable, ServerCode::SocialNotLinked, ServerCode::LastSignInMethod],
    ],
    step_up: &[Purpose::UnlinkSocial],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<SocialUnlinkRequest>),
    response: Document::json::<SocialView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<SocialUnlinkRequest>,
) -> Result<Json<SocialView>, Failure> {
    change.run(move |change| async move { write(&change, &request).await }).await.map(Json)
}

async fn write(
    change: &ChangeContext<Actor>,
    SocialUnlinkRequest { target, key }: &SocialUnlinkRequest,
) -> Result<SocialView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, rules) = state.whole_account(&actor.caller).await?;
    let policy = &rules.policy;
    policy.social.demand_edit(FIELD)?;
    if change.is_replayed() {
        return answer(state, policy.social, &user).await;
    }
    // Another account of this target than the one the user saw stays.
    let present = user
        .identities
        .get(target)
        .filter(|identity| key_of(&state.store, target, &identity.user_id) == *key);
    let present = present.ok_or(upstream::social_not_linked())?;
    ensure_method_remains_without(state, policy, &user, target).await?;
    let step_up_request = (Purpose::UnlinkSocial, Some(key.as_str()));
    let authority = step_up::demand(state, actor, &user, step_up_request, change.operation()).await?;
    change.keep_key().await?;
    authority.spend(state).await?;
    keep_former(change, &user, target, present).await?;
    let removed = named(&Providers::read(state).await?, target, present);
    let intent = Intent::default()
        .expecting(AuditField::Identity(target.clone()), &present.user_id, None::<&str>)
        .notifying(Notification::about(NoticeKind::SocialUnlinked, &user).removed(removed));
    let write = async {
        let user = state.logto.delete_identity(&user.id, target).await;
        user.map_err(|error| upstream::failure(&error, upstream::Purpose::WriteIdentity))
    };
    let unlinked: User = change.apply(intent, write).await?;
    // Logto leaves these out of its answer to a change.
    let unlinked = User { sso_identities: user.sso_identities.clone(), ..unlinked };
    answer(state, policy.social, &unlinked).await
}
