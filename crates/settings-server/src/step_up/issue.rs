//! Turns a proven challenge into a grant.

use account_api::step_up::StepUpAnswer;

use super::challenge::refused;
use super::decision::Granted;
use super::purpose;
use crate::audit_log;
use crate::auth::token::{self, Hash};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::state::AppState;
use crate::store::{Challenge, NewGrant};

/// Makes the grant for a proof and the decision about it. The challenge is used up.
///
/// # Errors
/// `step_up_refused` when the challenge was used meanwhile, `store_unavailable`.
pub(crate) async fn grant(
    state: &AppState,
    actor: &Actor,
    nonce: &Hash,
    challenge: &Challenge,
    (proof, granted): (&'static str, Granted),
) -> Result<StepUpAnswer, Failure> {
    let (grant, token) = token::make()?;
    let expires_at = state.clock.now_unix_ms() + purpose::lifetime_ms(challenge.purpose);
    let new = NewGrant {
        token: &token,
        purpose: challenge.purpose,
        target: challenge.target.as_deref(),
        proof,
        granted,
        expires_at,
    };
    if !state.store.grant(nonce, actor.owner(), &new).await? {
        return Err(refused());
    }
    audit_log::record(state, &actor.context, "step_up", proof, None).await?;
    tracing::info!(proof, purpose = <&str>::from(challenge.purpose), "a step-up was proven");
    Ok(StepUpAnswer::Granted { grant, expires_at })
}
