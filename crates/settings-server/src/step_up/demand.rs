//! Requires a proof: a valid grant, or a challenge.

use account_api::error::{Detail, ServerCode};
use account_api::step_up::{Purpose, StepUpMethod};
use logto_client::types::User;

use super::challenge;
use super::methods::StepUpOptions;
use super::origin::Origin;
use crate::audit_log;
use crate::auth::token::Hash;
use crate::error::{self, Failure};
use crate::http::actor::Actor;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::state::AppState;

/// The authorization of one sensitive operation, proven.
pub(crate) struct Authority {
    grant: Hash,
    purpose: Purpose,
    operation: String,
    /// The origin of what is bound with it.
    pub(crate) origin: Origin,
    /// Whether the account had no other proof at all: its user is notified before anything changes.
    pub(crate) is_last_resort: bool,
    /// Whether a fresh sign-in in the browser was part of the proof.
    has_fresh_sign_in: bool,
}

impl Authority {
    /// Uses the grant, right before the first write. If Logto fails afterwards, the same operation may use it again.
    ///
    /// # Errors
    /// `step_up_refused` when other operations used it up meanwhile.
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

/// What a proof is requested for: the purpose, and the target where it has one.
type StepUpRequest<'a> = (Purpose, Option<&'a str>);

/// Looks up a grant that is valid for this purpose and, where it is destructive, for exactly this target. Without one,
/// a challenge is made.
///
/// `user` is the user as just read from Logto (B4). `operation` names what the grant is for: the same one may come
/// again.
///
/// # Errors
/// `step_up_required` with a challenge.
pub(crate) async fn demand(
    state: &AppState,
    actor: &Actor,
    user: &User,
    request: StepUpRequest<'_>,
    operation: &str,
) -> Result<Authority, Failure> {
    match authority(state, actor, request, operation).await? {
        Some(authority) => Ok(authority),
        None => Err(refusal(state, actor, user, request).await?),
    }
}

/// As [`demand`], of a proof that a fresh sign-in in the browser is part of.
///
/// # Errors
/// As [`demand`]; the challenge names the browser alone.
pub(crate) async fn demand_sign_in(
    state: &AppState,
    actor: &Actor,
    user: &User,
    request: StepUpRequest<'_>,
    operation: &str,
) -> Result<Authority, Failure> {
    match authority(state, actor, request, operation).await? {
        Some(authority) if authority.has_fresh_sign_in => Ok(authority),
        _ => {
            let mut refusal = refusal(state, actor, user, request).await?;
            if let Some(Detail::StepUp { methods, .. }) = &mut refusal.detail {
                methods.retain(|method| *method == StepUpMethod::Browser);
            }
            Err(refusal)
        }
    }
}

/// Returns the authorization, if a valid grant came with the request.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn authority(
    state: &AppState,
    actor: &Actor,
    request: StepUpRequest<'_>,
    operation: &str,
) -> Result<Option<Authority>, Failure> {
    let Some(token) = actor.grant else { return Ok(None) };
    let target = fingerprint(state, request);
    let target = target.as_ref().map(<[u8; 32]>::as_slice);
    let proof = state.store.serving_grant(&token, actor.owner(), request.0, target, operation).await?;
    Ok(proof.map(|valid| Authority {
        grant: token,
        purpose: request.0,
        operation: operation.to_owned(),
        origin: valid.granted.origin,
        is_last_resort: valid.granted.is_last_resort,
        has_fresh_sign_in: valid.has_fresh_sign_in,
    }))
}

/// Returns `step_up_required` with a challenge that names the methods that this user can use.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
pub(crate) async fn refusal(
    state: &AppState,
    actor: &Actor,
    user: &User,
    request: StepUpRequest<'_>,
) -> Result<Failure, Failure> {
    let purpose = request.0;
    let options = StepUpOptions::read(state, &actor.caller, user).await?;
    let methods = options.methods(purpose);
    let target = fingerprint(state, request).map(|target| target.to_vec());
    let nonce = challenge::issue(state, actor, purpose, target).await?;
    let mut failure =
        Failure::new(ServerCode::StepUpRequired, "a fresh proof of who sends the request is needed first");
    failure.challenge = Some(error::Challenge::FreshSignIn);
    failure.detail = Some(Detail::StepUp { purpose, methods, nonce });
    Ok(failure)
}

/// Returns the target that a grant must be for.
fn fingerprint(state: &AppState, (purpose, target): StepUpRequest<'_>) -> Option<[u8; 32]> {
    target.filter(|_| purpose.is_single_use()).map(|target| state.store.sealer.fingerprint(target))
}
