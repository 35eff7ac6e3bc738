//! Making a proven address or number the person's own.

use std::sync::Arc;

use account_api::account::AccountView;
use account_api::step_up::{CodeConfirmRequest, CodeRoute};
use logto_client::types::User;

use super::Identifier;
use crate::account::edit;
use crate::account::rules::Rules;
use crate::account::view;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::journal::{self, Ending, Intent, Telling, Turn};
use crate::logto::upstream::Purpose;
use crate::state::AppState;
use crate::step_up::bindings::address_item;
use crate::verification::confirm::{self as code, Proven};

/// Uses the transaction that `set` opened, which carries the authority for it.
///
/// # Errors
/// Those of a code; 409 when the present address is no longer the one the transaction began with; 409
/// `identifier_unavailable` when somebody else has the new one; `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
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
    turn.keep_key().await?;
    let shown = (request.transaction.expose(), &request.code);
    let proven = code::prove(state, actor, identifier.code, shown, turn.operation()).await?;
    let id = proven.id;
    let changed = set_proven(state, turn, identifier, actor, (user, &rules), proven).await;
    // A fault that passes leaves the code with this operation, so that its repetition needs no other.
    if Ending::of(&changed).is_decided()
        && let Err(error) = state.store.end_transaction(&id).await
    {
        // What is done is done; the transaction ends with its time.
        tracing::warn!(%error, "a transaction that is over could not be ended");
    }
    Ok(view::account(changed?, &rules))
}

/// Puts the proven one in the place of the present one.
async fn set_proven(
    state: &AppState,
    turn: &Turn,
    identifier: &Identifier,
    actor: &Actor,
    (user, rules): (User, &Rules),
    Proven { address, subject, origin, .. }: Proven,
) -> Result<User, Failure> {
    let present = identifier.present(&user);
    if subject != identifier.subject(&state.store, present.as_deref(), &address) {
        return Err(edit::conflict(&[identifier.field.into()], &user, rules));
    }
    // The tenant's rules may have changed since the code was sent.
    identifier.admit(state, &address).await?;
    identifier.guard(state, &actor.caller.user, (&user, rules), Some(address.text.clone())).await?;

    let mut telling = Telling::about(identifier.notice, &user);
    if address.route == CodeRoute::Email {
        telling = telling.also(address.text.clone());
    }
    let intent = Intent::default().expecting(identifier.field, &present, &address.text).telling(telling);
    let restore = state.bindings.bind(&user.id, address_item(&state.store, &address), origin).await?;
    let changes = (identifier.changes)(Some(address.text));
    let write =
        state.update_user(&actor.caller.user, &user, &changes, Purpose::WriteUser(Some(identifier.member)));
    let changed = turn.carry_out(intent, write).await;
    state.bindings.restore_unless_done(restore, &changed).await;
    changed
}
