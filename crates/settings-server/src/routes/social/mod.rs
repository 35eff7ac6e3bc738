//! Linked social accounts.

pub(crate) mod begin;
pub(crate) mod callback;
pub(crate) mod finish;
pub(crate) mod forget;
pub(crate) mod list;
mod put;
pub(crate) mod restore;
pub(crate) mod unlink;

use account_api::error::ServerCode;
use account_api::social::SocialView;
use logto_client::types::{FieldControl, Identity, User};

use crate::changes::ChangeContext;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::logto::upstream;
use crate::policy::{Access, FieldPolicy};
use crate::social::key_of;
use crate::social::providers::Providers;
use crate::social::view;
use crate::state::AppState;
use crate::store::former_identities::{FormerIdentity, NewFormerIdentity};

/// What the policy, the account and refusals call them.
const FIELD: &str = "social";

/// Refuses to unlink the account of `target` if the user could not sign in without it (B17). To be called under the
/// user's lock only.
///
/// # Errors
/// `last_sign_in_method`, `upstream_failed`, `upstream_unavailable`.
async fn ensure_method_remains_without(
    state: &AppState,
    policy: &FieldPolicy,
    user: &User,
    target: &str,
) -> Result<(), Failure> {
    let mut after = user.clone();
    after.identities.remove(target);
    state.ensure_method_remains(&user.id, policy, user, &after).await
}

/// Makes the answer about a user as just read.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
async fn answer(state: &AppState, access: Access, user: &User) -> Result<SocialView, Failure> {
    let providers = Providers::read(state).await?;
    let bindings = state.bindings.look(user).await?;
    let mut former = state.store.former_identities(&user.id, None).await?;
    // What is linked again is not removed any more: a later removal elsewhere must not make it restorable.
    let is_linked = |former: &FormerIdentity| {
        user.identities.get(&former.target).is_some_and(|one| one.user_id == former.identity.user_id)
    };
    for linked in former.extract_if(.., |former| is_linked(former)) {
        state.store.forget_former_identity(&user.id, &linked.key).await?;
    }
    let center = state.tenant.account_center().await;
    let center = center.map_err(|error| upstream::failure(&error, upstream::Purpose::Tenant))?;
    let links_there = center.enabled && center.fields.social == Some(FieldControl::Edit);
    Ok(view(state, access, user, &providers, &bindings, &former, links_there))
}

/// Returns what is kept of an account that was unlinked or replaced.
///
/// # Errors
/// `social_not_restorable`, `store_unavailable`.
async fn former(change: &ChangeContext<Actor>, user: &User, key: &str) -> Result<FormerIdentity, Failure> {
    let (store, instance) = (&change.state.store, change.sender.instance);
    let kept = store.former_identities(&user.id, Some(instance)).await?;
    kept.into_iter().find(|former| former.key == key).ok_or(not_restorable())
}

/// Keeps the account that is about to be unlinked or replaced, so that the user can restore it.
///
/// # Errors
/// `social_not_linked` when another account of the target is linked by now; `upstream_failed`, `upstream_unavailable`,
/// `store_unavailable`.
async fn keep_former(
    change: &ChangeContext<Actor>,
    user: &User,
    target: &str,
    removed: &Identity,
) -> Result<(), Failure> {
    let state = &change.state;
    let identity = state.logto.identity(&user.id, target).await;
    let identity = identity.map_err(|error| upstream::failure(&error, upstream::Purpose::WriteIdentity))?;
    if identity.user_id != removed.user_id {
        return Err(upstream::social_not_linked());
    }
    let key = key_of(&state.store, target, &removed.user_id);
    let (instance, operation) = (change.sender.instance, change.operation());
    let new = NewFormerIdentity { user: &user.id, key: &key, target, identity, instance, operation };
    Ok(state.store.keep_former_identity(new).await?)
}

/// As [`keep_former`], of an account that is about to be replaced.
///
/// # Errors
/// As [`keep_former`], with `conflict` in place of `social_not_linked`.
async fn keep_replaced(
    change: &ChangeContext<Actor>,
    user: &User,
    target: &str,
    replaced: &Identity,
) -> Result<(), Failure> {
    keep_former(change, user, target, replaced).await.map_err(|failure| match failure.code {
        ServerCode::SocialNotLinked => begin::another_is_linked(),
        _ => failure,
    })
}

/// 404: nothing is kept of this account.
const fn not_restorable() -> Failure {
    Failure::new(ServerCode::SocialNotRestorable, "nothing is kept of this account")
}
