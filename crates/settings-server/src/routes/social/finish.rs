//! `POST {base}/social/link/finish`: links the account that the provider's answer is about.

use account_api::error::ServerCode;
use account_api::social::{SocialLinkFinishRequest, SocialLinkedView};
use axum::routing::on;
use logto_client::types::User;

use super::begin::{demand_other_method, demand_same};
use super::{FIELD, answer};
use crate::auth::token::Hash;
use crate::changes::{AccountChange, ChangeContext, Intent, Outcome, observe};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::policy::FieldPolicy;
use crate::routes::{SECURE_EDIT, errors};
use crate::social::provider_answer::ProviderAnswer;
use crate::social::providers::{Providers, callback_uri};
use crate::step_up::bindings::identity_item;
use crate::step_up::evidence::social_identity;
use crate::store::AnsweredSocialLink;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/social/link/finish",
    scopes: SECURE_EDIT,
    operation: "social_link_finish",
    summary: "Links the account that the provider's answer is about.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[
            ServerCode::FieldNotEditable,
            ServerCode::Conflict,
            ServerCode::IdentifierUnavailable,
            ServerCode::LastSignInMethod,
            ServerCode::SocialNotLinkable,
            ServerCode::SocialLinkOver,
            ServerCode::SocialDeclined,
            ServerCode::SocialProviderFailed,
            ServerCode::SocialProviderUnreachable,
        ],
    ],
    step_up: &[],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<SocialLinkFinishRequest>),
    response: Document::json::<SocialLinkedView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<SocialLinkFinishRequest>,
) -> Result<Json<SocialLinkedView>, Failure> {
    change.run(move |change| async move { finish(&change, &request).await }).await.map(Json)
}

async fn finish(
    change: &ChangeContext<Actor>,
    request: &SocialLinkFinishRequest,
) -> Result<SocialLinkedView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, policy) = state.account(&actor.caller).await?;
    policy.social.demand_edit(FIELD)?;
    let (hash, link) = answered(change, request).await?;
    let linked =
        if change.is_replayed() { Ok(user) } else { write(change, request, &link, (user, &policy)).await };
    // What could succeed later leaves the answer for another try.
    if Outcome::of(&linked).is_decided()
        && let Err(error) = state.store.end_social_link(&hash, change.operation()).await
    {
        // The link is made; the row expires.
        tracing::warn!(%error, "a finished link could not be ended");
    }
    let present = answer(state, policy.social, &linked?).await?;
    Ok(SocialLinkedView { target: link.target, present })
}

/// Returns the link that the three secrets belong to, and the hash of its state.
///
/// # Errors
/// `social_link_over`, whichever of the three is wrong.
async fn answered(
    change: &ChangeContext<Actor>,
    request: &SocialLinkFinishRequest,
) -> Result<(Hash, AnsweredSocialLink), Failure> {
    let (store, actor) = (&change.state.store, &change.sender);
    let hashes = [&request.state, &request.verifier, &request.handle].map(|secret| Hash::of(secret.expose()));
    let [Some(state), Some(verifier), Some(handle)] = hashes else { return Err(over()) };
    let owner = (&actor.caller.user, actor.instance);
    let link = store.answered_social_link(owner, &state, &verifier, &handle, change.operation());
    Ok((state, link.await?.ok_or_else(over)?))
}

const fn over() -> Failure {
    Failure::new(ServerCode::SocialLinkOver, "the link is unknown, over, or another app's")
}

async fn write(
    change: &ChangeContext<Actor>,
    request: &SocialLinkFinishRequest,
    link: &AnsweredSocialLink,
    (user, policy): (User, &FieldPolicy),
) -> Result<User, Failure> {
    let state = &change.state;
    let AnsweredSocialLink { connector, target, .. } = link;
    let sealed = link.answer.as_ref().ok_or_else(over)?;
    let code = match ProviderAnswer::open(&state.store.sealer, request.state.expose(), sealed)? {
        ProviderAnswer::Code { code } => code,
        ProviderAnswer::Declined => {
            return Err(Failure::new(ServerCode::SocialDeclined, "the authorization was declined"));
        }
        ProviderAnswer::Failed => return Err(upstream::social_provider_failed()),
    };
    demand_same(change, &user, target, link.replaces.as_deref())?;
    if link.replaces.is_some() {
        demand_other_method(change, &user, policy, target).await?;
    }
    let providers = Providers::read(state).await?;
    let data = providers.connector_data(
        connector,
        code.expose(),
        &callback_uri(&state.config.public_url, connector),
    );
    change.keep_key().await?;
    let kind = match link.replaces {
        Some(_) => NoticeKind::SocialSwitched,
        None => NoticeKind::SocialLinked,
    };
    let before = user.identities.get(target).map(|identity| &identity.user_id);
    let intent = Intent::default()
        .expecting(observe::new_identity_field(state, &user, target), before, true)
        .notifying(Notification::about(kind, &user));
    let write = async {
        let linked = state.logto.link_identity(&user.id, connector, &data).await;
        linked.map_err(|error| upstream::failure(&error, upstream::Purpose::LinkIdentity))
    };
    let identities = change.apply(intent, write).await?;
    // Which account it is was not known before. One that is not recorded proves less, and never more.
    if let Some(identity) = identities.get(target) {
        let item = identity_item(&state.store, &social_identity(target, &identity.user_id));
        if let Err(error) = state.bindings.bind(&user.id, item, link.origin).await {
            tracing::warn!(%error, "bindings: a linked account was not recorded (it proves nothing for a day)");
        }
    }
    Ok(User { identities, ..user })
}
