//! Ending sessions and grants, and what is signed in afterwards (B16).
//!
//! A grant outlives its session, so both are ended, and both lists are read again: the answer is what Logto says then.

use std::collections::BTreeSet;

use account_api::error::ServerCode;
use account_api::sessions::SessionsEndedView;
use account_api::step_up::Purpose;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use logto_client::Error;
use logto_client::types::{RevokeGrants, User};

use super::{SignedIn, current, view};
use crate::audit_log::AuditField;
use crate::auth::token_floors;
use crate::changes::{ChangeContext, Intent, Outcome};
use crate::error::Failure;
use crate::http::actor::Actor;

use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::state::AppState;
use crate::step_up;
use crate::store::Keeps;

/// How many are ended at once.
const AT_ONCE: usize = 6;

/// The sessions and grants that are to be ended.
#[derive(Default)]
pub(crate) struct RevocationSet {
    pub(crate) sessions: BTreeSet<String>,
    pub(crate) grants: BTreeSet<String>,
}

impl RevocationSet {
    fn len(&self) -> usize {
        self.sessions.len() + self.grants.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a user ends alone.
#[derive(Clone, Copy)]
pub(crate) enum RevocationTarget {
    /// A browser session, with its grants.
    Session,
    /// The access of one app.
    Grant,
}

/// Ends one session or one grant of the actor, after a proof.
///
/// # Errors
/// `field_not_editable` when the policy does not let a user end it, `step_up_required`, `session_not_found`, or those
/// of [`end`].
pub(crate) async fn end_one(
    change: &ChangeContext<Actor>,
    target: RevocationTarget,
    id: &str,
) -> Result<SessionsEndedView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, policy) = state.account(&actor.caller).await?;
    policy.sessions.demand_edit("sessions")?;
    if change.is_replayed() {
        return nothing_more(state, actor).await;
    }
    let step_up_request = (Purpose::EndSession, Some(id));
    let authority = step_up::demand(state, actor, &user, step_up_request, change.operation()).await?;
    let before = SignedIn::read(state, &actor.caller.user).await?;
    let revoked = match target {
        RevocationTarget::Session => RevocationSet {
            sessions: [id.to_owned()].into_iter().filter(|id| before.has_session(id)).collect(),
            grants: grants_of(&before, id).into_iter().chain(left_over(change, &before).await?).collect(),
        },
        RevocationTarget::Grant => RevocationSet {
            grants: [id.to_owned()].into_iter().filter(|id| before.has_grant(id)).collect(),
            ..RevocationSet::default()
        },
    };
    if revoked.is_empty() {
        return Err(Failure::new(
            ServerCode::SessionNotFound,
            "the user has no session or grant with this id",
        ));
    }
    change.keep_key().await?;
    authority.spend(state).await?;
    end(change, &user, &before, &revoked).await
}

/// Ends sessions and grants, and returns what is signed in afterwards. What could not be ended is in the answer, and
/// the same request may be sent again. If Logto may still end it, the change is settled later; otherwise it has
/// failed.
///
/// # Errors
/// `upstream_failed` or `upstream_unavailable` when the lists cannot be read afterwards; `store_unavailable`.
pub(crate) async fn end(
    change: &ChangeContext<Actor>,
    user: &User,
    before: &SignedIn,
    revoked: &RevocationSet,
) -> Result<SessionsEndedView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let mut intent = Intent::default().notifying(Notification::about(NoticeKind::SessionsEnded, user));
    for session in &revoked.sessions {
        intent = intent.expecting(AuditField::Session(session.clone()), true, false);
    }
    for grant in &revoked.grants {
        intent = intent.expecting(AuditField::Grant(grant.clone()), true, false);
    }
    if intent.is_empty() {
        return nothing_more(state, actor).await;
    }
    let own = state.store.remembered_grant(actor.owner()).await?;
    state.store.forget_instances_with(&actor.caller.user, &revoked.grants).await?;
    // What is ended still has valid access tokens; this app keeps its own, unless it is ended itself.
    let keeps = match own {
        Some(own) if revoked.grants.contains(&own) => Keeps::None,
        _ => Keeps::Only(actor.instance),
    };
    token_floors::raise(state, &actor.caller.user, keeps).await?;
    let open = change.begin(intent).await?;
    let outcome = end_all(state, actor, before, revoked).await;
    let raised = token_floors::raise(state, &actor.caller.user, keeps).await;
    let result = match &outcome {
        // Settling raises the floor.
        _ if raised.is_err() => Outcome::Unknown,
        Ok((ended, _)) if ended.remaining.is_empty() => Outcome::Applied,
        Ok((ended, Late::Impossible)) if ended.remaining.len() < revoked.len() => Outcome::PartiallyApplied,
        Ok((_, Late::Impossible)) => Outcome::Failed,
        Ok((_, Late::Possible)) | Err(_) => Outcome::Unknown,
    };
    open.finish(result).await;
    raised?;
    outcome.map(|(ended, _)| ended)
}

