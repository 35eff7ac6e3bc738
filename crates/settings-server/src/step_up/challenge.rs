//! Challenges: made when a proof is missing, looked up when one comes.

use account_api::error::ServerCode;
use account_api::secret::SecretText;
use account_api::step_up::Purpose;

use crate::auth::token::{self, Hash};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::logto::upstream;
use crate::state::AppState;
use crate::store::Challenge;

/// How long a challenge can be answered.
const LIFETIME_MS: u64 = 10 * 60_000;

/// Makes a challenge and returns its nonce. The moment is taken from Logto's own clock, because `auth_time` of the
/// fresh sign-in is on that clock (B9).
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
pub(crate) async fn issue(
    state: &AppState,
    actor: &Actor,
    purpose: Purpose,
    target: Option<Vec<u8>>,
) -> Result<SecretText, Failure> {
    let (_, issued_at) = state
        .logto
        .user_and_time(&actor.caller.user)
        .await
        .map_err(|error| upstream::failure(&error, upstream::Purpose::ReadUser))?;
    let (text, nonce) = token::make_nonce()?;
    let challenge = Challenge { purpose, target, issued_at };
    let expires_at = state.clock.now_unix_ms() + LIFETIME_MS;
    state.store.keep_challenge(&nonce, actor.owner(), &challenge, expires_at).await?;
    Ok(text)
}

/// Returns the open challenge of a nonce, if it is the actor's own.
///
/// # Errors
/// `step_up_refused`, the same for every reason.
pub(crate) async fn find(state: &AppState, actor: &Actor, nonce: &str) -> Result<(Hash, Challenge), Failure> {
    let hash = Hash::of(nonce).ok_or(refused())?;
    let challenge = state.store.challenge(&hash, actor.owner()).await?.ok_or(refused())?;
    Ok((hash, challenge))
}

/// Returns `step_up_refused`: the proof is not valid. The reason is not disclosed.
pub(crate) const fn refused() -> Failure {
    Failure::new(ServerCode::StepUpRefused, "the proof is not valid for this challenge")
}
