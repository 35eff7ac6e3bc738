//! Which browser session a fresh sign-in happened in, and so how strong it was (B42).

use logto_client::types::Session;

use super::factors::{Strength, strength};
use super::id_token::IdToken;
use crate::actor::Actor;
use crate::error::Failure;
use crate::state::AppState;
use crate::upstream;

/// How strong the sign-in was that an ID token tells of. One that no session, or more than one, fits counts as the
/// weakest: nobody knows how it was made.
///
/// # Errors
/// Logto's in our words.
pub(crate) async fn strength_of(
    state: &AppState,
    actor: &Actor,
    token: &IdToken,
) -> Result<Strength, Failure> {
    let sessions = state
        .logto
        .sessions(&actor.caller.user)
        .await
        .map_err(|error| upstream::failure(&error, upstream::Purpose::ReadUser))?;
    let fits = |session: &&Session| {
        let payload = &session.payload;
        let authorization = payload.authorizations.get(&actor.caller.client_id);
        let same_sid = token.sid.is_none() || authorization.is_some_and(|one| one.sid == token.sid);
        Some(payload.login_ts) == token.auth_time && same_sid
    };
    let mut fitting = sessions.iter().filter(fits);
    Ok(match (fitting.next(), fitting.next()) {
        (Some(session), None) => strength(session),
        _ => Strength::OthersWord,
    })
}
