//! One row of the audit log, and the one encoding of it that its hash is taken over.

use sha2::{Digest, Sha256};

use crate::store::{Row, Statement, StoreError};

/// The hash before the first row.
pub(super) const BEGINNING: Hash = [0; 32];

/// SHA-256.
pub(super) type Hash = [u8; 32];

/// The kind of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A change is about to be made.
    Intent,
    /// The outcome of a change.
    Outcome,
    /// Something happened that changes nothing in Logto.
    Event,
}

impl Phase {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Outcome => "outcome",
            Self::Event => "event",
        }
    }
}

/// The content of a row, without its position in the chain. Values are masked before they come here; `ip` and `device`
/// are sealed before they are stored (see `origin`).
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) user: String,
    pub(crate) at_ms: i64,
    pub(crate) action: String,
    pub(crate) phase: String,
    pub(crate) operation: String,
    pub(crate) result: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) instance: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) request: Option<String>,
    pub(crate) old_values: Option<String>,
    pub(crate) new_values: Option<String>,
}

/// The columns.
macro_rules! columns {
    () => {
        "user_id, seq, at, action, phase, operation, result, client, instance, ip, device, request, old_values, \
         new_values, hash"
    };
}
pub(super) use columns;

/// A row at its position.
pub(super) struct Link {
    pub(super) seq: i64,
    pub(super) entry: Entry,
    pub(super) hash: Hash,
}

impl Link {
    /// Returns the row that follows one with this number and hash.
    pub(super) fn after(seq: i64, hash: &Hash, entry: Entry) -> Self {
        let seq = seq + 1;
        let hash = entry.hash(seq, hash);
        Self { seq, entry, hash }
    }

    /// Whether the row is as it was written after a row with this hash.
    pub(super) fn fits(&self, previous: &Hash) -> bool {
        self.entry.hash(self.seq, previous) == self.hash
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let text = |column| row.text(column).map(str::to_owned);
        let optional = |column| row.optional_text(column).map(|text| text.map(str::to_owned));
        let entry = Entry {
            user: text("user_id")?,
            at_ms: row.integer("at")?,
            action: text("action")?,
            phase: text("phase")?,
            operation: text("operation")?,
            result: optional("result")?,
            client: optional("client")?,
            instance: optional("instance")?,
            ip: optional("ip")?,
            device: optional("device")?,
            request: optional("request")?,
            old_values: optional("old_values")?,
            new_values: optional("new_values")?,
        };
        Ok(Self { seq: row.integer("seq")?, entry, hash: read_hash(row, "hash")? })
    }

    /// Returns the statement that writes the row, unless its position is taken.
    pub(super) fn insert(self) -> Statement {
        let sql = concat!(
            "INSERT INTO journal (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING"
        );
        let Self { seq, entry, hash } = self;
        let values = [
            entry.user.into(),
            seq.into(),
            entry.at_ms.into(),
            entry.action.into(),
            entry.phase.into(),
            entry.operation.into(),
            entry.result.into(),
            entry.client.into(),
            entry.instance.into(),
            entry.ip.into(),
            entry.device.into(),
            entry.request.into(),
            entry.old_values.into(),
            entry.new_values.into(),
            hash.into(),
        ];
        Statement::new(sql, values)
    }
}

/// Reads a hash of a column. One of another length was not written here and never matches.
pub(super) fn read_hash(row: &Row, column: &str) -> Result<Hash, StoreError> {
    Ok(row.bytes(column)?.try_into().unwrap_or([0xff; 32]))
}

impl Entry {
    /// Returns the SHA-256 over the hash before, the number, and every field with its length, so that nothing can move
    /// from one field to the next. This encoding never changes: a new field needs a new tag. `ip` and `device` count
    /// as they are stored, sealed: the chain is checked without any key, and stays valid when a user's key is removed.
    fn hash(&self, seq: i64, previous: &Hash) -> Hash {
        let mut digest = Sha256::new();
        digest.update(b"latchkey journal 1\0");
        digest.update(previous);
        digest.update(seq.to_be_bytes());
        digest.update(self.at_ms.to_be_bytes());
        let texts = [
            Some(&self.user),
            Some(&self.action),
            Some(&self.phase),
            Some(&self.operation),
            self.result.as_ref(),
            self.client.as_ref(),
            self.instance.as_ref(),
            self.ip.as_ref(),
            self.device.as_ref(),
            self.request.as_ref(),
            self.old_values.as_ref(),
            self.new_values.as_ref(),
        ];
        for text in texts {
            match text {
                None => digest.update([0]),
                Some(text) => {
                    digest.update([1]);
                    digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                    digest.update(text);
                }
            }
        }
        digest.finalize().into()
    }
}
