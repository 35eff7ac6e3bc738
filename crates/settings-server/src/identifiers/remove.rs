//! Removing an address or number.

use std::sync::Arc;

use account_api::account::AccountView;

use super::Identifier;
use crate::account::edit;
use crate::account::view;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::journal::{self, Intent, Telling, Turn};
use crate::logto::upstream::Purpose;
use crate::state::AppState;
use crate::step_up;

/// Removes it, if it is still the one the person saw.
///
/// # Errors
/// 409 when it is not, or when it is the last way to sign in; 401 with a challenge, `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
pub(crate) async fn remove(
    state: &Arc<AppState>,
    identifier: &'static Identifier,
    actor: Actor,
    from: String,
) -> Result<AccountView, Failure> {
    let who = actor.who.clone();
    let work = {
        let state = Arc::clone(state);
        move |turn| async move { write(&state, &turn, identifier, &actor, &from).await }
    };
    journal::sensitive(state, who, identifier.actions.remove, work).await
}

async fn write(
    state: &AppState,
    turn: &Turn,
    identifier: &Identifier,
    actor: &Actor,
    from: &str,
) -> Result<AccountView, Failure> {
    let (user, rules) = state.whole_account(&actor.caller).await?;
    (identifier.access)(&rules.policy).demand_edit(identifier.field)?;
    // Gone already is gone.
    let Some(present) = identifier.present(&user).filter(|_| !turn.was_done_before()) else {
        return Ok(view::account(user, &rules));
    };
    if present != from {
        return Err(edit::conflict(&[identifier.field.into()], &user, &rules));
    }
    identifier.guard(state, &actor.caller.user, (&user, &rules), None).await?;
    let asked = (identifier.purposes.remove, Some(present.as_str()));
    let authority = step_up::demand(state, actor, &user, asked, turn.operation()).await?;
    turn.keep_key().await?;
    authority.spend(state).await?;
    authority.warn_if_last_resort(state, actor, &user, identifier.about_to_change).await?;
    let telling = Telling::about(identifier.notice, &user);
    let intent = Intent::default().expecting(identifier.field, &present, None::<String>).telling(telling);
    let changes = (identifier.changes)(None);
    let write = state.update_user(&actor.caller.user, &user, &changes, Purpose::WriteUser(Some("from")));
    let user = turn.carry_out(intent, write).await?;
    Ok(view::account(user, &rules))
}
