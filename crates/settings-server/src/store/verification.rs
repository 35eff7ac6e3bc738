//! Open transactions as rows (B11): at most one per recipient over all users. The owner of the recipient has priority
//! over strangers, and a stranger keeps others out for a limited time (decision 29).

use logto_client::UserId;

use super::database::moment;
use super::{Statement, Store, StoreError};
use crate::auth::token::{Hash, Instance};
use crate::step_up::origin::Origin;
use crate::verification::Kind;

/// A transaction that is about to be stored.
pub(crate) struct NewTransaction<'a> {
    pub(crate) id: &'a Hash,
    pub(crate) user: &'a UserId,
    pub(crate) instance: Instance,
    /// The kind of operation it belongs to.
    pub(crate) kind: Kind,
    /// What the code is for, within its kind.
    pub(crate) subject: &'a [u8],
    /// The recipient's keyed fingerprint.
    pub(crate) recipient: &'a [u8],
    /// The recipient, sealed.
    pub(crate) sealed: &'a [u8],
    /// The origin of the proof that it was opened with.
    pub(crate) origin: Origin,
    /// Until when it is open, in milliseconds since the epoch.
    pub(crate) expires_at: u64,
}

/// The kind of a new transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// Its code is to be sent.
    Real,
    /// A decoy: no code opens it.
    Decoy,
}

/// An open transaction, as far as the next one inherits from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenTransaction {
    /// Until when it is open, in milliseconds since the epoch.
    pub(crate) expires_at: u64,
    /// The origin of the proof that it was opened with.
    pub(crate) origin: Origin,
}

/// A transaction of which one more try has just been counted.
pub(crate) struct Tried {
    pub(crate) subject: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
    /// How many tries have been counted, this one included.
    pub(crate) tries: u32,
    /// Whether a code was really sent.
    pub(crate) sent: bool,
    /// The origin of the proof that it was opened with.
    pub(crate) origin: Origin,
}

/// The maximum number of tries of a code.
pub(crate) const MOST_TRIES: u32 = 5;

impl Store {
    /// Returns the seconds until another app instance of the same user no longer waits for a code to a recipient, if
    /// one does: a code that is sent now would void that one.
    pub(crate) async fn other_instance_waits(
        &self,
        recipient: &[u8],
        user: &UserId,
        instance: Instance,
    ) -> Result<Option<u32>, StoreError> {
        let now = self.now_ms();
        let sql = "SELECT expires_at FROM open_recipients \
                   WHERE recipient = $1 AND user_id = $2 AND instance <> $3 AND expires_at > $4";
        let values = vec![recipient.to_vec().into(), user.into(), instance.0.bytes().into(), now.into()];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let seconds = row.integer("expires_at")?.saturating_sub(now).saturating_add(999) / 1000;
        Ok(Some(u32::try_from(seconds).unwrap_or(u32::MAX)))
    }

