//! Since when a user has each of their authenticators, and what proof each rests on (decision 27).
//!
//! An authenticator that is bound here is recorded with the origin of its proof. One that was bound elsewhere, such as
//! in Logto's account center, counts as bound at the moment this server first sees it, with an unknown origin. What a
//! user has when the server sees them for the very first time counts as old: there is no earlier moment to compare it
//! with.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use logto_client::UserId;
use logto_client::types::User;

use crate::account::view::present;
use crate::changes::Outcome;
use crate::error::Failure;
use crate::step_up::evidence::{enterprise_identity, social_identity};
use crate::step_up::origin::{Maturity, Origin};
use crate::store::{ACCOUNT, BindingRow, Store, StoreError};
use crate::text::hex::hex;
use crate::verification::Address;

/// From this age on an authenticator proves what its kind proves, in milliseconds.
pub(crate) const MATURES_MS: u64 = 24 * 60 * 60_000;
/// What was bound here more recently may not be in Logto yet, or not in an answer that was read a moment ago.
const SETTLES_MS: u64 = 2 * 60_000;
/// The maximum number of users whose authenticators are remembered as unchanged.
const MOST_SEEN: usize = 10_000;

/// The item of a password.
pub(crate) const PASSWORD: &str = "password";

/// Keeps the records of bindings in step with what Logto has.
pub(crate) struct Bindings {
    store: Store,
    /// Digests of what was last seen, so that a read that shows nothing new needs no query of the store.
    seen: Mutex<HashMap<UserId, u64>>,
    digest: RandomState,
}

/// The record before a binding, to be restored if the binding fails.
pub(crate) struct Restore {
    user: UserId,
    item: String,
    before: Option<BindingRow>,
}

impl Bindings {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, seen: Mutex::default(), digest: RandomState::new() }
    }

    /// Records what a user has now, if it differs from what was seen last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn observe(&self, user: &User) -> Result<(), StoreError> {
        let digest = self.digest_of(user);
        let is_known = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.get(&user.id) == Some(&digest)
        };
        if !is_known {
            self.look(user).await?;
        }
        Ok(())
    }

    /// As [`Self::observe`], and returns every record of the user.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn look(&self, user: &User) -> Result<BindingView, StoreError> {
        let rows = self.store.bindings(&user.id).await?;
        let now = self.store.clock.now_unix_ms();
        let (rows, changes) = reconcile(rows, &items(&self.store, user), now);
        for change in changes {
            match change {
                Change::Add(row) => self.store.add_binding(&user.id, &row).await?,
                Change::Put(row) => self.store.put_binding(&user.id, &row).await?,
                Change::Remove(item) => self.store.remove_binding(&user.id, &item).await?,
            }
        }
        let digest = self.digest_of(user);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_SEEN && !seen.contains_key(&user.id) {
            seen.clear();
        }
        seen.insert(user.id.clone(), digest);
        Ok(BindingView { rows, now })
    }

    /// Records that an item is being bound now. To be called before the request to Logto where the item is known then: a
    /// mature one that is bound again and not recorded would count at once for what it must not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn bind(
        &self,
        user: &UserId,
        item: String,
        origin: Origin,
    ) -> Result<Restore, StoreError> {
        let before = self.store.bindings(user).await?.into_iter().find(|row| row.item == item);
        let bound_at = self.store.clock.now_unix_ms();
        let row = BindingRow { item: item.clone(), bound_at, origin: origin.to_text(), gone_at: None };
        self.store.put_binding(user, &row).await?;
        Ok(Restore { user: user.clone(), item, before })
    }

    /// Reverts a record, if Logto refused to bind the item. When it is unknown what Logto did, the record stays: the
    /// item counts as bound now, which proves less and never more.
    pub(crate) async fn restore_unless_done<T>(&self, restore: Restore, change: &Result<T, Failure>) {
        let is_undone = matches!(Outcome::of(change), Outcome::Refused | Outcome::Failed);
        if !is_undone {
            return;
        }
        let restored = match &restore.before {
            Some(row) => self.store.put_binding(&restore.user, row).await,
            None => self.store.remove_binding(&restore.user, &restore.item).await,
        };
        if let Err(error) = restored {
            tracing::warn!(%error, "bindings: the record of a refused change could not be removed (its effect ends in a day)");
        }
    }

    fn digest_of(&self, user: &User) -> u64 {
        let identities = user.identities.iter().map(|(target, identity)| (target, &identity.user_id));
        let identities: Vec<_> = identities.collect();
        let enterprise: Vec<_> =
            user.sso_identities.iter().map(|identity| (&identity.issuer, &identity.identity_id)).collect();
        let addresses = (&user.primary_email, &user.primary_phone, user.has_password);
        self.digest.hash_one((addresses, identities, enterprise))
    }
}

