//! App instances as rows: which are introduced, with which grant, and when each was last used (decision 31).

use logto_client::UserId;

use super::database::moment;
use super::step_up::Owner;
use super::{Row, Statement, Store, StoreError};

/// `last_used` is written when it is older than this, in milliseconds: most uses cost no write.
const USE_NOTED_MS: i64 = 60 * 60_000;
/// The maximum lifetime of a grant of Logto, in milliseconds: an instance that was not used for longer has none.
const FORGOTTEN_MS: i64 = 366 * 24 * 60 * 60_000;
/// How long the ID token of an introduction is recognised, in milliseconds: longer than it could introduce an
/// instance.
const TOKEN_KEPT_MS: i64 = 15 * 60_000;

/// What the store knows of an introduced instance.
pub(crate) struct Introduced {
    /// The grant that it was signed in with, if known.
    pub(crate) grant: Option<String>,
    /// When it was introduced first, in milliseconds since the epoch.
    pub(crate) first_seen: u64,
    /// `iat` of the ID token that introduced it, in seconds on Logto's clock.
    pub(crate) introduced_by: u64,
}

/// The instance of a grant.
pub(crate) struct Holder {
    pub(crate) instance: Vec<u8>,
    /// `iat` of the ID token that introduced it, in seconds on Logto's clock.
    pub(crate) introduced_by: u64,
}

/// An introduction that is about to be stored.
pub(crate) struct NewIntroduction<'a> {
    pub(crate) owner: Owner<'a>,
    /// SHA-256 of the ID token.
    pub(crate) token: [u8; 32],
    /// `iat` of the ID token.
    pub(crate) issued_at: u64,
    pub(crate) grant: Option<&'a str>,
    /// The instance that the grant has had so far, and that loses it.
    pub(crate) replaces: Option<&'a Holder>,
}

impl Store {
    /// Whether an instance is introduced. Records that it was used.
    ///
    /// # Errors
    /// Those of any statement; the same for all of these.
    pub(crate) async fn uses_instance(&self, owner: Owner<'_>) -> Result<bool, StoreError> {
        let sql = "SELECT last_used FROM instances WHERE user_id = $1 AND client_id = $2 AND instance = $3";
        let rows = self.database.rows(Statement::new(sql, key(owner))).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        if row.integer("last_used")? <= self.now_ms().saturating_sub(USE_NOTED_MS) {
            self.note_use(owner).await?;
        }
        Ok(true)
    }

    /// Records that an instance is used now.
    pub(crate) async fn note_use(&self, owner: Owner<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE instances SET last_used = $4 \
                   WHERE user_id = $1 AND client_id = $2 AND instance = $3 AND last_used < $4";
        let mut values = key(owner);
        values.push(self.now_ms().into());
        self.database.execute(Statement::new(sql, values)).await.map(drop)
    }

    /// Returns what is known of an instance, if it is introduced.
    pub(crate) async fn introduced(&self, owner: Owner<'_>) -> Result<Option<Introduced>, StoreError> {
        let sql = "SELECT grant_id, first_seen, introduced_by FROM instances \
                   WHERE user_id = $1 AND client_id = $2 AND instance = $3";
        let rows = self.database.rows(Statement::new(sql, key(owner))).await?;
        rows.first().map(read_introduced).transpose()
    }

    /// Returns the grant that an app instance was signed in with, if it is known.
    pub(crate) async fn remembered_grant(&self, owner: Owner<'_>) -> Result<Option<String>, StoreError> {
        Ok(self.introduced(owner).await?.and_then(|known| known.grant))
    }

    /// Returns every instance of a user.
    pub(crate) async fn instances_of(&self, user: &UserId) -> Result<Vec<Introduced>, StoreError> {
        let sql = "SELECT grant_id, first_seen, introduced_by FROM instances WHERE user_id = $1";
        let rows = self.database.rows(Statement::new(sql, [user.into()])).await?;
        rows.iter().map(read_introduced).collect()
    }

    /// Returns the instance of a user and client that a grant has.
    pub(crate) async fn holder(&self, owner: Owner<'_>, grant: &str) -> Result<Option<Holder>, StoreError> {
        let sql = "SELECT instance, introduced_by FROM instances \
                   WHERE user_id = $1 AND client_id = $2 AND grant_id = $3";
        let values = [owner.user.into(), owner.client.into(), grant.into()];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let read = |row: &Row| {
            Ok(Holder {
                instance: row.bytes("instance")?.to_vec(),
                introduced_by: unsigned(row.integer("introduced_by")?)?,
            })
        };
        rows.first().map(read).transpose()
    }

    /// Whether an ID token has introduced another instance.
    pub(crate) async fn introduced_another(
        &self,
        token: [u8; 32],
        owner: Owner<'_>,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM introductions WHERE token = $1 \
                   AND NOT (user_id = $2 AND client_id = $3 AND instance = $4)";
        let mut values = vec![token.into()];
        values.extend(key(owner));
        Ok(!self.database.rows(Statement::new(sql, values)).await?.is_empty())
    }

