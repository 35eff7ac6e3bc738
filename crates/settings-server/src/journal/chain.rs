//! Appending to a user's chain, removing what is too old, and checking all chains (B31).

use sha2::{Digest, Sha256};

use super::entry::{BEGINNING, Entry, Hash, Link, columns, read_hash};
use super::origin::{self, Opener, UserKey};
use crate::store::{Database, Row, Statement, Store, StoreError};
use crate::text::hex::hex;

/// How often an append begins anew when somebody else was faster.
const TRIES: u32 = 20;
/// So many rows are read at once.
const PAGE: i64 = 500;

/// So many chains are shortened in one go.
const CHAINS: i64 = 100;

/// One place of a chain.
#[derive(Clone, PartialEq, Eq)]
struct Spot {
    seq: i64,
    hash: Hash,
}

/// Both ends of a chain.
#[derive(Clone, PartialEq, Eq)]
struct Head {
    /// The last row.
    end: Spot,
    /// The last row that was removed because it was old.
    base: Spot,
}

async fn head(database: &dyn Database, user: &str) -> Result<Option<Head>, StoreError> {
    let sql = "SELECT seq, hash, base_seq, base_hash FROM journal_heads WHERE user_id = $1";
    let rows = database.rows(Statement::new(sql, [user.into()])).await?;
    let read = |row: &Row| {
        let spot = |column| Ok(Spot { seq: row.integer(column)?, hash: read_hash(row, column + 1)? });
        Ok(Head { end: spot(0)?, base: spot(2)? })
    };
    rows.first().map(read).transpose()
}

/// Moves the end of a chain, if it is still where it was.
fn advance(user: &str, from: Option<&Head>, to: &Link) -> Statement {
    let (user, seq, hash) = (user.into(), to.seq.into(), to.hash.into());
    match from {
        None => {
            let sql = "INSERT INTO journal_heads (user_id, seq, hash, base_seq, base_hash) \
                       VALUES ($1, $2, $3, 0, $4) ON CONFLICT DO NOTHING";
            Statement::new(sql, [user, seq, hash, BEGINNING.into()])
        }
        Some(from) => {
            let sql =
                "UPDATE journal_heads SET seq = $2, hash = $3 WHERE user_id = $1 AND seq = $4 AND hash = $5";
            Statement::new(sql, [user, seq, hash, from.end.seq.into(), from.end.hash.into()])
        }
    }
}

/// Appends a row, its address and program sealed, and carries out `beside` with it, or neither. `false` when one of
/// `beside` changes nothing, or when the chain is broken at its end.
///
/// # Errors
/// [`StoreError`], also if other servers add rows faster each time.
pub(super) async fn append(store: &Store, entry: Entry, beside: Vec<Statement>) -> Result<bool, StoreError> {
    let database = &*store.database;
    let mut before = head(database, &entry.user).await?;
    for _ in 0..TRIES {
        let (seq, hash) = before.as_ref().map_or((0, &BEGINNING), |head| (head.end.seq, &head.end.hash));
        let key = if origin::is_sealed(&entry) { Some(UserKey::of(store, &entry.user).await?) } else { None };
        let sealed = key.as_ref().map_or_else(|| Ok(entry.clone()), |key| key.seal(&entry, seq + 1))?;
        let link = Link::after(seq, hash, sealed);
        // What is beside goes first: it may say that this writer has lost its right to write.
        let mut statements = beside.clone();
        statements.extend(key.as_ref().map(|key| key.keep(store, &entry.user)));
        statements.push(advance(&entry.user, before.as_ref(), &link));
        statements.push(link.insert());
        if database.all_or_nothing(statements).await? {
            return Ok(true);
        }
        let now = head(database, &entry.user).await?;
        let is_same_key = match &key {
            Some(key) => key.is_present(store, &entry.user).await?,
            None => true,
        };
        if now == before && is_same_key {
            return Ok(false);
        }
        before = now;
    }
    Err(StoreError::Unavailable)
}