    /// Takes a recipient for a new transaction, which voids the same user's older ones and makes decoys of strangers'.
    /// Others are kept out until `kept_until`, except the owner of the address. Where the recipient is kept by another
    /// user, the new transaction is a decoy.
    pub(crate) async fn open_transaction(
        &self,
        new: &NewTransaction<'_>,
        is_owner: bool,
        kept_until: u64,
    ) -> Result<Opened, StoreError> {
        let now = self.now_ms();
        for sweep in [
            "DELETE FROM verification_transactions WHERE expires_at <= $1",
            "DELETE FROM open_recipients WHERE expires_at <= $1",
        ] {
            self.database.execute(Statement::new(sweep, vec![now.into()])).await?;
        }
        // A user who requests another one keeps the time they have left.
        let take = "INSERT INTO open_recipients \
                    (recipient, user_id, transaction_id, expires_at, is_owner, instance) \
                    VALUES ($1, $2, $3, $4, $6, $7) ON CONFLICT (recipient) DO UPDATE \
                    SET user_id = excluded.user_id, transaction_id = excluded.transaction_id, \
                    is_owner = excluded.is_owner, instance = excluded.instance, \
                    expires_at = CASE WHEN open_recipients.user_id = excluded.user_id \
                    AND open_recipients.expires_at > excluded.expires_at \
                    THEN open_recipients.expires_at ELSE excluded.expires_at END \
                    WHERE open_recipients.user_id = excluded.user_id OR open_recipients.expires_at <= $5 \
                    OR (excluded.is_owner = 1 AND open_recipients.is_owner = 0)";
        let values = vec![
            new.recipient.to_vec().into(),
            new.user.into(),
            new.id.bytes().into(),
            moment(kept_until),
            now.into(),
            i64::from(is_owner).into(),
            new.instance.0.bytes().into(),
        ];
        if self.database.execute(Statement::new(take, values)).await? == 0 {
            self.keep_decoy(new).await?;
            return Ok(Opened::Decoy);
        }
        // Logto's new code voids the one that another user waits for: their tries are answered as those of a wrong
        // code.
        let demote = "UPDATE verification_transactions SET state = 'decoy' \
                      WHERE recipient = $1 AND user_id <> $2 AND state = 'open'";
        let values = vec![new.recipient.to_vec().into(), new.user.into()];
        self.database.execute(Statement::new(demote, values)).await?;
        self.keep(new, "open").await?;
        Ok(Opened::Real)
    }

    /// Stores a decoy. It ends like the transaction it is taken for.
    pub(crate) async fn keep_decoy(&self, new: &NewTransaction<'_>) -> Result<(), StoreError> {
        self.keep(new, "decoy").await
    }

