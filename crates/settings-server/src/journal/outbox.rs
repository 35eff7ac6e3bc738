//! Notices on their way: one row a recipient, sealed, until it is sent or given up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::chain;
use super::entry::{Entry, Phase};
use super::intent::Notices;
use crate::notices::Notice;
use crate::store::{Statement, Store, StoreError};
use crate::text::mask;

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

/// Of equal notices within this time, the first is sent at once and one at the end, which covers all others.
const EQUAL_WITHIN_MS: i64 = 10 * 60 * 1_000;
/// How many equal notices are listed one by one; of further ones, only their number.
const MOST_TOLD: usize = 20;
/// How many are merged at once.
const MOST_TOGETHER: i64 = 1_000;

/// What one row seals.
#[derive(Clone, Serialize, Deserialize)]
struct Letter {
    to: String,
    notice: Notice,
    /// Equal ones before it that it speaks for, the newest first.
    #[serde(default)]
    others: Vec<Notice>,
    /// How many more of those there are.
    #[serde(default)]
    more: u64,
}

impl Letter {
    /// The letter that speaks for this one and for others like it.
    fn with(self, letters: Vec<Self>) -> Self {
        let to = self.to.clone();
        let (mut notices, mut more) = (Vec::new(), 0_u64);
        for letter in std::iter::once(self).chain(letters) {
            notices.push(letter.notice);
            notices.extend(letter.others);
            more = more.saturating_add(letter.more);
        }
        notices.sort_by_key(|notice| std::cmp::Reverse(notice.at_ms));
        let notice = notices.remove(0);
        let untold = notices.len().saturating_sub(MOST_TOLD);
        notices.truncate(MOST_TOLD);
        more = more.saturating_add(u64::try_from(untold).unwrap_or(u64::MAX));
        Self { to, notice, others: notices, more }
    }
}

/// A mail whose time has come, claimed by this server.
pub(crate) struct Due {
    pub(crate) id: String,
    user: String,
    pub(crate) to: String,
    pub(crate) notice: Notice,
    /// Equal ones before it that it speaks for.
    pub(crate) others: Vec<Notice>,
    /// How many more of those there are.
    pub(crate) more: u64,
    tries: i64,
}

/// The rows of a change's notices, one a recipient. One that is equal to another (the same person, kind and recipients)
/// of the last ten minutes is due when these are over, and is put together with all that come until then: each is kept,
/// and none is sent more often.
///
/// # Errors
/// [`StoreError`].
pub(super) fn rows(
    store: &Store,
    user: &str,
    operation: &str,
    notices: Option<&Notices>,
) -> Result<Vec<Statement>, StoreError> {
    let Some(notices) = notices else { return Ok(Vec::new()) };
    let kind = notices.notice.kind.name();
    let mut all: Vec<&str> = notices.recipients.iter().map(String::as_str).collect();
    all.sort_unstable();
    let all = all.join("\0");
    let mut rows = Vec::new();
    for (index, to) in notices.recipients.iter().enumerate() {
        let id = format!("{operation}.{index}");
        let letter = Letter { to: to.clone(), notice: notices.notice.clone(), others: Vec::new(), more: 0 };
        let text =
            serde_json::to_vec(&letter).map_err(|_| StoreError::Corrupt("a notice cannot be written"))?;
        let sealed = store.sealer.seal(&text, &context(&id))?;
        // An operation that was run again may have told them already.
        let sql = "INSERT INTO outbox \
                   (id, user_id, kind, state, created_at, tries, next_try_at, sealed, same, due_at) \
                   SELECT $1, $2, $3, 'queued', $4, 0, timing.due, $5, $6, timing.due FROM \
                   (SELECT CASE WHEN MAX(due_at) > $4 THEN MAX(due_at) \
                   WHEN MAX(due_at) > $4 - $7 THEN MAX(due_at) + $7 ELSE $4 END AS due \
                   FROM outbox WHERE same = $6) AS timing WHERE TRUE \
                   ON CONFLICT (id) DO UPDATE SET state = outbox.state";
        // A notice before a change is sent before it, whatever was sent already.
        let group = if notices.notice.kind.comes_before_a_change() { &id } else { &all };
        let same = store.sealer.fingerprint(&format!("equal notices\0{user}\0{kind}\0{group}\0{to}"));
        let values = [
            id.into(),
            user.into(),
            kind.clone().into(),
            store.now_ms().into(),
            sealed.into(),
            same.into(),
            EQUAL_WITHIN_MS.into(),
        ];
        rows.push(Statement::new(sql, values));
    }
    Ok(rows)
}

/// Takes a mail whose time has come; nobody else gets it before the next pause is over.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn take_due(store: &Store) -> Result<Option<Due>, StoreError> {
    loop {
        let now = store.now_ms();
        let sql = "SELECT id, tries, next_try_at, sealed, same, user_id, kind FROM outbox \
                   WHERE state = 'queued' AND next_try_at <= $1 ORDER BY next_try_at, id LIMIT 1";
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
            Some(letter) => {
                let letter = match row.optional_bytes(4)? {
                    Some(same) => put_together(store, id, same, letter).await?,
                    None => letter,
                };
                let Letter { to, notice, others, more } = letter;
                let (id, user) = (id.to_owned(), row.text(5)?.to_owned());
                return Ok(Some(Due { id, user, to, notice, others, more, tries: tries + 1 }));
            }
            None => {
                tracing::error!(id, "a notice cannot be opened: it is given up");
                let notice = GivenUp { id, user: row.text(5)?, kind: row.text(6)?, to: None };
                give_up(store, &notice, "given_up_unreadable").await?;
            }
        }
    }
}

