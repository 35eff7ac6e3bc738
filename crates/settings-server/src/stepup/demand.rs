//! Asking for the proof: a grant that serves, or a challenge.

use account_api::error::{Code, Detail};
use account_api::step_up::Purpose;
use logto_client::types::User;

use super::challenge;
use super::methods::Means;
use super::purpose::{Class, rules};
use crate::actor::Actor;
use crate::error::{self, Failure};
use crate::state::AppState;
use crate::token::Hash;

/// The right to do one sensitive thing, proven.
pub(crate) struct Authority {
    /// The grant to use up, if it serves once.
    once: Option<Hash>,
    operation: String,
}

impl Authority {
    /// Uses the grant up, right before the first write. An upstream failure afterwards keeps it for the same
    /// operation.
    ///
    /// # Errors
    /// 403 `step_up_refused` when another operation used it meanwhile.
    pub(crate) async fn spend(&self, state: &AppState) -> Result<(), Failure> {
        let Some(token) = &self.once else { return Ok(()) };
        if state.store.use_grant(token, &self.operation).await? {
            Ok(())
        } else {
            Err(Failure::new(Code::StepUpRefused, "the proof was used already"))
        }
    }
}

/// Looks for a grant that serves for `purpose` and, where it is destructive, for exactly this `target`.
///
/// `user` is the person as Logto has them now (B4). `operation` names what the grant is for: the same one may come again.
///
/// # Errors
/// 401 `step_up_required` with a challenge.
pub(crate) async fn demand(
    state: &AppState,
    actor: &Actor,
    user: &User,
    (purpose, target): (Purpose, Option<&str>),
    operation: &str,
) -> Result<Authority, Failure> {
    let class = rules(purpose).class;
    let target =
        target.filter(|_| class == Class::Destructive).map(|target| state.store.sealer.fingerprint(target));
    if let Some(token) = actor.grant {
        let proof = state
            .store
            .serving_grant(
                &token,
                actor.owner(),
                purpose,
                target.as_ref().map(<[u8; 32]>::as_slice),
                operation,
            )
            .await?;
        if proof.is_some() {
            let once = (class == Class::Destructive).then_some(token);
            return Ok(Authority { once, operation: operation.to_owned() });
        }
    }
    let means = Means::read(state, &actor.caller, user.clone()).await?;
    let methods = means.methods(state, purpose).await?;
    let nonce = challenge::issue(state, actor, purpose, target.map(|target| target.to_vec())).await?;
    let mut failure = Failure::new(Code::StepUpRequired, "a fresh proof of who is asking is needed first");
    failure.challenge = Some(error::Challenge::FreshSignIn);
    failure.detail = Some(Detail::StepUp { purpose, methods, nonce });
    Err(failure)
}
