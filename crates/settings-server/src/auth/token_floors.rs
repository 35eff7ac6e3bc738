//! Token floors (decision 30): Logto cannot take an access token back, so this server refuses those that were issued
//! before sessions were ended or the password was changed, at once and on every replica.

use http::HeaderMap;
use logto_client::UserId;

use account_api::step_up::INSTANCE_HEADER;

use crate::auth::bearer::Caller;
use crate::auth::token;
use crate::error::Failure;
use crate::logto::upstream;
use crate::state::AppState;
use crate::store::Keeps;

/// Refuses an access token that is not later than its user's floor, unless the request comes from the instance that
/// keeps its tokens.
///
/// # Errors
/// 401 `unauthorized`; `store_unavailable`, because a floor that cannot be read may exist.
pub(crate) async fn admit(state: &AppState, caller: &Caller, headers: &HeaderMap) -> Result<(), Failure> {
    let Some(floor) = state.store.floor(&caller.user).await? else { return Ok(()) };
    if caller.issued_at.is_some_and(|issued_at| issued_at > floor.moment) {
        return Ok(());
    }
    let shown = token::in_header(headers, INSTANCE_HEADER).map(|instance| instance.bytes());
    if shown.is_some() && shown == floor.instance {
        return Ok(());
    }
    tracing::info!(reason = "floor", "refused an access token");
    Err(Failure::unauthorized())
}

/// Refuses every access token of a user that was issued until now on Logto's clock, except those of the instance that
/// keeps its tokens.
///
/// A change raises the floor before its request to Logto, so that the floor exists whatever happens to this process,
/// and once more afterwards, for tokens that were issued meanwhile.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable` and `store_unavailable`: then it is not certain that the floor was
/// raised.
pub(crate) async fn raise(state: &AppState, user: &UserId, keeps: Keeps) -> Result<(), Failure> {
    let answer = state.logto.user_and_time(user).await;
    let (_, now) = answer.map_err(|error| upstream::failure(&error, upstream::Purpose::ReadUser))?;
    Ok(state.store.raise_floor(user, now, keeps).await?)
}

/// Whether a change raises the floor, by the name of its operation.
pub(crate) fn is_raised_by(action: &str) -> bool {
    ["password_update", "sessions_end_others", "session_end", "grant_end"].contains(&action)
}
