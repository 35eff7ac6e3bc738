//! Personal access tokens. Logto answers their values each time; this server answers a value once, when it is new.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod rename;
pub(crate) mod revoke;

use account_api::access_tokens::{AccessTokenView, AccessTokensView};
use logto_client::UserId;
use logto_client::types::PersonalAccessToken;

use crate::error::Failure;
use crate::logto::upstream::{self, Purpose};
use crate::policy::Access;
use crate::state::AppState;

/// What the policy, the account and refusals call them.
const FIELD: &str = "access_tokens";

/// Reads the user's tokens.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`.
async fn tokens(state: &AppState, user: &UserId) -> Result<Vec<PersonalAccessToken>, Failure> {
    let tokens = state.logto.personal_access_tokens(user).await;
    tokens.map_err(|error| upstream::failure(&error, Purpose::ReadUser))
}

/// Makes the answer, the newest token first.
fn view(state: &AppState, access: Access, mut tokens: Vec<PersonalAccessToken>) -> AccessTokensView {
    let now_ms = state.clock.now_unix_ms();
    tokens.sort_by_key(|token| std::cmp::Reverse(token.created_at));
    let view = |token: PersonalAccessToken| AccessTokenView {
        name: token.name,
        created_at: token.created_at,
        expires_at: token.expires_at,
        expired: token.expires_at.is_some_and(|expires_at| expires_at <= now_ms),
    };
    AccessTokensView { access: access.without_value(), tokens: tokens.into_iter().map(view).collect() }
}
