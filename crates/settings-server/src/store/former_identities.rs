//! Social accounts that were unlinked or replaced, as rows: what is needed to link them again (sealed).
//!
//! A row is written before the change that removes the account. It counts from the moment at which the audit log says that
//! the change was applied.

use logto_client::UserId;
use logto_client::types::WholeIdentity;

use super::{Row, Statement, Store, StoreError};
use crate::auth::token::Instance;

/// How long an account can be restored, in milliseconds.
pub(crate) const RESTORABLE_MS: u64 = 72 * 60 * 60_000;
/// The maximum number of former accounts of one user.
const MOST: i64 = 16;
/// The largest details that are kept, in bytes of JSON. Larger ones are left out: the account itself is restored without.
const LARGEST_DETAILS: usize = 64 * 1024;

/// An account that is about to be unlinked or replaced.
pub(crate) struct NewFormerIdentity<'a> {
    pub(crate) user: &'a UserId,
    /// Names the account in answers and requests.
    pub(crate) key: &'a str,
    pub(crate) target: &'a str,
    pub(crate) identity: WholeIdentity,
    /// The app instance that removes it.
    pub(crate) instance: Instance,
    /// The change that removes it.
    pub(crate) operation: &'a str,
}

/// An account that can be restored.
pub(crate) struct FormerIdentity {
    pub(crate) key: String,
    pub(crate) target: String,
    pub(crate) identity: WholeIdentity,
    /// Whether the asking app instance has removed it.
    pub(crate) is_own: bool,
    /// In milliseconds since the epoch.
    pub(crate) removed_at: u64,
}

impl Store {
    /// Keeps an account, before it is removed.
    ///
    /// # Errors
    /// [`StoreError`]: then it must not be removed.
    pub(crate) async fn keep_former_identity(&self, new: NewFormerIdentity<'_>) -> Result<(), StoreError> {
        let NewFormerIdentity { user, key, target, mut identity, instance, operation } = new;
        let details = identity.details.as_ref().map(serde_json::to_vec);
        if details.is_some_and(|text| text.is_ok_and(|text| text.len() > LARGEST_DETAILS)) {
            identity.details = None;
        }
        let sealed = self.sealer.seal_value(&identity, &context(user, key))?;
        let sql = "INSERT INTO former_identities \
                   (user_id, account_key, target, instance, operation, sealed, removed_at, expires_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, account_key) DO UPDATE SET \
                   instance = excluded.instance, operation = excluded.operation, sealed = excluded.sealed, \
                   removed_at = excluded.removed_at, expires_at = excluded.expires_at";
        let now = self.now_ms();
        let values = [
            user.into(),
            key.into(),
            target.into(),
            instance.0.bytes().into(),
            operation.into(),
            sealed.into(),
            now.into(),
            now.saturating_add(RESTORABLE_MS.cast_signed()).into(),
        ];
        self.database.execute(Statement::new(sql, values)).await?;
        let trim = "DELETE FROM former_identities WHERE user_id = $1 AND account_key NOT IN (SELECT account_key \
                    FROM former_identities WHERE user_id = $1 ORDER BY removed_at DESC, account_key LIMIT $2)";
        self.database.execute(Statement::new(trim, [user.into(), MOST.into()])).await.map(drop)
    }

    /// Returns the accounts that a user can restore, the latest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn former_identities(
        &self,
        user: &UserId,
        instance: Option<Instance>,
    ) -> Result<Vec<FormerIdentity>, StoreError> {
        let sql = "SELECT account_key, target, instance, sealed, removed_at FROM former_identities AS former \
                   WHERE user_id = $1 AND expires_at > $2 AND EXISTS (SELECT 1 FROM journal \
                   WHERE journal.user_id = former.user_id AND journal.operation = former.operation \
                   AND phase = 'outcome' AND result = 'done') ORDER BY removed_at DESC, account_key";
        let rows = self.database.rows(Statement::new(sql, [user.into(), self.now_ms().into()])).await?;
        // What no key opens any more cannot be restored.
        rows.iter().filter_map(|row| self.read_former(user, instance, row).transpose()).collect()
    }

    /// Erases what is kept of an account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn forget_former_identity(&self, user: &UserId, key: &str) -> Result<(), StoreError> {
        self.database.execute(Self::forgetting_former_identity(user, key)).await.map(drop)
    }

    /// Returns the statement that erases what is kept of an account. It changes nothing where nothing is kept.
    pub(crate) fn forgetting_former_identity(user: &UserId, key: &str) -> Statement {
        let sql = "DELETE FROM former_identities WHERE user_id = $1 AND account_key = $2";
        Statement::new(sql, [user.into(), key.into()])
    }

    fn read_former(
        &self,
        user: &UserId,
        instance: Option<Instance>,
        row: &Row,
    ) -> Result<Option<FormerIdentity>, StoreError> {
        let key = row.text("account_key")?.to_owned();
        let Some(identity) = self.sealer.open_value(row.bytes("sealed")?, &context(user, &key)) else {
            return Ok(None);
        };
        let remover = row.bytes("instance")?;
        Ok(Some(FormerIdentity {
            key,
            target: row.text("target")?.to_owned(),
            identity,
            is_own: instance.is_some_and(|instance| instance.0.bytes() == remover),
            removed_at: u64::try_from(row.integer("removed_at")?)
                .map_err(|_| StoreError::Corrupt("a time"))?,
        }))
    }
}

fn context(user: &UserId, key: &str) -> String {
    format!("former identity of {user}\0{key}")
}