    /// Stores a transaction, replacing the same user's older ones to the recipient.
    async fn keep(&self, new: &NewTransaction<'_>, state: &'static str) -> Result<(), StoreError> {
        let void = "UPDATE verification_transactions SET state = 'void' \
                    WHERE recipient = $1 AND user_id = $2 AND state IN ('open', 'decoy', 'proven')";
        let values = vec![new.recipient.to_vec().into(), new.user.into()];
        self.database.execute(Statement::new(void, values)).await?;
        let keep = "INSERT INTO verification_transactions \
                    (id, user_id, instance, kind, subject, recipient, sealed, state, expires_at, origin) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let values = vec![
            new.id.bytes().into(),
            new.user.into(),
            new.instance.0.bytes().into(),
            new.kind.name().into(),
            new.subject.to_vec().into(),
            new.recipient.to_vec().into(),
            new.sealed.to_vec().into(),
            state.into(),
            moment(new.expires_at),
            new.origin.to_text().into(),
        ];
        self.database.execute(Statement::new(keep, values)).await.map(drop)
    }

    /// Returns the open transaction for the same subject, sent or not, if it is open after `later_than`.
    pub(crate) async fn under_way(
        &self,
        (user, instance, kind): (&UserId, Instance, Kind),
        subject: &[u8],
        later_than: u64,
    ) -> Result<Option<OpenTransaction>, StoreError> {
        let sql = "SELECT expires_at, origin FROM verification_transactions \
                   WHERE user_id = $1 AND instance = $2 AND kind = $3 AND subject = $4 \
                   AND state IN ('open', 'decoy') AND tries < $5 AND expires_at > $6 \
                   ORDER BY expires_at DESC LIMIT 1";
        let values = vec![
            user.into(),
            instance.0.bytes().into(),
            kind.name().into(),
            subject.to_vec().into(),
            i64::from(MOST_TRIES).into(),
            moment(later_than),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let expires_at =
            u64::try_from(row.integer("expires_at")?).map_err(|_| StoreError::Corrupt("a time"))?;
        Ok(Some(OpenTransaction { expires_at, origin: Origin::from_text(row.text("origin")?) }))
    }

    /// Stores a transaction whose code could not be sent: no code opens it, and another code may be sent in its place.
    pub(crate) async fn keep_unsent(&self, id: &Hash) -> Result<(), StoreError> {
        let sql = "UPDATE verification_transactions SET state = 'decoy' WHERE id = $1 AND state = 'open'";
        self.database.execute(Statement::new(sql, vec![id.bytes().into()])).await.map(drop)
    }

    /// Counts one try of a transaction of this user, instance and kind. Returns `None` if it is not open, or has no
    /// try left.
    pub(crate) async fn try_transaction(
        &self,
        id: &Hash,
        user: &UserId,
        instance: Instance,
        kind: Kind,
    ) -> Result<Option<Tried>, StoreError> {
        let sql = "UPDATE verification_transactions SET tries = tries + 1 \
                   WHERE id = $1 AND user_id = $2 AND instance = $3 AND kind = $4 AND tries < $5 \
                   AND expires_at > $6 AND state IN ('open', 'decoy') \
                   RETURNING subject, sealed, tries, state, origin";
        let values = vec![
            id.bytes().into(),
            user.into(),
            instance.0.bytes().into(),
            kind.name().into(),
            i64::from(MOST_TRIES).into(),
            self.now_ms().into(),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Tried {
            subject: row.bytes("subject")?.to_vec(),
            sealed: row.bytes("sealed")?.to_vec(),
            tries: u32::try_from(row.integer("tries")?)
                .map_err(|_| StoreError::Corrupt("a count of tries"))?,
            sent: row.text("state")? == "open",
            origin: Origin::from_text(row.text("origin")?),
        }))
    }

    /// Refunds a try that failed upstream.
    pub(crate) async fn refund_try(&self, id: &Hash) -> Result<(), StoreError> {
        let sql = "UPDATE verification_transactions SET tries = tries - 1 WHERE id = $1 AND tries > 0";
        self.database.execute(Statement::new(sql, vec![id.bytes().into()])).await.map(drop)
    }

    /// Records which operation a code has proven. Returns `false` if the transaction was not open any more. It still
    /// has to be ended.
    pub(crate) async fn prove_transaction(&self, id: &Hash, operation: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE verification_transactions SET state = 'proven', proven_by = $2 WHERE id = $1 AND state = 'open'";
        let values = vec![id.bytes().into(), operation.into()];
        Ok(self.database.execute(Statement::new(sql, values)).await? == 1)
    }

    /// Returns what an operation of this user, instance and kind has proven with a transaction: its subject, its
    /// sealed recipient, and the origin of the proof it was opened with.
    pub(crate) async fn proven_by(
        &self,
        id: &Hash,
        (user, instance, kind): (&UserId, Instance, Kind),
        operation: &str,
    ) -> Result<Option<(Vec<u8>, Vec<u8>, Origin)>, StoreError> {
        let sql = "SELECT subject, sealed, origin FROM verification_transactions \
                   WHERE id = $1 AND user_id = $2 AND instance = $3 AND kind = $4 \
                   AND state = 'proven' AND proven_by = $5 AND expires_at > $6";
        let values = vec![
            id.bytes().into(),
            user.into(),
            instance.0.bytes().into(),
            kind.name().into(),
            operation.into(),
            self.now_ms().into(),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some((
            row.bytes("subject")?.to_vec(),
            row.bytes("sealed")?.to_vec(),
            Origin::from_text(row.text("origin")?),
        )))
    }

    /// Ends a transaction. Returns `false` if it was over already. Its recipient is free again.
    pub(crate) async fn end_transaction(&self, id: &Hash) -> Result<bool, StoreError> {
        let free = "DELETE FROM open_recipients WHERE transaction_id = $1";
        self.database.execute(Statement::new(free, vec![id.bytes().into()])).await?;
        let end = "UPDATE verification_transactions SET state = 'over' \
                   WHERE id = $1 AND state IN ('open', 'decoy', 'proven')";
        Ok(self.database.execute(Statement::new(end, vec![id.bytes().into()])).await? == 1)
    }
}
