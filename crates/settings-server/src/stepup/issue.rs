//! Turning a proven challenge into a grant.

use account_api::secret::SecretText;
use account_api::step_up::StepUpAnswer;

use super::challenge::refused;
use super::purpose::rules;
use crate::actor::Actor;
use crate::error::Failure;
use crate::journal;
use crate::state::AppState;
use crate::store::{Challenge, NewGrant};
use crate::token::{self, Hash};

/// Makes the grant. The challenge is used up.
///
/// # Errors
/// 403 `step_up_refused` when somebody was faster with the same challenge, or the store's.
pub(crate) async fn grant(
    state: &AppState,
    actor: &Actor,
    nonce: &Hash,
    challenge: &Challenge,
    proof: &'static str,
) -> Result<StepUpAnswer, Failure> {
    let (text, token) = token::make()?;
    let expires_at = state.clock.now_unix_ms() + rules(challenge.purpose).class.lifetime_ms();
    let new = NewGrant {
        token: &token,
        purpose: challenge.purpose,
        target: challenge.target.as_deref(),
        proof,
        expires_at,
    };
    if !state.store.grant(nonce, actor.owner(), &new).await? {
        return Err(refused());
    }
    journal::event(state, &actor.who, "step_up", proof, None).await?;
    tracing::info!(proof, purpose = super::purpose::name(challenge.purpose), "a step-up was proven");
    Ok(StepUpAnswer::Granted { grant: SecretText::new(text), expires_at })
}
