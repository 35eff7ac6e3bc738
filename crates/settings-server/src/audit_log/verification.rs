//! Verification that each chain is as it was written (`--verify-journal`).

use sha2::{Digest, Sha256};

use super::chain::{Head, PAGE, Spot, head};
use super::entry::{BEGINNING, Link, columns};
use crate::store::{Database, Statement, StoreError};
use crate::text::hex::hex;

/// The result of checking all chains.
#[derive(Debug, PartialEq, Eq)]
pub enum AuditLogReport {
    /// Every chain is valid.
    Whole {
        /// Users with a chain.
        chains: u64,
        /// Rows in all of them.
        rows: u64,
    },
    /// The first chain that is not valid.
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
/// [`StoreError`].
pub(crate) async fn verify(database: &dyn Database) -> Result<AuditLogReport, StoreError> {
    let (mut chains, mut rows) = (0, 0);
    let mut after = String::new();
    loop {
        let sql = "SELECT user_id FROM (SELECT user_id FROM journal_heads UNION SELECT user_id FROM journal) AS users \
                   WHERE user_id > $1 ORDER BY user_id LIMIT $2";
        let users = database.rows(Statement::new(sql, [after.as_str().into(), PAGE.into()])).await?;
        let Some(last) = users.last() else { return Ok(AuditLogReport::Whole { chains, rows }) };
        after = last.text("user_id")?.to_owned();
        for user in users {
            let user = user.text("user_id")?;
            match verify_one(database, user).await? {
                Ok(length) => rows += length,
                Err(Break { seq, reason }) => {
                    return Ok(AuditLogReport::Broken { user_digest: digest(user), seq, reason });
                }
            }
            chains += 1;
        }
    }
}

/// Returns the number of rows of one user's chain, or where it breaks.
async fn verify_one(database: &dyn Database, user: &str) -> Result<Result<u64, Break>, StoreError> {
    loop {
        // The end is read first: rows that are appended meanwhile come after it.
        let before = head(database, user).await?;
        let found = walk(database, user, before.as_ref()).await?;
        let after = head(database, user).await?;
        let base = |head: &Option<Head>| head.as_ref().map(|head| head.base.seq);
        // Old rows were removed meanwhile.
        if found.is_err() && base(&before) != base(&after) {
            continue;
        }
        let last = match found {
            Ok(last) => last,
            Err(broken) => return Ok(Err(broken)),
        };
        let first = base(&after).unwrap_or_default();
        return Ok(match after {
            None => Err(Break { seq: last.seq, reason: "the end of the chain is missing" }),
            Some(head) if head.end.seq < last.seq => {
                Err(Break { seq: head.end.seq + 1, reason: "added without moving the end of the chain" })
            }
            Some(_) => Ok(u64::try_from(last.seq - first).unwrap_or_default()),
        });
    }
}

/// Returns the last row, if each follows from the one before and the chain goes as far as `head` says.
async fn walk(
    database: &dyn Database,
    user: &str,
    head: Option<&Head>,
) -> Result<Result<Spot, Break>, StoreError> {
    let mut last = head.map_or(Spot { seq: 0, hash: BEGINNING }, |head| head.base.clone());
    // From the very beginning: nothing may be left of what was removed.
    let mut cursor = 0;
    loop {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM journal WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let rows = database.rows(Statement::new(sql, [user.into(), cursor.into(), PAGE.into()])).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let link = Link::read(&row)?;
            let expected = last.seq + 1;
            if link.seq != expected {
                return Ok(Err(Break { seq: expected, reason: "missing" }));
            }
            if !link.fits(&last.hash) {
                return Ok(Err(Break { seq: expected, reason: "changed" }));
            }
            last = Spot { seq: link.seq, hash: link.hash };
            if head.is_some_and(|head| head.end.seq == last.seq && head.end.hash != last.hash) {
                return Ok(Err(Break { seq: expected, reason: "not the row that was written last" }));
            }
            cursor = last.seq;
        }
    }
    Ok(match head {
        Some(head) if head.end.seq > last.seq => Err(Break { seq: last.seq + 1, reason: "missing" }),
        _ => Ok(last),
    })
}

fn digest(user: &str) -> String {
    hex(&Sha256::digest(user))
}
