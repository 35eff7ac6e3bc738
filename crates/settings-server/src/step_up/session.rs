//! The browser session that a fresh sign-in happened in: its records say what the user showed (B42, decision 28).

use logto_client::types::{Session, User};

use super::challenge::refused;
use super::evidence::Evidence;
use super::id_token::IdToken;
use crate::audit_log;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::logto::upstream;
use crate::state::AppState;

/// Returns what the sign-in of an ID token showed. `None` if no session, or more than one, fits the token: then it is
/// unknown how the user signed in, and it proves nothing.
/// the sign-in was made, and it proves nothing.
///
/// # Errors
/// `upstream_failed` and `upstream_unavailable` when Logto does not answer.
pub(crate) async fn evidence_of(
    state: &AppState,
    actor: &Actor,
    user: &User,
    token: &IdToken,
) -> Result<Option<Evidence>, Failure> {
    let read = |error| upstream::failure(&error, upstream::Purpose::ReadUser);
    let sessions = state.logto.sessions(&actor.caller.user).await.map_err(read)?;
    let fits = |session: &&Session| {
        let authorization = session.payload.authorizations.get(&actor.caller.client_id);
        let same_sid =
            token.sid.is_none() || authorization.is_some_and(|authorization| authorization.sid == token.sid);
        Some(session.payload.login_ts) == token.auth_time && same_sid
    };
    let mut fitting = sessions.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(session), None) => evidence(state, user, session).await.map(Some),
        _ => Ok(None),
    }
}

/// Returns what the last sign-in of a session showed.
///
/// # Errors
/// `upstream_failed` and `upstream_unavailable` when Logto does not answer.
pub(crate) async fn evidence(state: &AppState, user: &User, session: &Session) -> Result<Evidence, Failure> {
    let connectors = state.tenant.connectors().await;
    let connectors = connectors.map_err(|error| upstream::failure(&error, upstream::Purpose::Tenant))?;
    let target_of = |id: &str| {
        connectors.iter().find(|connector| connector.id == id).and_then(|connector| connector.target.clone())
    };
    Ok(Evidence::of_session(session, user, target_of))
}

/// Refuses a sign-in by a code to an address that is not the account's own (decision 28). The refusal is in the audit
/// log.
///
/// # Errors
/// 403 `step_up_refused`; 429 `rate_limited`; `store_unavailable`.
pub(crate) async fn refuse_another_address(
    state: &AppState,
    actor: &Actor,
    evidence: &Evidence,
    action: &'static str,
) -> Result<(), Failure> {
    if !evidence.names_another_address {
        return Ok(());
    }
    tracing::warn!("step-up: a sign-in by a code to an address that is not the account's own was refused");
    // The same sign-in may be sent again and again: what it adds to the audit log has a budget.
    state.fair.change(&actor.context).await?;
    audit_log::record(state, &actor.context, action, "another_address", None).await?;
    Err(refused())
}