/// Makes the letter of a row that is taken speak for all equal ones that wait, which are then not sent any more.
async fn put_together(store: &Store, id: &str, same: &[u8], letter: Letter) -> Result<Letter, StoreError> {
    let sql = "SELECT id, sealed FROM outbox WHERE same = $1 AND state = 'queued' AND id <> $2 \
               ORDER BY created_at LIMIT $3";
    let values = [same.to_vec().into(), id.into(), MOST_TOGETHER.into()];
    let rows = store.database.rows(Statement::new(sql, values)).await?;
    let (mut letters, mut statements) = (Vec::new(), Vec::new());
    for row in &rows {
        let other = row.text(0)?;
        // What no key opens is given up when its own time has come.
        let Some(text) = store.sealer.open(row.bytes(1)?, &context(other)) else { continue };
        let Ok(other_letter) = serde_json::from_slice::<Letter>(&text) else { continue };
        letters.push(other_letter);
        let sql = "UPDATE outbox SET state = 'merged', sealed = $2 WHERE id = $1 AND state = 'queued'";
        statements.push(Statement::new(sql, [other.into(), Vec::new().into()]));
    }
    if letters.is_empty() {
        return Ok(letter);
    }
    let whole = letter.clone().with(letters);
    let text = serde_json::to_vec(&whole).map_err(|_| StoreError::Corrupt("a notice cannot be written"))?;
    let sealed = store.sealer.seal(&text, &context(id))?;
    let sql = "UPDATE outbox SET sealed = $2 WHERE id = $1 AND state = 'queued'";
    statements.push(Statement::new(sql, [id.into(), sealed.into()]));
    // Otherwise another replica has just sent one of them, and each is sent by itself.
    Ok(if store.database.all_or_nothing(statements).await? { whole } else { letter })
}

fn pause_ms(tries: i64) -> i64 {
    let doublings = u32::try_from(tries).unwrap_or(u32::MAX).min(20);
    FIRST_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS)
}

impl Due {
    /// It went out.
    ///
    /// # Errors
    /// [`StoreError`]: then the message is sent once more.
    pub(crate) async fn sent(self, store: &Store) -> Result<(), StoreError> {
        end(store, &self.id, "sent").await
    }

    /// It did not go out. Says whether it is tried again. Where it is not, or where no later try can end otherwise
    /// (`is_final`), it is given up and the journal says so.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn failed(self, store: &Store, is_final: bool) -> Result<bool, StoreError> {
        if self.tries < MOST_TRIES && !is_final {
            return Ok(true);
        }
        let kind = self.notice.kind.name();
        let to = mask::email(&self.to);
        let notice = GivenUp { id: &self.id, user: &self.user, kind: &kind, to: Some(&to) };
        let reason = if is_final { "given_up_address" } else { "given_up_tries" };
        give_up(store, &notice, reason).await?;
        Ok(false)
    }
}

/// A notice that is not sent any more.
struct GivenUp<'a> {
    id: &'a str,
    user: &'a str,
    kind: &'a str,
    /// Whom it was for, masked, where that is known.
    to: Option<&'a str>,
}

/// Ends a row whose notice never went out, and writes that down in the user's journal.
async fn give_up(store: &Store, notice: &GivenUp<'_>, reason: &str) -> Result<(), StoreError> {
    let GivenUp { id, user, kind, to } = *notice;
    let values = serde_json::json!({ "notice": kind, "to": to });
    let entry = Entry {
        user: user.to_owned(),
        at_ms: store.now_ms(),
        action: "notice".to_owned(),
        phase: Phase::Event.as_str().to_owned(),
        operation: id.split_once('.').map_or(id, |(operation, _)| operation).to_owned(),
        result: Some(reason.to_owned()),
        new_values: Some(values.to_string()),
        ..Entry::default()
    };
    let is_written = chain::append(store, entry, vec![ended(id, "given up")]).await?;
    // Where another replica was faster, that one has written it down. A chain that is broken at its end takes no row.
    if !is_written && store.database.execute(ended(id, "given up")).await? > 0 {
        tracing::error!(id, reason, "a notice is given up, and the journal does not say so");
    }
    Ok(())
}

/// Ends a row that waits, and forgets what it held.
fn ended(id: &str, state: &'static str) -> Statement {
    let sql = "UPDATE outbox SET state = $2, sealed = $3 WHERE id = $1 AND state = 'queued'";
    Statement::new(sql, [id.into(), state.into(), Vec::new().into()])
}

async fn end(store: &Store, id: &str, state: &'static str) -> Result<(), StoreError> {
    store.database.execute(ended(id, state)).await.map(drop)
}

/// Gives up old news, and forgets rows that have nothing left to send.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn tidy(store: &Store) -> Result<(), StoreError> {
    let now = store.now_ms();
    loop {
        let sql = "SELECT id, user_id, kind FROM outbox WHERE state = 'queued' AND created_at < $1 LIMIT $2";
        let values = [now.saturating_sub(STALE_MS).into(), MOST_TOGETHER.into()];
        let rows = store.database.rows(Statement::new(sql, values)).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let notice = GivenUp { id: row.text(0)?, user: row.text(1)?, kind: row.text(2)?, to: None };
            give_up(store, &notice, "given_up_old").await?;
        }
    }
    let sql = "DELETE FROM outbox WHERE state <> 'queued' AND created_at < $1";
    store.database.execute(Statement::new(sql, [now.saturating_sub(KEPT_MS).into()])).await.map(drop)
}

/// How long it is until the next mail is due.
///
/// # Errors
/// [`StoreError`].
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
