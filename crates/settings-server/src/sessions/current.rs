//! Which session is this app's (decision 7): by the grant that was stored for its instance.
//!
//! An access token names no session. The ID token of the ordinary sign-in does, by `sid` where the application
//! requests one, otherwise by `auth_time`, which equals the session's `loginTs`. It is verified once, and the grant it
//! leads to is stored.

use account_api::sessions::CurrentSession;
use logto_client::types::Session;

use super::SignedIn;
use crate::error::Failure;
use crate::state::AppState;
use crate::step_up::id_token::IdToken;
use crate::store::Owner;

/// Returns which session is this app's.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn current(
    state: &AppState,
    owner: Owner<'_>,
    signed_in: &SignedIn,
) -> Result<CurrentSession, Failure> {
    let Some(grant) = state.store.remembered_grant(owner).await? else { return Ok(CurrentSession::Unknown) };
    Ok(match signed_in.session_of(&grant) {
        Some(session) => CurrentSession::Known { id: session.payload.uid.clone() },
        None if signed_in.has_grant(&grant) => CurrentSession::WithoutSession { grant },
        None => CurrentSession::Unknown,
    })
}

/// Returns the one session that an ID token of `client` belongs to.
pub(crate) fn session_of_token<'a>(
    signed_in: &'a SignedIn,
    client: &str,
    token: &IdToken,
) -> Option<&'a Session> {
    let fits = |session: &&Session| {
        session.payload.authorizations.get(client).is_some_and(|authorization| match &token.sid {
            Some(_) => authorization.sid == token.sid,
            None => Some(session.payload.login_ts) == token.auth_time,
        })
    };
    only(signed_in.sessions.iter().filter(fits))
}

/// Returns the grant of the one session that an ID token of `client` belongs to.
pub(crate) fn grant_of_token(signed_in: &SignedIn, client: &str, token: &IdToken) -> Option<String> {
    session_of_token(signed_in, client, token)?.payload.authorizations.get(client)?.grant_id.clone()
}

fn only<'a>(mut matching: impl Iterator<Item = &'a Session>) -> Option<&'a Session> {
    let first = matching.next()?;
    matching.next().is_none().then_some(first)
}
