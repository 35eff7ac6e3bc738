//! Confirmation: makes a proven address or number the user's own.

use account_api::account::AccountView;
use account_api::step_up::{CodeConfirmRequest, CodeRoute};
use logto_client::types::User;

use super::Identifier;
use crate::account::edit;
use crate::account::rules::Rules;
use crate::account::view;
use crate::changes::{AccountChange, ChangeContext, Intent, Outcome};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::logto::upstream::Purpose;
use crate::notices::notification::Notification;
use crate::step_up::bindings::address_item;
use crate::verification::confirm::{self as code, Proven};

/// Uses the transaction that `set` opened, which carries the authority for the change.
///
/// # Errors
/// Those of a code; `conflict` when the present address is no longer the one the transaction began with;
/// `identifier_unavailable` when another user has the new one; `upstream_failed`, `upstream_unavailable`,
/// `store_unavailable`.
pub(crate) async fn confirm(
    change: AccountChange<Actor>,
    identifier: &'static Identifier,
    request: CodeConfirmRequest,
) -> Result<AccountView, Failure> {
    change.run(move |change| async move { write(&change, identifier, &request).await }).await
}

async fn write(
    change: &ChangeContext<Actor>,
    identifier: &Identifier,
    request: &CodeConfirmRequest,
) -> Result<AccountView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, rules) = state.whole_account(&actor.caller).await?;
    (identifier.access)(&rules.policy).demand_edit(identifier.field)?;
    if change.is_replayed() {
        return Ok(view::account(user, &rules));
    }
    change.keep_key().await?;
    let shown = (request.transaction.expose(), &request.code);
    let proven = code::prove(state, actor, identifier.code, shown, change.operation()).await?;
    let id = proven.id;
    let changed = set_proven(change, identifier, (user, &rules), proven).await;
    // A transient failure leaves the code with this operation, so that a retry needs no other code.
    if Outcome::of(&changed).is_decided()
        && let Err(error) = state.store.end_transaction(&id).await
    {
        // The change is made; the transaction expires.
        tracing::warn!(%error, "a completed transaction could not be ended");
    }
    Ok(view::account(changed?, &rules))
}

/// Replaces the present value by the proven one.
async fn set_proven(
    change: &ChangeContext<Actor>,
    identifier: &Identifier,
    (user, rules): (User, &Rules),
    Proven { address, subject, origin, .. }: Proven,
) -> Result<User, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let present = identifier.present(&user);
    if subject != identifier.subject(&state.store, present.as_deref(), &address) {
        return Err(edit::conflict(&[identifier.field.into()], &user, rules));
    }
    // The tenant's rules may have changed since the code was sent.
    identifier.admit(state, &address).await?;
    identifier.guard(state, &actor.caller.user, (&user, rules), Some(address.text.clone())).await?;

    let mut notification = Notification::about(identifier.notice, &user);
    if address.route == CodeRoute::Email {
        notification = notification.also(address.text.clone());
    }
    let intent = Intent::default()
        .expecting(identifier.audit_field.clone(), &present, &address.text)
        .notifying(notification);
    let restore = state.bindings.bind(&user.id, address_item(&state.store, &address), origin).await?;
    let changes = (identifier.changes)(Some(address.text));
    let write =
        state.update_user(&actor.caller.user, &user, &changes, Purpose::WriteUser(Some(identifier.member)));
    let changed = change.apply(intent, write).await;
    state.bindings.restore_unless_done(restore, &changed).await;
    changed
}