/// What is recorded of a user.
pub(crate) struct BindingView {
    rows: Vec<BindingRow>,
    now: u64,
}

impl BindingView {
    /// Returns the age of an item.
    pub(crate) fn maturity(&self, item: &str) -> Maturity {
        let row = self.rows.iter().find(|row| row.item == item);
        match row {
            Some(row) if self.now.saturating_sub(row.bound_at) >= MATURES_MS => Maturity::Mature,
            Some(row) => Maturity::Young(Origin::from_text(&row.origin)),
            // No item that `look` saw is without a row.
            None => Maturity::Young(Origin::Unknown),
        }
    }

    /// Returns when an item was bound or first seen, in milliseconds since the epoch; `None` for one that the user had
    /// before they were known here.
    pub(crate) fn bound_at(&self, item: &str) -> Option<u64> {
        let row = self.rows.iter().find(|row| row.item == item)?;
        Some(row.bound_at).filter(|bound_at| *bound_at > 0)
    }

    /// Whether an item was removed less than a day ago.
    pub(crate) fn lost_one(&self) -> bool {
        self.rows.iter().any(|row| row.gone_at.is_some())
    }
}

/// Returns the item of an address.
pub(crate) fn address_item(store: &Store, address: &Address) -> String {
    format!("address:{}", hex(&address.fingerprint(store)))
}

/// Returns the item of an identity, by the name that evidence gives it.
pub(crate) fn identity_item(store: &Store, name: &str) -> String {
    format!("identity:{}", hex(&store.sealer.fingerprint(name)))
}

/// Returns every item that a user has.
fn items(store: &Store, user: &User) -> Vec<String> {
    let mut items = Vec::new();
    items.extend(user.has_password.then(|| PASSWORD.to_owned()));
    for address in [
        present(user.primary_email.clone()).map(Address::email),
        present(user.primary_phone.clone()).map(Address::phone),
    ] {
        items.extend(address.map(|address| address_item(store, &address)));
    }
    let social = user.identities.iter().map(|(target, identity)| social_identity(target, &identity.user_id));
    let enterprise = user
        .sso_identities
        .iter()
        .map(|identity| enterprise_identity(&identity.issuer, &identity.identity_id));
    items.extend(social.chain(enterprise).map(|name| identity_item(store, &name)));
    // Last: from then on the user is known, and whatever has no row yet is new.
    items.push(ACCOUNT.to_owned());
    items
}

/// A change of the records.
#[derive(Clone, PartialEq, Eq)]
enum Change {
    /// Unless another request added it.
    Add(BindingRow),
    Put(BindingRow),
    Remove(String),
}

/// Returns the records after a look at what a user has, and the changes that lead there.
fn reconcile(rows: Vec<BindingRow>, items: &[String], now: u64) -> (Vec<BindingRow>, Vec<Change>) {
    let is_known = rows.iter().any(|row| row.item == ACCOUNT);
    let first_seen = |item: &str| BindingRow {
        item: item.to_owned(),
        bound_at: if is_known { now } else { 0 },
        origin: Origin::Unknown.to_text(),
        gone_at: None,
    };
    // What was only seen was in Logto; what is being bound here may not be there yet.
    let unknown = Origin::Unknown.to_text();
    let mut changes = Vec::new();
    let mut kept = Vec::new();
    for row in rows {
        let is_there = items.contains(&row.item);
        let row = match row.gone_at {
            // It is back, so it was bound anew, elsewhere.
            Some(_) if is_there => {
                let row = first_seen(&row.item);
                changes.push(Change::Put(row.clone()));
                row
            }
            Some(at) if now.saturating_sub(at) >= MATURES_MS => {
                changes.push(Change::Remove(row.item));
                continue;
            }
            None if !is_there
                && (row.origin == unknown || now.saturating_sub(row.bound_at) >= SETTLES_MS) =>
            {
                let row = BindingRow { gone_at: Some(now), ..row };
                changes.push(Change::Put(row.clone()));
                row
            }
            _ => row,
        };
        kept.push(row);
    }
    for item in items {
        if !kept.iter().any(|row| row.item == *item) {
            let row = first_seen(item);
            changes.push(Change::Add(row.clone()));
            kept.push(row);
        }
    }
    (kept, changes)
}

