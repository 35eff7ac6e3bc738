//! Notices on their way: one row a recipient, sealed, until it is sent or given up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::intent::Notices;
use crate::notices::Notice;
use crate::store::{Statement, Store, StoreError};

/// How often one mail is tried.
const MOST_TRIES: i64 = 10;
/// The pause after the first failure; each further one is twice as long. Longer than one try can take: until it is
/// over nobody else tries the same mail.
const FIRST_PAUSE_MS: i64 = 60_000;
/// The longest pause.
const LONGEST_PAUSE_MS: i64 = 6 * 60 * 60 * 1_000;
/// News older than this is not sent any more; where no mail server is configured, that is the end of every notice.
const STALE_MS: i64 = 3 * 24 * 60 * 60 * 1_000;
/// How long a row stays once there is nothing left to send.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// What one row seals.
#[derive(Serialize, Deserialize)]
struct Letter {
    to: String,
    notice: Notice,
}

/// A mail whose time has come, claimed by this server.
pub(crate) struct Due {
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) notice: Notice,
    tries: i64,
}

/// The rows of a change's notices, one a recipient.
///
/// # Errors
/// The store's.
pub(super) fn rows(
    store: &Store,
    user: &str,
    operation: &str,
    notices: Option<&Notices>,
) -> Result<Vec<Statement>, StoreError> {
    let Some(notices) = notices else { return Ok(Vec::new()) };
    let kind = serde_json::to_value(notices.notice.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default();
    let mut rows = Vec::new();
    for (index, to) in notices.recipients.iter().enumerate() {
        let id = format!("{operation}.{index}");
        let letter = Letter { to: to.clone(), notice: notices.notice.clone() };
        let text =
            serde_json::to_vec(&letter).map_err(|_| StoreError::Corrupt("a notice cannot be written"))?;
        let sealed = store.sealer.seal(&text, &context(&id))?;
        // An operation that was run again may have told them already.
        let sql = "INSERT INTO outbox (id, user_id, kind, state, created_at, tries, next_try_at, sealed) \
                   VALUES ($1, $2, $3, 'queued', $4, 0, $4, $5) \
                   ON CONFLICT (id) DO UPDATE SET state = outbox.state";
        let values = [id.into(), user.into(), kind.into(), store.now_ms().into(), sealed.into()];
        rows.push(Statement::new(sql, values));
    }
    Ok(rows)
}

/// Takes a mail whose time has come; nobody else gets it before the next pause is over.
///
/// # Errors
/// The store's.
pub(crate) async fn take_due(store: &Store) -> Result<Option<Due>, StoreError> {
    loop {
        let now = store.now_ms();
        let sql = "SELECT id, tries, next_try_at, sealed FROM outbox WHERE state = 'queued' AND next_try_at <= $1 \
                   ORDER BY next_try_at, id LIMIT 1";
        let rows = store.database.rows(Statement::new(sql, [now.into()])).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (id, tries, next_try) = (row.text(0)?, row.integer(1)?, row.integer(2)?);
        let sql = "UPDATE outbox SET tries = $2, next_try_at = $3 \
                   WHERE id = $1 AND state = 'queued' AND tries = $4 AND next_try_at = $5";
        let next = now.saturating_add(pause_ms(tries));
        let values = [id.into(), (tries + 1).into(), next.into(), tries.into(), next_try.into()];
        if store.database.execute(Statement::new(sql, values)).await? == 0 {
            continue;
        }
        let text = store.sealer.open(row.bytes(3)?, &context(id));
        match text.and_then(|text| serde_json::from_slice::<Letter>(&text).ok()) {
            Some(Letter { to, notice }) => {
                return Ok(Some(Due { id: id.to_owned(), to, notice, tries: tries + 1 }));
            }
            None => {
                tracing::error!(id, "a notice cannot be opened: it is given up");
                end(store, id, "given up").await?;
            }
        }
    }
}

fn pause_ms(tries: i64) -> i64 {
    let doublings = u32::try_from(tries).unwrap_or(u32::MAX).min(20);
    FIRST_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS)
}

impl Due {
    /// It went out.
    ///
    /// # Errors
    /// The store's: then it goes out once more.
    pub(crate) async fn sent(self, store: &Store) -> Result<(), StoreError> {
        end(store, &self.id, "sent").await
    }

    /// It did not go out. Says whether it is tried again.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn failed(self, store: &Store) -> Result<bool, StoreError> {
        if self.tries < MOST_TRIES {
            return Ok(true);
        }
        end(store, &self.id, "given up").await?;
        Ok(false)
    }
}

async fn end(store: &Store, id: &str, state: &'static str) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET state = $2, sealed = $3 WHERE id = $1";
    let values = [id.into(), state.into(), Vec::new().into()];
    store.database.execute(Statement::new(sql, values)).await.map(drop)
}

/// Gives up old news, and forgets rows that have nothing left to send.
///
/// # Errors
/// The store's.
pub(crate) async fn tidy(store: &Store) -> Result<(), StoreError> {
    let now = store.now_ms();
    let sql = "UPDATE outbox SET state = 'given up', sealed = $2 WHERE state = 'queued' AND created_at < $1";
    let values = [now.saturating_sub(STALE_MS).into(), Vec::new().into()];
    store.database.execute(Statement::new(sql, values)).await?;
    let sql = "DELETE FROM outbox WHERE state <> 'queued' AND created_at < $1";
    store.database.execute(Statement::new(sql, [now.saturating_sub(KEPT_MS).into()])).await.map(drop)
}

/// How long it is until the next mail is due.
///
/// # Errors
/// The store's.
pub(crate) async fn next_due_in(store: &Store) -> Result<Option<Duration>, StoreError> {
    let sql = "SELECT MIN(next_try_at) FROM outbox WHERE state = 'queued'";
    let rows = store.database.rows(Statement::new(sql, [])).await?;
    let next = rows.first().map_or(Ok(None), |row| row.optional_integer(0))?;
    Ok(next
        .map(|next| Duration::from_millis(u64::try_from(next.saturating_sub(store.now_ms())).unwrap_or(0))))
}

fn context(id: &str) -> String {
    format!("outbox {id}")
}
