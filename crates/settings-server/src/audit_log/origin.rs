//! Where a change came from, as the audit log keeps it: the IP address and the program of a row are sealed with a key
//! of their user's own.
//!
//! A stolen database does not show where users are. Each user has a random key in `journal_keys`, which is sealed with
//! the server's key: rows cannot be re-sealed when the server's keys rotate, because the chain's hashes are taken over
//! what is stored, but the users' keys can. Removing a user's keys makes their addresses unreadable and leaves the
//! chain valid.
//!
//! A sealed value is kept in its column as text: `s1:` and base64url. Rows of versions before it hold the value
//! itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::entry::Entry;
use crate::config::EncryptionKey;
use crate::device;
use crate::store::{Sealer, Statement, Store, StoreError};

/// The prefix of a sealed value. Another sealing scheme needs another one.
const SEALED: &str = "s1:";
/// How many keys are re-sealed in one go.
const MOST_AT_ONCE: i64 = 100;

/// One key of a user, and how it is stored.
pub(super) struct UserKey {
    number: i64,
    sealer: Sealer,
    /// The row in the database; `None` for a new key.
    before: Option<Vec<u8>>,
    /// The row as it is to be.
    sealed: Vec<u8>,
}

impl UserKey {
    /// Returns a key of the user that this server can open, or a new one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn of(store: &Store, user: &str) -> Result<Self, StoreError> {
        let stored = stored(store, user).await?;
        for (number, before) in &stored {
            if let Some(key) = open_key(store, user, before) {
                let sealed = if store.sealer.seals_like(before) {
                    before.clone()
                } else {
                    seal_key(store, user, &key)?
                };
                let sealer = Sealer::new(&key, &[]);
                return Ok(Self { number: *number, sealer, before: Some(before.clone()), sealed });
            }
        }
        if !stored.is_empty() {
            tracing::error!(
                "audit log: a user's key cannot be opened, and the user gets another (keep every older key at the end of \
                 store.encryption_key_files: without it, addresses in older rows cannot be read)"
            );
        }
        let key = EncryptionKey::random().map_err(|_| StoreError::Unavailable)?;
        let sealer = Sealer::new(&key, &[]);
        Ok(Self { number: sealer.key_number(), sealer, before: None, sealed: seal_key(store, user, &key)? })
    }

    /// Whether the database still holds what this was made from.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn is_present(&self, store: &Store, user: &str) -> Result<bool, StoreError> {
        let stored = stored(store, user).await?;
        let present = stored.iter().find(|(number, _)| *number == self.number).map(|(_, sealed)| sealed);
        Ok(present == self.before.as_ref())
    }

    /// Returns the statement that keeps the key, to be run together with each row that the key seals. It changes
    /// nothing when the key was removed or re-sealed meanwhile.
    pub(super) fn keep(&self, store: &Store, user: &str) -> Statement {
        let (user, number, by) = (user.into(), self.number.into(), store.sealer.key_number().into());
        let sealed = self.sealed.clone().into();
        match &self.before {
            None => {
                let sql = "INSERT INTO journal_keys (user_id, number, sealed, sealed_by) VALUES ($1, $2, $3, $4) \
                           ON CONFLICT DO NOTHING";
                Statement::new(sql, [user, number, sealed, by])
            }
            Some(before) => {
                let sql = "UPDATE journal_keys SET sealed = $3, sealed_by = $4 \
                           WHERE user_id = $1 AND number = $2 AND sealed = $5";
                Statement::new(sql, [user, number, sealed, by, before.clone().into()])
            }
        }
    }

    /// Returns the row with this number, address and program sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) fn seal(&self, entry: &Entry, seq: i64) -> Result<Entry, StoreError> {
        let seal = |value: &Option<String>, column| {
            let Some(value) = value else { return Ok(None) };
            let sealed = self.sealer.seal(value.as_bytes(), &context(&entry.user, seq, column))?;
            Ok(Some(format!("{SEALED}{}", URL_SAFE_NO_PAD.encode(sealed))))
        };
        Ok(Entry { ip: seal(&entry.ip, "ip")?, device: seal(&entry.device, "device")?, ..entry.clone() })
    }
}