/// The rows of one user that are there, in order, addresses and programs in clear.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn rows_of(store: &Store, user: &str) -> Result<Vec<Link>, StoreError> {
    let opener = Opener::of(store, user).await?;
    let mut links = Vec::new();
    loop {
        let cursor = links.last().map_or(0, |link: &Link| link.seq);
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM journal WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let rows =
            store.database.rows(Statement::new(sql, [user.into(), cursor.into(), PAGE.into()])).await?;
        if rows.is_empty() {
            return Ok(links);
        }
        for row in rows {
            let Link { seq, entry, hash } = Link::read(&row)?;
            links.push(Link { seq, entry: opener.open(entry, seq), hash });
        }
    }
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
/// [`StoreError`].
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
                Err(Break { seq: head.end.seq + 1, reason: "it was added without moving the end" })
            }
            Some(_) => Ok(u64::try_from(last.seq - first).unwrap_or_default()),
        });
    }
}

/// The last row, if each follows from the one before and the chain goes as far as `head` says.
async fn walk(
    database: &dyn Database,
    user: &str,
    head: Option<&Head>,
) -> Result<Result<Spot, Break>, StoreError> {
    let mut last = head.map_or(Spot { seq: 0, hash: BEGINNING }, |head| head.base.clone());
    // From the very beginning: there must be nothing left of what was removed.
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
                return Ok(Err(Break { seq: expected, reason: "it is missing" }));
            }
            if !link.fits(&last.hash) {
                return Ok(Err(Break { seq: expected, reason: "it was changed" }));
            }
            last = Spot { seq: link.seq, hash: link.hash };
            if head.is_some_and(|head| head.end.seq == last.seq && head.end.hash != last.hash) {
                return Ok(Err(Break { seq: expected, reason: "it is not the row that was written last" }));
            }
            cursor = last.seq;
        }
    }
    Ok(match head {
        Some(head) if head.end.seq > last.seq => Err(Break { seq: last.seq + 1, reason: "it is missing" }),
        _ => Ok(last),
    })
}

/// Removes the ends of chains that have no row any more: the next row of such a user begins a new chain.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(super) async fn forget_empty(database: &dyn Database) -> Result<(), StoreError> {
    let sql = "DELETE FROM journal_heads WHERE base_seq = seq \
               AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.user_id = journal_heads.user_id)";
    database.execute(Statement::new(sql, [])).await.map(drop)
}

/// Removes the rows before `before_ms`, some chains at a time. Says whether there may be more.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn shorten(database: &dyn Database, before_ms: i64) -> Result<bool, StoreError> {
    let sql = "SELECT DISTINCT user_id FROM journal WHERE at < $1 LIMIT $2";
    let users = database.rows(Statement::new(sql, [before_ms.into(), CHAINS.into()])).await?;
    let may_be_more = !users.is_empty();
    for user in users {
        let user = user.text(0)?;
        let sql = "SELECT seq, hash FROM journal WHERE user_id = $1 AND at < $2 ORDER BY seq DESC LIMIT 1";
        let rows = database.rows(Statement::new(sql, [user.into(), before_ms.into()])).await?;
        let Some(row) = rows.first() else { continue };
        let (seq, hash) = (row.integer(0)?, read_hash(row, 1)?);
        let sql =
            "UPDATE journal_heads SET base_seq = $2, base_hash = $3 WHERE user_id = $1 AND base_seq < $2";
        let advance = Statement::new(sql, [user.into(), seq.into(), hash.into()]);
        let sql = "DELETE FROM journal WHERE user_id = $1 AND seq <= $2";
        let remove = Statement::new(sql, [user.into(), seq.into()]);
        if !database.all_or_nothing(vec![advance, remove]).await? {
            tracing::error!("old rows of a chain cannot be removed: it is broken, see --verify-journal");
            return Ok(false);
        }
        database.execute(origin::forget_keys(user)).await?;
    }
    Ok(may_be_more)
}

fn digest(user: &str) -> String {
    hex(&Sha256::digest(user))
}
