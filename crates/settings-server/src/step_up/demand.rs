//! Asking for the proof: a grant that serves, or a challenge.

use account_api::error::{Detail, ServerCode};
use account_api::step_up::Purpose;
use logto_client::types::User;

use super::challenge;
use super::methods::Means;
use super::origin::Origin;
use crate::audit_log;
use crate::auth::token::Hash;
use crate::error::{self, Failure};
use crate::http::actor::Actor;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::state::AppState;

/// The right to do one sensitive thing, proven.
pub(crate) struct Authority {
    grant: Hash,
    purpose: Purpose,
    operation: String,
    /// What is bound with it rests on this.
    pub(crate) origin: Origin,
    /// Whether the account had no other proof at all: its user is notified before anything changes.
    pub(crate) is_last_resort: bool,
}

impl Authority {
    /// Uses the grant, right before the first write. An upstream failure afterwards keeps it for the same
    /// operation.
    ///
    /// # Errors
    /// 403 `step_up_refused` when other operations used it up meanwhile.
    pub(crate) async fn spend(&self, state: &AppState) -> Result<(), Failure> {
        if state.store.use_grant(&self.grant, self.purpose, &self.operation).await? {
            Ok(())
        } else {
            Err(Failure::new(ServerCode::StepUpRefused, "the proof was used already"))
        }
    }
}

impl Authority {
    /// Notifies the user before anything changes, where the account had no other proof at all (decision 28).
    ///
    /// # Errors
    /// `store_unavailable`: then nothing may be changed.
    pub(crate) async fn warn_if_last_resort(
        &self,
        state: &AppState,
        actor: &Actor,
        user: &User,
        kind: NoticeKind,
    ) -> Result<(), Failure> {
        if !self.is_last_resort {
            return Ok(());
        }
        let notification = Notification::about(kind, user);
        audit_log::record(state, &actor.context, "step_up", "last_resort", Some(notification)).await
    }
}

/// What is asked for: the purpose, and the target where it has one.
type Asked<'a> = (Purpose, Option<&'a str>);

/// Looks for a grant that serves for this purpose and, where it is destructive, for exactly this target; without one
/// there is a challenge.
///
/// `user` is the user as Logto has them now (B4). `operation` names what the grant is for: the same one may come again.
///
/// # Errors
/// 401 `step_up_required` with a challenge.
pub(crate) async fn demand(
    state: &AppState,
    actor: &Actor,
    user: &User,
    asked: Asked<'_>,
    operation: &str,
) -> Result<Authority, Failure> {
    match authority(state, actor, asked, operation).await? {
        Some(authority) => Ok(authority),
        None => Err(refusal(state, actor, user, asked).await?),
    }
}

/// The right to do this, if a grant that serves came with the request.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn authority(
    state: &AppState,
    actor: &Actor,
    asked: Asked<'_>,
    operation: &str,
) -> Result<Option<Authority>, Failure> {
    let Some(token) = actor.grant else { return Ok(None) };
    let target = fingerprint(state, asked);
    let target = target.as_ref().map(<[u8; 32]>::as_slice);
    let proof = state.store.serving_grant(&token, actor.owner(), asked.0, target, operation).await?;
    Ok(proof.map(|granted| Authority {
        grant: token,
        purpose: asked.0,
        operation: operation.to_owned(),
        origin: granted.origin,
        is_last_resort: granted.is_last_resort,
    }))
}

/// 401 `step_up_required` with a challenge that names the ways open to this user.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
pub(crate) async fn refusal(
    state: &AppState,
    actor: &Actor,
    user: &User,
    asked: Asked<'_>,
) -> Result<Failure, Failure> {
    let purpose = asked.0;
    let means = Means::read(state, &actor.caller, user).await?;
    let methods = means.methods(purpose);
    let target = fingerprint(state, asked).map(|target| target.to_vec());
    let nonce = challenge::issue(state, actor, purpose, target).await?;
    let mut failure =
        Failure::new(ServerCode::StepUpRequired, "a fresh proof of who is asking is needed first");
    failure.challenge = Some(error::Challenge::FreshSignIn);
    failure.detail = Some(Detail::StepUp { purpose, methods, nonce });
    Ok(failure)
}

/// The target a grant must be for.
fn fingerprint(state: &AppState, (purpose, target): Asked<'_>) -> Option<[u8; 32]> {
    target.filter(|_| purpose.is_single_use()).map(|target| state.store.sealer.fingerprint(target))
}
