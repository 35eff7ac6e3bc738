//! Removal of an address or number.

use account_api::account::AccountView;

use super::Identifier;
use crate::account::edit;
use crate::account::view;
use crate::changes::{AccountChange, ChangeContext, Intent};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::logto::upstream::Purpose;
use crate::notices::notification::Notification;
use crate::step_up;

/// Removes it, if it is still the one the user saw.
///
/// # Errors
/// `conflict` when it is not, `last_sign_in_method`, `step_up_required`, `upstream_failed`, `upstream_unavailable`,
/// `store_unavailable`.
pub(crate) async fn remove(
    change: AccountChange<Actor>,
    identifier: &'static Identifier,
    from: String,
) -> Result<AccountView, Failure> {
    change.run(move |change| async move { write(&change, identifier, &from).await }).await
}

async fn write(
    change: &ChangeContext<Actor>,
    identifier: &Identifier,
    from: &str,
) -> Result<AccountView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, rules) = state.whole_account(&actor.caller).await?;
    (identifier.access)(&rules.policy).demand_edit(identifier.field)?;
    // It is removed already.
    let Some(present) = identifier.present(&user).filter(|_| !change.is_replayed()) else {
        return Ok(view::account(user, &rules));
    };
    if present != from {
        return Err(edit::conflict(&[identifier.field.into()], &user, &rules));
    }
    identifier.guard(state, &actor.caller.user, (&user, &rules), None).await?;
    let step_up_request = (identifier.purposes.remove, Some(present.as_str()));
    let authority = step_up::demand(state, actor, &user, step_up_request, change.operation()).await?;
    change.keep_key().await?;
    authority.spend(state).await?;
    authority.warn_if_last_resort(state, actor, &user, identifier.about_to_change).await?;
    let notification = Notification::about(identifier.notice, &user);
    let intent = Intent::default()
        .expecting(identifier.audit_field.clone(), &present, None::<String>)
        .notifying(notification);
    let changes = (identifier.changes)(None);
    let write = state.update_user(&actor.caller.user, &user, &changes, Purpose::WriteUser(Some("from")));
    let user = change.apply(intent, write).await?;
    Ok(view::account(user, &rules))
}
