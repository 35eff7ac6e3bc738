//! `POST {base}/social/link`: begins to link an account of a provider.

use account_api::error::ServerCode;
use account_api::secret::SecretText;
use account_api::social::{SocialLinkBegunView, SocialLinkRequest};
use account_api::step_up::Purpose;
use axum::routing::on;
use logto_client::types::User;

use super::{FIELD, ensure_method_remains_without};
use crate::auth::token::{self, Hash};
use crate::changes::{AccountChange, ChangeContext};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::policy::FieldPolicy;
use crate::policy::values::is_https_url;
use crate::routes::{SECURE_EDIT, errors};
use crate::social::key_of;
use crate::social::providers::{LinkKind, Providers, redirect_uri};
use crate::step_up;
use crate::store::NewSocialLink;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/social/link",
    scopes: SECURE_EDIT,
    operation: "social_link_begin",
    summary: "Begins to link an account of a provider.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[
            ServerCode::FieldNotEditable,
            ServerCode::Conflict,
            ServerCode::LastSignInMethod,
            ServerCode::SocialNotLinkable,
            ServerCode::SocialProviderUnreachable,
        ],
    ],
    step_up: &[Purpose::LinkSocial, Purpose::SwitchSocial],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<SocialLinkRequest>),
    response: Document::json::<SocialLinkBegunView>,
    handler: |method| on(method, handle),
};

/// How long a provider's answer is awaited, in seconds.
const PATIENCE: u32 = 10 * 60;
/// The maximum length of an authorization URI, in characters.
const LONGEST_URI: usize = 16 * 1024;

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<SocialLinkRequest>,
) -> Result<Json<SocialLinkBegunView>, Failure> {
    let verifier = Hash::stored(&request.verifier_hash).ok_or(Failure::invalid_value("verifier_hash"))?;
    change.run(move |change| async move { begin(&change, &request, &verifier).await }).await.map(Json)
}

async fn begin(
    change: &ChangeContext<Actor>,
    request: &SocialLinkRequest,
    verifier: &Hash,
) -> Result<SocialLinkBegunView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, policy) = state.account(&actor.caller).await?;
    policy.social.demand_edit(FIELD)?;
    let SocialLinkRequest { target, replaces, .. } = request;
    demand_same(change, &user, target, replaces.as_deref())?;
    let providers = Providers::read(state).await?;
    let connector = &providers.linkable(target)?.id;
    if replaces.is_some() {
        demand_other_method(change, &user, &policy, target).await?;
    }
    let step_up_request = match replaces {
        Some(key) => (Purpose::SwitchSocial, Some(key.as_str())),
        None => (Purpose::LinkSocial, Some(target.as_str())),
    };
    let authority = step_up::demand(state, actor, &user, step_up_request, change.operation()).await?;
    change.keep_key().await?;
    let (link, hash) = token::make()?;
    let kind = providers.kind(target);
    let is_direct = matches!(kind, LinkKind::Direct);
    let redirect_uri = redirect_uri(&state.config, connector, is_direct);
    let (authorization_uri, code_flow) = match kind {
        LinkKind::Relay | LinkKind::Direct => {
            (by_connector(change, connector, &link, &redirect_uri).await?, None)
        }
        LinkKind::OpenId(provider) => {
            let (uri, flow) = state.openid.begin(provider, &redirect_uri, link.expose()).await?;
            (uri, Some(flow.seal(&state.store.sealer, link.expose())?))
        }
    };
    if !is_https_url(&authorization_uri, LONGEST_URI) {
        tracing::warn!(connector, "social: an authorization URI is no https URL (it is not offered)");
        return Err(upstream::social_not_linkable());
    }
    // From here on the link carries the authority.
    authority.spend(state).await?;
    let new = NewSocialLink {
        state: &hash,
        user: &actor.caller.user,
        instance: actor.instance,
        connector,
        target,
        replaces: replaces.as_deref(),
        verifier,
        is_direct,
        code_flow,
        origin: authority.origin,
        expires_at: state.clock.now_unix_ms() + u64::from(PATIENCE) * 1_000,
    };
    state.store.begin_social_link(&new).await?;
    Ok(SocialLinkBegunView {
        state: link,
        authorization_uri: SecretText::new(authorization_uri),
        expires_in: PATIENCE,
        direct_redirect_uri: is_direct.then_some(redirect_uri),
    })
}

/// Refuses unless the user's account of a target is the one that the request replaces: Logto would replace any.
///
/// # Errors
/// `conflict`.
pub(super) fn demand_same(
    change: &ChangeContext<Actor>,
    user: &User,
    target: &str,
    replaces: Option<&str>,
) -> Result<(), Failure> {
    let store = &change.state.store;
    let present = user.identities.get(target).map(|identity| key_of(store, target, &identity.user_id));
    if present.as_deref() == replaces {
        return Ok(());
    }
    Err(another_is_linked())
}

/// 409: the account that a change replaces is another one by now.
pub(super) const fn another_is_linked() -> Failure {
    Failure::new(ServerCode::Conflict, "another account of this provider is linked by now")
}

/// Refuses to replace the last sign-in method where the new account might be none: Logto lets no user sign in with an
/// account whose address an enterprise connector owns, and which address it has is known only afterwards (B17).
///
/// # Errors
/// `last_sign_in_method`, `upstream_failed`, `upstream_unavailable`.
pub(super) async fn demand_other_method(
    change: &ChangeContext<Actor>,
    user: &User,
    policy: &FieldPolicy,
    target: &str,
) -> Result<(), Failure> {
    let state = &change.state;
    let (experience, enterprise) =
        tokio::join!(state.tenant.sign_in_experience(), state.tenant.sso_connectors());
    let tenant = |error| upstream::failure(&error, upstream::Purpose::Tenant);
    let (experience, enterprise) = (experience.map_err(tenant)?, enterprise.map_err(tenant)?);
    let may_be_owned =
        experience.single_sign_on_enabled && enterprise.iter().any(|connector| !connector.domains.is_empty());
    if !may_be_owned {
        return Ok(());
    }
    ensure_method_remains_without(state, policy, user, target).await
}

/// Returns where the user authorizes, by Logto's connector.
async fn by_connector(
    change: &ChangeContext<Actor>,
    connector: &str,
    link: &SecretText,
    redirect_uri: &str,
) -> Result<String, Failure> {
    let answer = change.state.logto.social_authorization_uri(connector, link.expose(), redirect_uri).await;
    answer.map_err(|error| upstream::failure(&error, upstream::Purpose::BeginLink))
}