    /// Returns the statements that store an introduction; each must change a row, or none is applied.
    pub(crate) fn introduction(&self, new: &NewIntroduction<'_>) -> Vec<Statement> {
        let owner = new.owner;
        let mut statements = Vec::with_capacity(3);
        // Of two instances that send one token at once, one is first.
        let sql = "INSERT INTO introductions (token, user_id, client_id, instance, expires_at) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (token) DO UPDATE \
                   SET expires_at = introductions.expires_at WHERE introductions.user_id = excluded.user_id \
                   AND introductions.client_id = excluded.client_id \
                   AND introductions.instance = excluded.instance";
        let mut values = vec![new.token.into()];
        values.extend(key(owner));
        values.push(self.now_ms().saturating_add(TOKEN_KEPT_MS).into());
        statements.push(Statement::new(sql, values));
        if let (Some(grant), Some(holder)) = (new.grant, new.replaces) {
            let sql = "DELETE FROM instances WHERE user_id = $1 AND client_id = $2 AND instance = $3 \
                       AND grant_id = $4 AND introduced_by < $5";
            let values = vec![
                owner.user.into(),
                owner.client.into(),
                holder.instance.clone().into(),
                grant.into(),
                moment(new.issued_at),
            ];
            statements.push(Statement::new(sql, values));
        }
        // A grant has one instance: a faster request breaks the unique index.
        let sql = "INSERT INTO instances \
                   (user_id, client_id, instance, first_seen, grant_id, introduced_by, last_used) \
                   VALUES ($1, $2, $3, $4, $5, $6, $4) ON CONFLICT (user_id, client_id, instance) DO UPDATE \
                   SET grant_id = excluded.grant_id, introduced_by = excluded.introduced_by, \
                   last_used = excluded.last_used";
        let mut values = key(owner);
        values.extend([self.now_ms().into(), new.grant.map(str::to_owned).into(), moment(new.issued_at)]);
        statements.push(Statement::new(sql, values));
        statements
    }

    /// Removes the least recently used instances of a user beyond `most`, never this one.
    pub(crate) async fn keep_at_most(&self, owner: Owner<'_>, most: usize) -> Result<(), StoreError> {
        let sql = "SELECT client_id, instance FROM instances \
                   WHERE user_id = $1 AND NOT (client_id = $2 AND instance = $3) \
                   ORDER BY last_used DESC, first_seen DESC, instance";
        let rows = self.database.rows(Statement::new(sql, key(owner))).await?;
        for row in rows.iter().skip(most.saturating_sub(1)) {
            let sql = "DELETE FROM instances WHERE user_id = $1 AND client_id = $2 AND instance = $3";
            let values =
                [owner.user.into(), row.text("client_id")?.into(), row.bytes("instance")?.to_vec().into()];
            self.database.execute(Statement::new(sql, values)).await?;
        }
        Ok(())
    }

    /// Removes every other instance of a user.
    pub(crate) async fn forget_other_instances(&self, owner: Owner<'_>) -> Result<(), StoreError> {
        let sql = "DELETE FROM instances WHERE user_id = $1 AND NOT (client_id = $2 AND instance = $3)";
        self.database.execute(Statement::new(sql, key(owner))).await?;
        self.forget_proofs_of_unknown(owner.user).await
    }

