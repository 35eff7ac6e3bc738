//! Codes on their way, as rows (B11): at most one open transaction per recipient over all users.

use super::database::moment;
use super::{Statement, Store, StoreError};
use crate::token::{Hash, Instance};

/// A transaction that is about to be kept.
pub(crate) struct NewTransaction<'a> {
    pub(crate) id: &'a Hash,
    pub(crate) user: &'a str,
    pub(crate) instance: Instance,
    /// What kind of operation it belongs to: `step_up`, `email`, `phone`.
    pub(crate) kind: &'a str,
    /// What the code is for, within its kind.
    pub(crate) subject: &'a [u8],
    /// The recipient's keyed fingerprint.
    pub(crate) recipient: &'a [u8],
    /// The recipient, sealed.
    pub(crate) sealed: &'a [u8],
    /// Until when it serves, in milliseconds since the epoch.
    pub(crate) expires_at: u64,
}

/// A transaction of which one more try has just been counted.
pub(crate) struct Tried {
    pub(crate) subject: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
    /// How many tries have been counted, this one included.
    pub(crate) tries: u32,
    /// Whether a code was really sent.
    pub(crate) sent: bool,
}

/// The tries a code has.
pub(crate) const MOST_TRIES: u32 = 5;

impl Store {
    /// Takes a recipient for a new transaction and voids the same user's older ones. False when another user's
    /// transaction holds it: then the new one is kept as a decoy that no code opens.
    pub(crate) async fn open_transaction(&self, new: &NewTransaction<'_>) -> Result<bool, StoreError> {
        let now = self.now_ms();
        for sweep in [
            "DELETE FROM verification_transactions WHERE expires_at <= $1",
            "DELETE FROM open_recipients WHERE expires_at <= $1",
        ] {
            self.database.execute(Statement::new(sweep, vec![now.into()])).await?;
        }
        let take = "INSERT INTO open_recipients (recipient, user_id, transaction_id, expires_at) \
                    VALUES ($1, $2, $3, $4) ON CONFLICT (recipient) DO UPDATE \
                    SET user_id = excluded.user_id, transaction_id = excluded.transaction_id, \
                    expires_at = excluded.expires_at \
                    WHERE open_recipients.user_id = excluded.user_id OR open_recipients.expires_at <= $5";
        let values = vec![
            new.recipient.to_vec().into(),
            new.user.into(),
            new.id.bytes().into(),
            moment(new.expires_at),
            now.into(),
        ];
        let taken = self.database.execute(Statement::new(take, values)).await? == 1;
        // Decoys, too: they must end as what they are taken for.
        let void = "UPDATE verification_transactions SET state = 'void' \
                    WHERE recipient = $1 AND user_id = $2 AND state IN ('open', 'decoy', 'proven')";
        let values = vec![new.recipient.to_vec().into(), new.user.into()];
        self.database.execute(Statement::new(void, values)).await?;
        let keep = "INSERT INTO verification_transactions \
                    (id, user_id, instance, kind, subject, recipient, sealed, state, expires_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let values = vec![
            new.id.bytes().into(),
            new.user.into(),
            new.instance.0.bytes().into(),
            new.kind.into(),
            new.subject.to_vec().into(),
            new.recipient.to_vec().into(),
            new.sealed.to_vec().into(),
            (if taken { "open" } else { "decoy" }).into(),
            moment(new.expires_at),
        ];
        self.database.execute(Statement::new(keep, values)).await?;
        Ok(taken)
    }

    /// Until when a code for the same thing is under way already, sent or not, if that is after `later_than`.
    pub(crate) async fn under_way(
        &self,
        (user, instance, kind): (&str, Instance, &str),
        subject: &[u8],
        later_than: u64,
    ) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT expires_at FROM verification_transactions \
                   WHERE user_id = $1 AND instance = $2 AND kind = $3 AND subject = $4 \
                   AND state IN ('open', 'decoy') AND tries < $5 AND expires_at > $6 \
                   ORDER BY expires_at DESC LIMIT 1";
        let values = vec![
            user.into(),
            instance.0.bytes().into(),
            kind.into(),
            subject.to_vec().into(),
            i64::from(MOST_TRIES).into(),
            moment(later_than),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        u64::try_from(row.integer(0)?).map(Some).map_err(|_| StoreError::Corrupt("a time"))
    }

    /// Keeps a transaction whose code could not be sent: nothing opens it, and another code may be sent in its place.
    pub(crate) async fn keep_unsent(&self, id: &Hash) -> Result<(), StoreError> {
        let sql = "UPDATE verification_transactions SET state = 'decoy' WHERE id = $1 AND state = 'open'";
        self.database.execute(Statement::new(sql, vec![id.bytes().into()])).await.map(drop)
    }

    /// Counts one try of a transaction of this user, instance and kind; nothing if it is not open, or has no try left.
    pub(crate) async fn try_transaction(
        &self,
        id: &Hash,
        user: &str,
        instance: Instance,
        kind: &str,
    ) -> Result<Option<Tried>, StoreError> {
        let sql = "UPDATE verification_transactions SET tries = tries + 1 \
                   WHERE id = $1 AND user_id = $2 AND instance = $3 AND kind = $4 AND tries < $5 \
                   AND expires_at > $6 AND state IN ('open', 'decoy') \
                   RETURNING subject, sealed, tries, state";
        let values = vec![
            id.bytes().into(),
            user.into(),
            instance.0.bytes().into(),
            kind.into(),
            i64::from(MOST_TRIES).into(),
            self.now_ms().into(),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Tried {
            subject: row.bytes(0)?.to_vec(),
            sealed: row.bytes(1)?.to_vec(),
            tries: u32::try_from(row.integer(2)?).map_err(|_| StoreError::Corrupt("a count of tries"))?,
            sent: row.text(3)? == "open",
        }))
    }

    /// Gives a try back that came to nothing.
    pub(crate) async fn give_back_try(&self, id: &Hash) -> Result<(), StoreError> {
        let sql = "UPDATE verification_transactions SET tries = tries - 1 WHERE id = $1 AND tries > 0";
        self.database.execute(Statement::new(sql, vec![id.bytes().into()])).await.map(drop)
    }

    /// Notes which operation a code has proven; false if the transaction was not open any more. It still has to be ended.
    pub(crate) async fn prove_transaction(&self, id: &Hash, operation: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE verification_transactions SET state = 'proven', proven_by = $2 WHERE id = $1 AND state = 'open'";
        let values = vec![id.bytes().into(), operation.into()];
        Ok(self.database.execute(Statement::new(sql, values)).await? == 1)
    }

    /// What an operation of this user, instance and kind has proven with a transaction: its subject and its sealed
    /// recipient.
    pub(crate) async fn proven_by(
        &self,
        id: &Hash,
        (user, instance, kind): (&str, Instance, &str),
        operation: &str,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, StoreError> {
        let sql = "SELECT subject, sealed FROM verification_transactions \
                   WHERE id = $1 AND user_id = $2 AND instance = $3 AND kind = $4 \
                   AND state = 'proven' AND proven_by = $5 AND expires_at > $6";
        let values = vec![
            id.bytes().into(),
            user.into(),
            instance.0.bytes().into(),
            kind.into(),
            operation.into(),
            self.now_ms().into(),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some((row.bytes(0)?.to_vec(), row.bytes(1)?.to_vec())))
    }

    /// Ends a transaction; false if it was over already. Its recipient is free again.
    pub(crate) async fn end_transaction(&self, id: &Hash) -> Result<bool, StoreError> {
        let free = "DELETE FROM open_recipients WHERE transaction_id = $1";
        self.database.execute(Statement::new(free, vec![id.bytes().into()])).await?;
        let end = "UPDATE verification_transactions SET state = 'over' \
                   WHERE id = $1 AND state IN ('open', 'decoy', 'proven')";
        Ok(self.database.execute(Statement::new(end, vec![id.bytes().into()])).await? == 1)
    }

    /// Notes that an address is being bound to a user now.
    pub(crate) async fn bind_address(&self, user: &str, address: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO bound_addresses (user_id, address, bound_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (user_id, address) DO UPDATE SET bound_at = excluded.bound_at";
        let values = vec![user.into(), address.to_vec().into(), self.now_ms().into()];
        self.database.execute(Statement::new(sql, values)).await.map(drop)
    }

    /// When this server bound an address to a user, if it did: in milliseconds since the epoch.
    pub(crate) async fn bound_at(&self, user: &str, address: &[u8]) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT bound_at FROM bound_addresses WHERE user_id = $1 AND address = $2";
        let values = vec![user.into(), address.to_vec().into()];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        u64::try_from(row.integer(0)?).map(Some).map_err(|_| StoreError::Corrupt("a time"))
    }
}