/// Whether a row has anything to be sealed.
pub(super) fn is_sealed(entry: &Entry) -> bool {
    entry.ip.is_some() || entry.device.is_some()
}

/// Opens the rows of one user.
pub(super) struct Opener(Option<Sealer>);

impl Opener {
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn of(store: &Store, user: &str) -> Result<Self, StoreError> {
        let stored = stored(store, user).await?;
        let keys: Vec<_> = stored.iter().filter_map(|(_, sealed)| open_key(store, user, sealed)).collect();
        Ok(Self(keys.split_first().map(|(newest, others)| Sealer::new(newest, others))))
    }

    /// Returns the row with this number, address and program in clear, without what cannot be opened.
    pub(super) fn open(&self, entry: Entry, seq: i64) -> Entry {
        let open = |value: Option<String>, column| {
            let value = value?;
            let Some(sealed) = value.strip_prefix(SEALED) else { return Some(value) };
            let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
            let opened = self.0.as_ref()?.open(&sealed, &context(&entry.user, seq, column))?;
            String::from_utf8(opened.to_vec()).ok()
        };
        let (ip, device) = (open(entry.ip.clone(), "ip"), open(entry.device.clone(), "device"));
        // A row of an older version may hold a program's own words.
        let device = device.filter(|device| device::is_name(device));
        Entry { ip, device, ..entry }
    }
}

/// Re-seals users' keys that an older key has sealed, with the server's newest key. Returns whether there may be more.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn renew_keys(store: &Store) -> Result<bool, StoreError> {
    let mut renewed = 0;
    for older in store.sealer.older_key_numbers() {
        let sql = "SELECT user_id, number, sealed FROM journal_keys WHERE sealed_by = $1 LIMIT $2";
        let values = [older.into(), MOST_AT_ONCE.into()];
        for row in store.database.rows(Statement::new(sql, values)).await? {
            let (user, number, before) = (row.text("user_id")?, row.integer("number")?, row.bytes("sealed")?);
            let Some(key) = open_key(store, user, before) else { continue };
            let sealed = seal_key(store, user, &key)?;
            let key =
                UserKey { number, sealer: Sealer::new(&key, &[]), before: Some(before.to_vec()), sealed };
            // Another server may have been faster.
            renewed += store.database.execute(key.keep(store, user)).await?;
        }
    }
    Ok(renewed > 0)
}

/// Removes the keys of users without a row in the audit log.
pub(super) fn forget_keys(user: &str) -> Statement {
    let sql = "DELETE FROM journal_keys WHERE user_id = $1 \
               AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.user_id = journal_keys.user_id)";
    Statement::new(sql, [user.into()])
}

/// Returns the keys of a user: number, and the sealed key.
async fn stored(store: &Store, user: &str) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let sql = "SELECT number, sealed FROM journal_keys WHERE user_id = $1 ORDER BY number";
    let rows = store.database.rows(Statement::new(sql, [user.into()])).await?;
    rows.iter().map(|row| Ok((row.integer("number")?, row.bytes("sealed")?.to_vec()))).collect()
}

fn seal_key(store: &Store, user: &str, key: &EncryptionKey) -> Result<Vec<u8>, StoreError> {
    store.sealer.seal(key.bytes(), &context_of_key(user))
}

fn open_key(store: &Store, user: &str, sealed: &[u8]) -> Option<EncryptionKey> {
    let bytes = store.sealer.open(sealed, &context_of_key(user))?;
    Some(EncryptionKey::from_bytes(bytes.as_slice().try_into().ok()?))
}

fn context_of_key(user: &str) -> String {
    format!("journal key\0{user}")
}

fn context(user: &str, seq: i64, column: &str) -> String {
    format!("journal\0{user}\0{seq}\0{column}")
}