    /// Removes the instances of a user that have one of these grants.
    pub(crate) async fn forget_instances_with<'a>(
        &self,
        user: &UserId,
        grants: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), StoreError> {
        for grant in grants {
            let sql = "DELETE FROM instances WHERE user_id = $1 AND grant_id = $2";
            self.database.execute(Statement::new(sql, [user.into(), grant.as_str().into()])).await?;
        }
        self.forget_proofs_of_unknown(user).await
    }

    /// Removes every challenge, grant, code and link of a user's instances that are not introduced.
    pub(crate) async fn forget_proofs_of_unknown(&self, user: &UserId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM step_up_challenges WHERE user_id = $1 \
             AND instance NOT IN (SELECT instance FROM instances WHERE user_id = $1)",
            "DELETE FROM step_up_grants WHERE user_id = $1 \
             AND instance NOT IN (SELECT instance FROM instances WHERE user_id = $1)",
            "DELETE FROM open_recipients WHERE transaction_id IN \
             (SELECT id FROM verification_transactions WHERE user_id = $1 \
             AND instance NOT IN (SELECT instance FROM instances WHERE user_id = $1))",
            "DELETE FROM verification_transactions WHERE user_id = $1 \
             AND instance NOT IN (SELECT instance FROM instances WHERE user_id = $1)",
            "DELETE FROM social_links WHERE user_id = $1 \
             AND instance NOT IN (SELECT instance FROM instances WHERE user_id = $1)",
        ] {
            self.database.execute(Statement::new(sql, [user.into()])).await?;
        }
        Ok(())
    }

    /// Removes every challenge, grant, code and link of a user's instances except `kept`, the SHA-256 of an instance's
    /// secret.
    pub(super) async fn forget_proofs_of_others(
        &self,
        user: &UserId,
        kept: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM step_up_challenges WHERE user_id = $1 AND instance <> $2",
            "DELETE FROM step_up_grants WHERE user_id = $1 AND instance <> $2",
            "DELETE FROM open_recipients WHERE user_id = $1 AND instance <> $2",
            "DELETE FROM verification_transactions WHERE user_id = $1 AND instance <> $2",
            "DELETE FROM social_links WHERE user_id = $1 AND instance <> $2",
        ] {
            let values = [user.into(), kept.unwrap_or_default().to_vec().into()];
            self.database.execute(Statement::new(sql, values)).await?;
        }
        Ok(())
    }

    /// Removes instances that cannot be used any more, and ID tokens that introduce nothing any more.
    pub(super) async fn sweep_instances(&self) -> Result<(), StoreError> {
        let now = self.now_ms();
        let sql = "DELETE FROM instances WHERE last_used <= $1";
        let before = now.saturating_sub(FORGOTTEN_MS);
        self.database.execute(Statement::new(sql, [before.into()])).await?;
        let sql = "DELETE FROM introductions WHERE expires_at <= $1";
        self.database.execute(Statement::new(sql, [now.into()])).await.map(drop)
    }
}

fn key(owner: Owner<'_>) -> Vec<super::database::Value> {
    vec![owner.user.into(), owner.client.into(), owner.instance.0.bytes().into()]
}

fn read_introduced(row: &Row) -> Result<Introduced, StoreError> {
    Ok(Introduced {
        grant: row.optional_text("grant_id")?.map(str::to_owned),
        first_seen: unsigned(row.integer("first_seen")?)?,
        introduced_by: unsigned(row.integer("introduced_by")?)?,
    })
}

fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("a time"))
}

#[cfg(test)]
mod tests {
    use super::super::Commit;
    use super::super::databases::on_both;
    use super::super::tests::{FakeClock, ann, store};
    use super::super::{NewIntroduction, Owner, Store};
    use crate::auth::token::{Instance, make};

    fn instance() -> Owner<'static> {
        Owner { user: ann(), client: "app", instance: Instance(make().unwrap().1) }
    }

    async fn keep(store: &Store, new: &NewIntroduction<'_>) -> bool {
        store.database.all_or_nothing(store.introduction(new), Commit::Durable).await.unwrap()
    }

    /// Makes introductions that were decided on before either was stored, as by two concurrent requests.
    #[tokio::test]
    async fn r31_of_two_introductions_at_once_one_is_kept() {
        on_both(async |place| {
            let store = store(&place, &FakeClock::new()).await;
            let (one, other) = (instance(), instance());
            let new = |owner, token: u8, issued_at, grant| NewIntroduction {
                owner,
                token: [token; 32],
                issued_at,
                grant,
                replaces: None,
            };
            assert!(keep(&store, &new(one, 1, 10, None)).await);
            assert!(keep(&store, &new(one, 1, 10, None)).await, "once more by the same");
            assert!(!keep(&store, &new(other, 1, 10, None)).await, "one ID token, two instances");
            assert!(store.introduced(other).await.unwrap().is_none());

            assert!(keep(&store, &new(one, 2, 20, Some("grant"))).await);
            assert!(!keep(&store, &new(other, 3, 30, Some("grant"))).await, "one grant, two instances");
            let holder = store.holder(one, "grant").await.unwrap().unwrap();
            assert!(keep(&store, &new(one, 4, 40, Some("grant"))).await);
            let late = NewIntroduction { replaces: Some(&holder), ..new(other, 5, 35, Some("grant")) };
            assert!(!keep(&store, &late).await, "the grant was introduced by a newer ID token meanwhile");
            let in_time = NewIntroduction { replaces: Some(&holder), ..new(other, 6, 41, Some("grant")) };
            assert!(keep(&store, &in_time).await);
            assert!(store.introduced(one).await.unwrap().is_none());
        })
        .await;
    }

    #[tokio::test]
    async fn r31_id_token_is_known_as_long_as_it_introduces() {
        let clock = FakeClock::new();
        let store = Store::in_memory(&clock).await;
        let (one, other) = (instance(), instance());
        let new = NewIntroduction { owner: one, token: [1; 32], issued_at: 10, grant: None, replaces: None };
        assert!(keep(&store, &new).await);
        // Ten minutes, and the difference that two clocks may have.
        clock.advance_ms(11 * 60_000);
        store.sweep_instances().await.unwrap();
        assert!(store.introduced_another([1; 32], other).await.unwrap());
        assert!(!store.introduced_another([1; 32], one).await.unwrap());
    }
}
