//! Linking an account that this server knows to be the user's: one that was linked before, or that an ID token has proven.

use logto_client::Identities;
use logto_client::types::{User, WholeIdentity};

use super::keep_replaced;
use crate::audit_log::AuditField;
use crate::changes::{ChangeContext, Intent};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::social::named;
use crate::social::providers::Providers;
use crate::step_up::bindings::identity_item;
use crate::step_up::evidence::social_identity;
use crate::step_up::origin::Origin;

/// An account that is about to be linked.
pub(super) struct KnownAccount<'a> {
    pub(super) target: &'a str,
    pub(super) identity: &'a WholeIdentity,
    /// The origin of the proof that it is linked with.
    pub(super) origin: Origin,
}

/// Links an account, in place of any other of its target. One that is linked stays as it is. Returns the user's identities.
///
/// # Errors
/// `identifier_unavailable` when another user has it, `conflict` when the account that it replaces is another one by now;
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
pub(super) async fn put(
    change: &ChangeContext<Actor>,
    user: &User,
    account: KnownAccount<'_>,
    kind: NoticeKind,
    providers: &Providers,
) -> Result<Identities, Failure> {
    let state = &change.state;
    let KnownAccount { target, identity, origin } = account;
    let replaced = user.identities.get(target);
    if replaced.is_some_and(|replaced| replaced.user_id == identity.user_id) {
        return Ok(user.identities.clone());
    }
    let added = named(providers, target, &identity.reduced());
    let mut notification = Notification::about(kind, user).added(added);
    if let Some(replaced) = replaced {
        keep_replaced(change, user, target, replaced).await?;
        notification = notification.removed(named(providers, target, replaced));
    }
    let before = replaced.map(|identity| &identity.user_id);
    let intent = Intent::default()
        .expecting(AuditField::Identity(target.to_owned()), before, &identity.user_id)
        .notifying(notification);
    let item = identity_item(&state.store, &social_identity(target, &identity.user_id));
    let undo = state.bindings.bind(&user.id, item, origin).await?;
    let write = async {
        let written = state.logto.put_identity(&user.id, target, identity).await;
        written.map_err(|error| upstream::failure(&error, upstream::Purpose::WriteIdentity))
    };
    let written = change.apply(intent, write).await;
    state.bindings.restore_unless_done(undo, &written).await;
    written
}
