//! Making a proven address or number the person's own.

use std::sync::Arc;

use account_api::account::AccountView;
use account_api::step_up::{CodeConfirmRequest, CodeRoute};

use super::Identifier;
use crate::actor::Actor;
use crate::edit;
use crate::error::Failure;
use crate::journal::{self, Intent, Telling, Turn};
use crate::state::AppState;
use crate::upstream::Purpose;
use crate::verification::confirm::{self as code, Proven};
use crate::view;

/// Ends the transaction that `set` opened, which carries the authority for it.
///
/// # Errors
/// Those of a code; 409 when the present address is no longer the one the transaction began with; 409
/// `identifier_unavailable` when somebody else has the new one; Logto's in our words, or the store's.
pub(crate) async fn confirm(
    state: &Arc<AppState>,
    identifier: &'static Identifier,
    actor: Actor,
    request: CodeConfirmRequest,
) -> Result<AccountView, Failure> {
    let who = actor.who.clone();
    let work = {
        let state = Arc::clone(state);
        move |turn| async move { write(&state, &turn, identifier, &actor, &request).await }
    };
    journal::change(state, who, identifier.actions.confirm, work).await
}

async fn write(
    state: &AppState,
    turn: &Turn,
    identifier: &Identifier,
    actor: &Actor,
    request: &CodeConfirmRequest,
) -> Result<AccountView, Failure> {
    let (user, rules) = state.whole_account(&actor.caller).await?;
    (identifier.access)(&rules.policy).demand_edit(identifier.field)?;
    if turn.was_done_before() {
        return Ok(view::account(user, &rules));
    }
    let shown = (request.transaction.as_str(), &request.code);
    let Proven { address, subject } = code::confirm(state, actor, identifier.code, shown, None).await?;
    let present = identifier.present(&user);
    if subject != identifier.subject(&state.store, present.as_deref(), &address) {
        return Err(edit::conflict(&[identifier.field], &user, &rules));
    }
    // The tenant's rules may have changed since the code was sent.
    identifier.admit(state, &address).await?;
    identifier.guard(state, &actor.caller.user, &user, Some(address.text.clone())).await?;

    let mut telling = Telling::about(identifier.notice, &user);
    if address.route == CodeRoute::Email {
        telling = telling.also(address.text.clone());
    }
    let intent = Intent::default().expecting(identifier.field, &present, &address.text).telling(telling);
    // Before the write: an address that is set and not noted would count at once for what it must not.
    state.store.bind_address(&user.id, &address.fingerprint(&state.store)).await?;
    let changes = (identifier.changes)(Some(address.text));
    let write =
        state.update_user(&actor.caller.user, &user, &changes, Purpose::WriteUser(Some(identifier.member)));
    let user = turn.carry_out(intent, write).await?;
    Ok(view::account(user, &rules))
}
