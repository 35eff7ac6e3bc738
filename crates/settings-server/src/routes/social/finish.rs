//! `POST {base}/social/link/finish`: links the account that the provider's answer is about.

use account_api::error::ServerCode;
use account_api::secret::SecretText;
use account_api::social::{SocialLinkAnswer, SocialLinkFinishRequest, SocialLinkedView};
use axum::routing::on;
use logto_client::Identities;
use logto_client::types::{User, WholeIdentity};

use super::begin::{demand_other_method, demand_same};
use super::put::{KnownAccount, put};
use super::{FIELD, answer, keep_replaced};
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
use crate::social::named;
use crate::social::openid::CodeFlow;
use crate::social::provider_answer::{ProviderAnswer, is_code};
use crate::social::providers::{LinkKind, Providers, redirect_uri};
use crate::step_up::bindings::identity_item;
use crate::step_up::evidence::social_identity;
use crate::store::{AnsweredSocialLink, KeptAnswer};

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
    if let SocialLinkAnswer::Code(code) = &request.answer
        && !is_code(code.expose())
    {
        return Err(Failure::invalid_value("answer"));
    }
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
    let linked = if change.is_replayed() {
        Ok(user)
    } else {
        write(change, request, (&hash, &link), (user, &policy)).await
    };
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
    let [Some(state), Some(verifier)] =
        [&request.state, &request.verifier].map(|secret| Hash::of(secret.expose()))
    else {
        return Err(over());
    };
    let handle = match &request.answer {
        SocialLinkAnswer::Handle(text) => Some(Hash::of(text.expose()).ok_or(over())?),
        SocialLinkAnswer::Code(_) | SocialLinkAnswer::Declined | SocialLinkAnswer::Failed => None,
    };
    let owner = (&actor.caller.user, actor.instance);
    let link = store.answered_social_link(owner, &state, &verifier, handle.as_ref(), change.operation());
    Ok((state, link.await?.ok_or_else(over)?))
}

const fn over() -> Failure {
    Failure::new(ServerCode::SocialLinkOver, "the link is unknown, over, or another app's")
}

async fn write(
    change: &ChangeContext<Actor>,
    request: &SocialLinkFinishRequest,
    (hash, link): (&Hash, &AnsweredSocialLink),
    (user, policy): (User, &FieldPolicy),
) -> Result<User, Failure> {
    let AnsweredSocialLink { target, replaces, .. } = link;
    let answer = provider_answer(change, request, link)?;
    demand_same(change, &user, target, replaces.as_deref())?;
    if replaces.is_some() {
        demand_other_method(change, &user, policy, target).await?;
    }
    let providers = Providers::read(&change.state).await?;
    change.keep_key().await?;
    let kind = match replaces {
        Some(_) => NoticeKind::SocialSwitched,
        None => NoticeKind::SocialLinked,
    };
    let identity = match (answer, &link.code_flow) {
        (ProviderAnswer::Code { code }, None) => {
            let identities = exchange_at_logto(change, &user, link, &code, kind, &providers).await?;
            return Ok(User { identities, ..user });
        }
        (ProviderAnswer::Code { code }, Some(flow)) => {
            exchange_here(change, request, (hash, link), (&code, flow), &providers).await?
        }
        (ProviderAnswer::Account { identity }, _) => identity,
        (ProviderAnswer::Declined, _) => {
            return Err(Failure::new(ServerCode::SocialDeclined, "the authorization was declined"));
        }
        (ProviderAnswer::Failed, _) => return Err(upstream::social_provider_failed()),
    };
    let account = KnownAccount { target, identity: &identity, origin: link.origin };
    let identities = put(change, &user, account, kind, &providers).await?;
    Ok(User { identities, ..user })
}

/// Returns the provider's answer: the one that is kept here, or the one that the app has brought.
///
/// # Errors
/// `social_link_over`, `store_unavailable`.
fn provider_answer(
    change: &ChangeContext<Actor>,
    request: &SocialLinkFinishRequest,
    link: &AnsweredSocialLink,
) -> Result<ProviderAnswer, Failure> {
    match (&link.answer, &request.answer) {
        (KeptAnswer::Sealed(sealed), SocialLinkAnswer::Handle(_)) => {
            ProviderAnswer::open(&change.state.store.sealer, request.state.expose(), sealed)
        }
        (KeptAnswer::WithTheApp, SocialLinkAnswer::Code(code)) => {
            Ok(ProviderAnswer::Code { code: code.clone() })
        }
        (KeptAnswer::WithTheApp, SocialLinkAnswer::Declined) => Ok(ProviderAnswer::Declined),
        (KeptAnswer::WithTheApp, SocialLinkAnswer::Failed) => Ok(ProviderAnswer::Failed),
        _ => Err(over()),
    }
}

/// Lets Logto's connector exchange the code. Returns the user's identities.
async fn exchange_at_logto(
    change: &ChangeContext<Actor>,
    user: &User,
    link: &AnsweredSocialLink,
    code: &SecretText,
    kind: NoticeKind,
    providers: &Providers,
) -> Result<Identities, Failure> {
    let state = &change.state;
    let AnsweredSocialLink { connector, target, .. } = link;
    let redirect_uri = redirect_uri(&state.config, connector, matches!(link.answer, KeptAnswer::WithTheApp));
    let data = providers.connector_data(connector, code.expose(), &redirect_uri);
    let mut notification = Notification::about(kind, user);
    let before = user.identities.get(target);
    if let Some(replaced) = before {
        keep_replaced(change, user, target, replaced).await?;
        notification = notification.removed(named(providers, target, replaced));
    }
    let intent = Intent::default()
        .expecting(observe::new_identity_field(state, user, target), before.map(|one| &one.user_id), true)
        .notifying(notification);
    let mut open = change.begin(intent).await?;
    let linked = state.logto.link_identity(&user.id, connector, &data).await;
    let linked = linked.map_err(|error| upstream::failure(&error, upstream::Purpose::LinkIdentity));
    // Which account it is was not known before.
    if let Some(identity) = linked.as_ref().ok().and_then(|all| all.get(target)) {
        open.notify_of_added(named(providers, target, identity));
    }
    open.finish(Outcome::of(&linked)).await;
    let identities = linked?;
    // One that is not recorded proves less, and never more.
    if let Some(identity) = identities.get(target) {
        let item = identity_item(&state.store, &social_identity(target, &identity.user_id));
        if let Err(error) = state.bindings.bind(&user.id, item, link.origin).await {
            tracing::warn!(%error, "bindings: a linked account was not recorded (it proves nothing for a day)");
        }
    }
    Ok(identities)
}

/// Exchanges the code here. The account is kept in place of the code, which cannot be used again.
async fn exchange_here(
    change: &ChangeContext<Actor>,
    request: &SocialLinkFinishRequest,
    (hash, link): (&Hash, &AnsweredSocialLink),
    (code, flow): (&SecretText, &[u8]),
    providers: &Providers,
) -> Result<WholeIdentity, Failure> {
    let state = &change.state;
    let LinkKind::OpenId(provider) = providers.kind(&link.target) else {
        return Err(upstream::social_not_linkable());
    };
    let text = request.state.expose();
    let flow = CodeFlow::open(&state.store.sealer, text, flow)?;
    let identity = state.openid.finish(provider, code, &flow).await?;
    let account = ProviderAnswer::Account { identity: identity.clone() };
    state.store.replace_social_answer(hash, account.seal(&state.store.sealer, text)?).await?;
    Ok(identity)
}
