//! Linked social accounts.

pub(crate) mod begin;
pub(crate) mod callback;
pub(crate) mod finish;
pub(crate) mod list;
pub(crate) mod unlink;

use account_api::social::SocialView;
use logto_client::types::User;

use crate::error::Failure;
use crate::policy::Access;
use crate::social::providers::Providers;
use crate::social::view;
use crate::state::AppState;

/// What the policy, the account and refusals call them.
const FIELD: &str = "social";

/// Makes the answer about a user as just read.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
async fn answer(state: &AppState, access: Access, user: &User) -> Result<SocialView, Failure> {
    let providers = Providers::read(state).await?;
    let bindings = state.bindings.look(user).await?;
    Ok(view(state, access, user, &providers, &bindings))
}
