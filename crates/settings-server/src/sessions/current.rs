//! Which session is this app's (§6.7): by the grant that was remembered for its instance.
//!
//! An access token names no session. The ID token of the ordinary sign-in does, by `sid` where the application asks
//! for one, otherwise by `auth_time`, which equals the session's `loginTs`. It is verified once, and the grant it
//! leads to is remembered.

use account_api::sessions::CurrentSession;
use logto_client::types::Session;

use super::SignedIn;
use crate::error::Failure;
use crate::state::AppState;
use crate::stepup::id_token::IdToken;
use crate::store::Owner;

/// Which session is this app's.
///
/// # Errors
/// The store's.
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

/// The grant of the one session that an ID token of `client` belongs to.
pub(crate) fn grant_of_token(signed_in: &SignedIn, client: &str, token: &IdToken) -> Option<String> {
    let authorization = |session: &Session| session.payload.authorizations.get(client).cloned();
    let by_sid = |session: &&Session| {
        token.sid.is_some() && authorization(session).is_some_and(|one| one.sid == token.sid)
    };
    let by_time = |session: &&Session| {
        authorization(session).is_some() && Some(session.payload.login_ts) == token.auth_time
    };
    let one = if token.sid.is_some() {
        only(signed_in.sessions.iter().filter(by_sid))
    } else {
        only(signed_in.sessions.iter().filter(by_time))
    };
    authorization(one?)?.grant_id
}

fn only<'a>(mut matching: impl Iterator<Item = &'a Session>) -> Option<&'a Session> {
    let first = matching.next()?;
    matching.next().is_none().then_some(first)
}
