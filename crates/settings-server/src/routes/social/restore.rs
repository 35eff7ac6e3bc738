//! `POST {base}/social/restore`: links an account again that was unlinked or replaced.

use account_api::error::ServerCode;
use account_api::social::{SocialRestoreRequest, SocialView};
use account_api::step_up::Purpose;
use axum::routing::on;
use logto_client::types::User;

use super::begin::demand_same;
use super::put::{KnownAccount, put};
use super::{FIELD, answer, former};
use crate::changes::{AccountChange, ChangeContext};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::routes::{SECURE_EDIT, errors};
use crate::social::providers::Providers;
use crate::step_up;
use crate::step_up::demand::Authority;
use crate::store::former_identities::FormerIdentity;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/social/restore",
    scopes: SECURE_EDIT,
    operation: "social_restore",
    summary: "Links an account again that was unlinked or replaced.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[
            ServerCode::FieldNotEditable,
            ServerCode::Conflict,
            ServerCode::IdentifierUnavailable,
            ServerCode::LastSignInMethod,
            ServerCode::SocialNotLinkable,
            ServerCode::SocialNotRestorable,
        ],
    ],
    step_up: &[Purpose::RestoreSocial],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<SocialRestoreRequest>),
    response: Document::json::<SocialView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<SocialRestoreRequest>,
) -> Result<Json<SocialView>, Failure> {
    change.run(move |change| async move { write(&change, &request).await }).await.map(Json)
}

async fn write(
    change: &ChangeContext<Actor>,
    SocialRestoreRequest { key, replaces }: &SocialRestoreRequest,
) -> Result<SocialView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, rules) = state.whole_account(&actor.caller).await?;
    let policy = &rules.policy;
    policy.social.demand_edit(FIELD)?;
    if change.is_replayed() {
        return answer(state, policy.social, &user).await;
    }
    let former = former(change, &user, key).await?;
    let FormerIdentity { target, identity, .. } = &former;
    demand_same(change, &user, target, replaces.as_deref())?;
    let providers = Providers::read(state).await?;
    if !providers.signs_in(target) {
        return Err(upstream::social_not_linkable());
    }
    let mut after = user.clone();
    after.identities.insert(target.clone(), identity.reduced());
    state.ensure_method_remains(&user.id, policy, &user, &after).await?;
    let authority = authority(change, &user, &former).await?;
    change.keep_key().await?;
    authority.spend(state).await?;
    let account = KnownAccount { target, identity, origin: authority.origin };
    let identities = put(change, &user, account, NoticeKind::SocialRestored, &providers).await?;
    answer(state, policy.social, &User { identities, ..user }).await
}

/// Demands a proof: of another app instance than the one that removed the account, a fresh sign-in in the browser.
///
/// # Errors
/// `step_up_required` with a challenge.
async fn authority(
    change: &ChangeContext<Actor>,
    user: &User,
    former: &FormerIdentity,
) -> Result<Authority, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let request = (Purpose::RestoreSocial, Some(former.key.as_str()));
    if former.is_own {
        step_up::demand(state, actor, user, request, change.operation()).await
    } else {
        step_up::demand_sign_in(state, actor, user, request, change.operation()).await
    }
}
