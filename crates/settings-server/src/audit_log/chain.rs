//! One hash chain of rows for each user: appending, reading and pruning (B31).

use super::entry::{BEGINNING, Entry, Hash, Link, columns, read_hash};
use super::origin::{self, Opener, UserKey};
use crate::store::{Commit, Database, Row, Statement, Store, StoreError};

/// How often an append is tried when another server appended first.
const TRIES: u32 = 20;
/// How many rows are read at once.
pub(super) const PAGE: i64 = 500;

/// How many chains are pruned at once.
const CHAINS: i64 = 100;

/// A position in a chain.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) seq: i64,
    pub(super) hash: Hash,
}

/// Both ends of a chain.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The last row.
    pub(super) end: Spot,
    /// The last row that was removed because it was old.
    pub(super) base: Spot,
}

pub(super) async fn head(database: &dyn Database, user: &str) -> Result<Option<Head>, StoreError> {
    let sql = "SELECT seq, hash, base_seq, base_hash FROM journal_heads WHERE user_id = $1";
    let rows = database.rows(Statement::new(sql, [user.into()])).await?;
    let read = |row: &Row| {
        let spot = |seq, hash| Ok(Spot { seq: row.integer(seq)?, hash: read_hash(row, hash)? });
        Ok(Head { end: spot("seq", "hash")?, base: spot("base_seq", "base_hash")? })
    };
    rows.first().map(read).transpose()
}

/// Returns the statement that moves the end of a chain, if it is still where it was.
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

/// Appends a row, its address and program sealed, in one transaction with `statements`. Returns `false`, and writes
/// nothing, when one of `statements` changes nothing or when the chain is broken at its end.
///
/// # Errors
/// [`StoreError`], also if other servers append first each time.
pub(crate) async fn append(
    store: &Store,
    entry: Entry,
    statements: Vec<Statement>,
    commit: Commit,
) -> Result<bool, StoreError> {
    let database = &*store.database;
    let mut before = head(database, &entry.user).await?;
    for _ in 0..TRIES {
        let (seq, hash) = before.as_ref().map_or((0, &BEGINNING), |head| (head.end.seq, &head.end.hash));
        let key = if origin::is_sealed(&entry) { Some(UserKey::of(store, &entry.user).await?) } else { None };
        let sealed = key.as_ref().map_or_else(|| Ok(entry.clone()), |key| key.seal(&entry, seq + 1))?;
        let link = Link::after(seq, hash, sealed);
        // The caller's statements go first: one of them may say that this writer has lost its right to write.
        let mut transaction = statements.clone();
        transaction.extend(key.as_ref().map(|key| key.keep(store, &entry.user)));
        transaction.push(advance(&entry.user, before.as_ref(), &link));
        transaction.push(link.insert());
        if database.all_or_nothing(transaction, commit).await? {
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

/// Returns the rows of one user, in order, addresses and programs in clear.
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

/// Removes the ends of chains that have no row any more: the next row of such a user begins a new chain.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(super) async fn remove_empty(database: &dyn Database) -> Result<(), StoreError> {
    let sql = "DELETE FROM journal_heads WHERE base_seq = seq \
               AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.user_id = journal_heads.user_id)";
    database.execute(Statement::new(sql, [])).await.map(drop)
}

/// Removes the rows before `before_ms`, some chains at a time. Returns whether there may be more.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn prune(database: &dyn Database, before_ms: i64) -> Result<bool, StoreError> {
    let sql = "SELECT DISTINCT user_id FROM journal WHERE at < $1 LIMIT $2";
    let users = database.rows(Statement::new(sql, [before_ms.into(), CHAINS.into()])).await?;
    let may_be_more = !users.is_empty();
    for user in users {
        let user = user.text("user_id")?;
        let sql = "SELECT seq, hash FROM journal WHERE user_id = $1 AND at < $2 ORDER BY seq DESC LIMIT 1";
        let rows = database.rows(Statement::new(sql, [user.into(), before_ms.into()])).await?;
        let Some(row) = rows.first() else { continue };
        let (seq, hash) = (row.integer("seq")?, read_hash(row, "hash")?);
        let sql =
            "UPDATE journal_heads SET base_seq = $2, base_hash = $3 WHERE user_id = $1 AND base_seq < $2";
        let advance = Statement::new(sql, [user.into(), seq.into(), hash.into()]);
        let sql = "DELETE FROM journal WHERE user_id = $1 AND seq <= $2";
        let remove = Statement::new(sql, [user.into(), seq.into()]);
        if !database.all_or_nothing(vec![advance, remove], Commit::Durable).await? {
            tracing::error!(
                "audit log: old rows of a chain are kept, because it is broken (check with --verify-journal)"
            );
            return Ok(false);
        }
        database.execute(origin::forget_keys(user)).await?;
    }
    Ok(may_be_more)
}
