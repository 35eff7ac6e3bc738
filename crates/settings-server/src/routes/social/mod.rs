//! Linked social accounts.

pub(crate) mod begin;
pub(crate) mod callback;
pub(crate) mod finish;
pub(crate) mod list;
pub(crate) mod unlink;

use account_api::social::SocialView;
use logto_client::types::User;

use crate::error::Failure;
use crate::policy::{Access, FieldPolicy};
use crate::social::providers::Providers;
use crate::social::view;
use crate::state::AppState;

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
    Ok(view(state, access, user, &providers, &bindings))
}