/// What is known of a write that Logto had not applied when it was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Late {
    Possible,
    Impossible,
}

/// Returns the answer when nothing is left to be ended.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
pub(crate) async fn nothing_more(state: &AppState, actor: &Actor) -> Result<SessionsEndedView, Failure> {
    let signed_in = SignedIn::read(state, &actor.caller.user).await?;
    let present = present(state, actor, &signed_in).await?;
    Ok(SessionsEndedView { sessions_ended: 0, grants_ended: 0, remaining: Vec::new(), present })
}

/// Ends sessions with their grants first, then the grants that are left. One that cannot be ended does not stop the
/// others.
async fn end_all(
    state: &AppState,
    actor: &Actor,
    before: &SignedIn,
    revoked: &RevocationSet,
) -> Result<(SessionsEndedView, Late), Failure> {
    let user = &actor.caller.user;
    let endings = revoked.sessions.iter().map(|id| {
        let ending = state.logto.end_session(user, id, Some(RevokeGrants::All));
        ending.boxed()
    });
    let sessions = finish(endings.collect()).await;
    let left = SignedIn::read(state, user).await?;
    let grants = revoked.grants.iter().filter(|id| left.has_grant(id));
    let grants = finish(grants.map(|id| state.logto.end_grant(user, id).boxed()).collect()).await;
    let late = if [sessions, grants].contains(&Late::Possible) { Late::Possible } else { Late::Impossible };
    Ok((report(state, actor, before, revoked).await?, late))
}

async fn finish(endings: Vec<BoxFuture<'_, Result<(), Error>>>) -> Late {
    let mut late = Late::Impossible;
    let mut outcomes = stream::iter(endings).buffer_unordered(AT_ONCE);
    while let Some(outcome) = outcomes.next().await {
        match outcome {
            // It is ended already.
            Err(error) if error.status() != Some(404) => {
                if error.may_have_happened() {
                    late = Late::Possible;
                }
                tracing::warn!(
                    error = %error,
                    logto_core_request_id = error.logto_request_id(),
                    "a session or grant was not ended"
                );
            }
            _ => {}
        }
    }
    late
}

async fn report(
    state: &AppState,
    actor: &Actor,
    before: &SignedIn,
    revoked: &RevocationSet,
) -> Result<SessionsEndedView, Failure> {
    let after = SignedIn::read(state, &actor.caller.user).await?;
    let sessions_ended =
        before.sessions.iter().filter(|session| !after.has_session(&session.payload.uid)).count();
    let grants_ended = before.grants.iter().filter(|grant| !after.has_grant(&grant.id)).count();
    let sessions = revoked.sessions.iter().filter(|id| after.has_session(id));
    let grants = revoked.grants.iter().filter(|id| after.has_grant(id));
    let remaining = sessions.chain(grants).cloned().collect();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(SessionsEndedView {
        sessions_ended: count(sessions_ended),
        grants_ended: count(grants_ended),
        remaining,
        present: present(state, actor, &after).await?,
    })
}

/// Returns everything that is signed in, as the actor sees it.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn present(
    state: &AppState,
    actor: &Actor,
    signed_in: &SignedIn,
) -> Result<account_api::sessions::SessionsView, Failure> {
    let current = current::current(state, actor.owner(), signed_in).await?;
    let own = state.store.remembered_grant(actor.owner()).await?;
    let known = state.store.instances_of(&actor.caller.user).await?;
    Ok(view::view(signed_in, current, own.as_deref(), &known))
}

/// Returns the grants of a session that an earlier try of the same request was to end with it, and that outlived it.
///
/// # Errors
/// `store_unavailable`.
async fn left_over(change: &ChangeContext<Actor>, before: &SignedIn) -> Result<Vec<String>, Failure> {
    let intended = change.intended_before().await?;
    let grants = intended.into_iter().filter_map(|field| match field {
        AuditField::Grant(id) => Some(id),
        _ => None,
    });
    Ok(grants.filter(|id| before.has_grant(id)).collect())
}

/// Returns the grants of one session.
pub(crate) fn grants_of(signed_in: &SignedIn, session: &str) -> BTreeSet<String> {
    let sessions = signed_in.sessions.iter().filter(|candidate| candidate.payload.uid == session);
    sessions
        .flat_map(|session| session.payload.authorizations.values())
        .filter_map(|authorization| authorization.grant_id.clone())
        .collect()
}

/// Returns everything except one session and this app's own grant.
pub(crate) fn all_but(signed_in: &SignedIn, session: Option<&str>, own_grant: Option<&str>) -> RevocationSet {
    let sessions = signed_in.sessions.iter().map(|session| session.payload.uid.clone());
    let grants = signed_in.grants.iter().map(|grant| grant.id.clone());
    RevocationSet {
        sessions: sessions.filter(|id| Some(id.as_str()) != session).collect(),
        grants: grants.filter(|id| Some(id.as_str()) != own_grant).collect(),
    }
}
