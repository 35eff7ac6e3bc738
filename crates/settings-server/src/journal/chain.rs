//! Appending to a user's chain, and checking all chains (B31).

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::entry::{BEGINNING, Entry, Hash, Link, columns, read_hash};
use crate::store::{Database, Statement, Store, StoreError};

/// How often an append begins anew when somebody else was faster.
const TRIES: u32 = 20;
/// So many rows are read at once.
const PAGE: i64 = 500;

/// The end of a chain.
#[derive(Clone, PartialEq, Eq)]
struct Head {
    seq: i64,
    hash: Hash,
}

async fn head(database: &dyn Database, user: &str) -> Result<Option<Head>, StoreError> {
    let sql = "SELECT seq, hash FROM journal_heads WHERE user_id = $1";
    let rows = database.rows(Statement::new(sql, [user.into()])).await?;
    rows.first().map(|row| Ok(Head { seq: row.integer(0)?, hash: read_hash(row, 1)? })).transpose()
}

/// Moves the end of a chain, if it is still where it was.
fn advance(user: &str, from: Option<&Head>, to: &Link) -> Statement {
    let (user, seq, hash) = (user.into(), to.seq.into(), to.hash.into());
    match from {
        None => {
            let sql =
                "INSERT INTO journal_heads (user_id, seq, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            Statement::new(sql, [user, seq, hash])
        }
        Some(from) => {
            let sql =
                "UPDATE journal_heads SET seq = $2, hash = $3 WHERE user_id = $1 AND seq = $4 AND hash = $5";
            Statement::new(sql, [user, seq, hash, from.seq.into(), from.hash.into()])
        }
    }
}

/// Appends a row and carries out `beside` with it, or neither. `false` when one of `beside` changes nothing, or when
/// the chain is broken at its end.
///
/// # Errors
/// The store's; also when others are faster all the time.
pub(super) async fn append(store: &Store, entry: Entry, beside: Vec<Statement>) -> Result<bool, StoreError> {
    let database = &*store.database;
    let mut before = head(database, &entry.user).await?;
    for _ in 0..TRIES {
        let link = match &before {
            Some(head) => Link::after(head.seq, &head.hash, entry.clone()),
            None => Link::after(0, &BEGINNING, entry.clone()),
        };
        // What is beside goes first: it may say that this writer has lost its right to write.
        let mut statements = beside.clone();
        statements.push(advance(&entry.user, before.as_ref(), &link));
        statements.push(link.insert());
        if database.all_or_nothing(statements).await? {
            return Ok(true);
        }
        let now = head(database, &entry.user).await?;
        if now == before {
            return Ok(false);
        }
        before = now;
    }
    Err(StoreError::Unavailable)
}

/// What a check of all chains found.
#[derive(Debug, PartialEq, Eq)]
pub enum JournalReport {
    /// Every chain is whole.
    Whole {
        /// Users with a chain.
        chains: u64,
        /// Rows in all of them.
        rows: u64,
    },
    /// The first chain that is not.
    Broken {
        /// SHA-256 of the user's id, in hexadecimal digits.
        user_digest: String,
        /// The number of the first row that is not right.
        seq: i64,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// The first row of a chain that is not right.
struct Break {
    seq: i64,
    reason: &'static str,
}

/// Checks every chain.
///
/// # Errors
/// The store's.
pub(super) async fn verify(database: &dyn Database) -> Result<JournalReport, StoreError> {
    let (mut chains, mut rows) = (0, 0);
    let mut after = String::new();
    loop {
        let sql = "SELECT user_id FROM (SELECT user_id FROM journal_heads UNION SELECT user_id FROM journal) AS users \
                   WHERE user_id > $1 ORDER BY user_id LIMIT $2";
        let users = database.rows(Statement::new(sql, [after.as_str().into(), PAGE.into()])).await?;
        let Some(last) = users.last() else { return Ok(JournalReport::Whole { chains, rows }) };
        after = last.text(0)?.to_owned();
        for user in users {
            let user = user.text(0)?;
            match verify_one(database, user).await? {
                Ok(length) => rows += length,
                Err(Break { seq, reason }) => {
                    return Ok(JournalReport::Broken { user_digest: digest(user), seq, reason });
                }
            }
            chains += 1;
        }
    }
}

/// The number of rows of one user's chain, or where it breaks.
async fn verify_one(database: &dyn Database, user: &str) -> Result<Result<u64, Break>, StoreError> {
    let mut last = Head { seq: 0, hash: BEGINNING };
    // The end is read first: rows that are appended meanwhile come after it.
    let mut end = head(database, user).await?;
    loop {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM journal WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let rows = database.rows(Statement::new(sql, [user.into(), last.seq.into(), PAGE.into()])).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let link = Link::read(&row)?;
            let expected = last.seq + 1;
            if link.seq != expected {
                return Ok(Err(Break { seq: expected, reason: "it is missing" }));
            }
            if !link.fits(&last.hash) {
                return Ok(Err(Break { seq: expected, reason: "it was changed" }));
            }
            last = Head { seq: link.seq, hash: link.hash };
            if end.as_ref().is_some_and(|end| end.seq == last.seq && end.hash != last.hash) {
                return Ok(Err(Break { seq: expected, reason: "it is not the row that was written last" }));
            }
        }
    }
    if end.as_ref().is_none_or(|end| end.seq < last.seq) {
        end = head(database, user).await?;
    }
    Ok(match end {
        Some(end) if end.seq > last.seq => Err(Break { seq: last.seq + 1, reason: "it is missing" }),
        Some(end) if end.seq == last.seq => Ok(u64::try_from(last.seq).unwrap_or_default()),
        Some(end) => Err(Break { seq: end.seq + 1, reason: "it was added without moving the end" }),
        None => Err(Break { seq: last.seq, reason: "the end of the chain is missing" }),
    })
}

fn digest(user: &str) -> String {
    Sha256::digest(user).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