#[cfg(test)]
mod tests {
    use super::{BindingRow, BindingView, Change, MATURES_MS, SETTLES_MS, reconcile};
    use crate::step_up::origin::{Maturity, Origin};

    const NOW: u64 = 10 * MATURES_MS;

    fn row(item: &str, bound_at: u64, origin: Origin, gone_at: Option<u64>) -> BindingRow {
        BindingRow { item: item.to_owned(), bound_at, origin: origin.to_text(), gone_at }
    }

    fn look(rows: Vec<BindingRow>, items: &[&str]) -> BindingView {
        let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        BindingView { rows: reconcile(rows, &items, NOW).0, now: NOW }
    }

    #[test]
    fn r27_first_look_at_an_account_finds_everything_mature() {
        let view = look(vec![], &["account", "password", "address:1"]);
        assert_eq!(view.maturity("password"), Maturity::Mature);
        assert_eq!(view.maturity("address:1"), Maturity::Mature);
        assert!(!view.lost_one());
    }

    #[test]
    fn r27_item_added_elsewhere_is_young_from_its_first_sight() {
        let known = vec![row("account", 0, Origin::Unknown, None)];
        let view = look(known, &["account", "address:1"]);
        assert_eq!(view.maturity("address:1"), Maturity::Young(Origin::Unknown));
    }

    #[test]
    fn r27_item_bound_here_keeps_its_origin_until_it_matures() {
        let known = |age| {
            let bound = row("password", NOW - age, Origin::Code([1; 32]), None);
            vec![row("account", 0, Origin::Unknown, None), bound]
        };
        let items = ["account", "password"];
        let young = Maturity::Young(Origin::Code([1; 32]));
        assert_eq!(look(known(MATURES_MS - 1), &items).maturity("password"), young);
        assert_eq!(look(known(MATURES_MS), &items).maturity("password"), Maturity::Mature);
    }

    #[test]
    fn r27_item_that_went_and_came_back_is_young_again() {
        let account = row("account", 0, Origin::Unknown, None);
        let here = vec![account.clone(), row("address:1", 0, Origin::Strong, None)];
        assert!(look(here, &["account"]).lost_one());
        let gone = vec![account.clone(), row("address:1", 0, Origin::Strong, Some(NOW - 1))];
        let view = look(gone, &["account", "address:1"]);
        assert_eq!(view.maturity("address:1"), Maturity::Young(Origin::Unknown));
        assert!(!view.lost_one());
        let long_gone = vec![account, row("address:1", 0, Origin::Strong, Some(NOW - MATURES_MS))];
        assert!(!look(long_gone, &["account"]).lost_one());
    }

    #[test]
    fn r27_item_that_a_late_look_brought_back_is_missed_again() {
        let account = row("account", 0, Origin::Unknown, None);
        let brought_back = vec![account, row("address:1", NOW - 1, Origin::Unknown, None)];
        assert!(look(brought_back, &["account"]).lost_one());
    }

    #[test]
    fn r27_user_is_known_once_everything_is_recorded() {
        let items = ["password", "account"].map(str::to_owned);
        let (_, changes) = reconcile(Vec::new(), &items, NOW);
        assert!(matches!(changes.last(), Some(Change::Add(row)) if row.item == "account"));
    }

    #[test]
    fn r27_item_that_is_being_bound_is_not_missed() {
        let account = row("account", 0, Origin::Unknown, None);
        let pending = |age| vec![account.clone(), row("address:1", NOW - age, Origin::Strong, None)];
        assert!(!look(pending(SETTLES_MS - 1), &["account"]).lost_one());
        assert!(look(pending(SETTLES_MS), &["account"]).lost_one());
    }
}
