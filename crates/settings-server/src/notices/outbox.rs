//! The outbox: notices that are to be sent, one sealed row for each recipient, until it is sent or given up.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Notice;
use super::notification::Notices;
use crate::audit_log::{Entry, Phase, chain};
use crate::store::{Commit, Statement, Store, StoreError};
use crate::text::mask;

/// How often one mail is tried.
const MOST_TRIES: i64 = 10;
/// The pause after the first failure; each further one is twice as long. Longer than one try can take: until it is
/// over no other server tries the same message.
const FIRST_PAUSE_MS: i64 = 60_000;
/// The longest pause.
const LONGEST_PAUSE_MS: i64 = 6 * 60 * 60 * 1_000;
/// Older notices are not sent any more; without a mail server, every notice ends this way.
const STALE_MS: i64 = 3 * 24 * 60 * 60 * 1_000;
/// How long a row is kept once nothing is left to send.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Of equal notices within this time, the first is sent at once and one at the end, which covers all others.
const EQUAL_WITHIN_MS: i64 = 10 * 60 * 1_000;
/// How many equal notices are listed one by one; of further ones, only their number.
const MOST_LISTED: usize = 20;
/// How many are merged at once.
const MOST_MERGED: i64 = 1_000;

/// The sealed content of one row.
#[derive(Clone, Serialize, Deserialize)]
struct OutboxMessage {
    to: String,
    notice: Notice,
    /// Equal ones before it that it covers, the newest first.
    #[serde(default)]
    others: Vec<Notice>,
    /// How many more of those there are.
    #[serde(default)]
    more: u64,
}

impl OutboxMessage {
    /// Returns the message that covers this one and others like it.
    fn with(self, messages: Vec<Self>) -> Self {
        let to = self.to.clone();
        let (mut notices, mut more) = (Vec::new(), 0_u64);
        for message in std::iter::once(self).chain(messages) {
            notices.push(message.notice);
            notices.extend(message.others);
            more = more.saturating_add(message.more);
        }
        notices.sort_by_key(|notice| std::cmp::Reverse(notice.at_ms));
        let notice = notices.remove(0);
        let unlisted = notices.len().saturating_sub(MOST_LISTED);
        notices.truncate(MOST_LISTED);
        more = more.saturating_add(u64::try_from(unlisted).unwrap_or(u64::MAX));
        Self { to, notice, others: notices, more }
    }
}

/// A message that is due, claimed by this server.
pub(crate) struct ClaimedMessage {
    pub(crate) id: String,
    user: String,
    pub(crate) to: String,
    pub(crate) notice: Notice,
    /// Equal ones before it that it covers.
    pub(crate) others: Vec<Notice>,
    /// How many more of those there are.
    pub(crate) more: u64,
    tries: i64,
}

/// Returns the rows of a change's notices, one a recipient. One that is equal to another (the same user, kind and
/// recipients) of the last ten minutes is due when these are over, and is merged with all that come until then: each
/// is kept, and none is sent more often.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn rows(
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
        let message =
            OutboxMessage { to: to.clone(), notice: notices.notice.clone(), others: Vec::new(), more: 0 };
        let sealed = store.sealer.seal_value(&message, &context(&id))?;
        // A change that was retried may have queued them already.
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

/// Claims a message that is due. No other server gets it before the next pause is over.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn claim_due(store: &Store) -> Result<Option<ClaimedMessage>, StoreError> {
    loop {
        let now = store.now_ms();
        let sql = "SELECT id, tries, next_try_at, sealed, same, user_id, kind FROM outbox \
                   WHERE state = 'queued' AND next_try_at <= $1 ORDER BY next_try_at, id LIMIT 1";
        let rows = store.database.rows(Statement::new(sql, [now.into()])).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (id, tries, next_try) = (row.text("id")?, row.integer("tries")?, row.integer("next_try_at")?);
        let sql = "UPDATE outbox SET tries = $2, next_try_at = $3 \
                   WHERE id = $1 AND state = 'queued' AND tries = $4 AND next_try_at = $5";
        let next = now.saturating_add(pause_ms(tries));
        let values = [id.into(), (tries + 1).into(), next.into(), tries.into(), next_try.into()];
        if store.database.execute(Statement::new(sql, values)).await? == 0 {
            continue;
        }
        match store.sealer.open_value::<OutboxMessage>(row.bytes("sealed")?, &context(id)) {
            Some(message) => {
                let message = match row.optional_bytes("same")? {
                    Some(same) => merge_equal(store, id, same, message).await?,
                    None => message,
                };
                let OutboxMessage { to, notice, others, more } = message;
                let (id, user) = (id.to_owned(), row.text("user_id")?.to_owned());
                return Ok(Some(ClaimedMessage { id, user, to, notice, others, more, tries: tries + 1 }));
            }
            None => {
                tracing::error!(
                    id,
                    "notices: one cannot be opened and is given up (keep every older key at the end of \
                     store.encryption_key_files)"
                );
                let notice = GivenUp { id, user: row.text("user_id")?, kind: row.text("kind")?, to: None };
                give_up(store, &notice, "given_up_unreadable").await?;
            }
        }
    }
}

/// Merges all equal messages that wait into the one that was claimed; they are then not sent any more.
async fn merge_equal(
    store: &Store,
    id: &str,
    same: &[u8],
    message: OutboxMessage,
) -> Result<OutboxMessage, StoreError> {
    let sql = "SELECT id, sealed FROM outbox WHERE same = $1 AND state = 'queued' AND id <> $2 \
               ORDER BY created_at LIMIT $3";
    let values = [same.to_vec().into(), id.into(), MOST_MERGED.into()];
    let rows = store.database.rows(Statement::new(sql, values)).await?;
    let (mut messages, mut statements) = (Vec::new(), Vec::new());
    for row in &rows {
        let other = row.text("id")?;
        // A message that no key opens is given up when its own time has come.
        let sealed = row.bytes("sealed")?;
        let Some(other_letter) = store.sealer.open_value::<OutboxMessage>(sealed, &context(other)) else {
            continue;
        };
        messages.push(other_letter);
        let sql = "UPDATE outbox SET state = 'merged', sealed = $2 WHERE id = $1 AND state = 'queued'";
        statements.push(Statement::new(sql, [other.into(), Vec::new().into()]));
    }
    if messages.is_empty() {
        return Ok(message);
    }
    let whole = message.clone().with(messages);
    let sealed = store.sealer.seal_value(&whole, &context(id))?;
    let sql = "UPDATE outbox SET sealed = $2 WHERE id = $1 AND state = 'queued'";
    statements.push(Statement::new(sql, [id.into(), sealed.into()]));
    // Otherwise another replica has just sent one of them, and each is sent by itself.
    Ok(if store.database.all_or_nothing(statements, Commit::Durable).await? { whole } else { message })
}

fn pause_ms(tries: i64) -> i64 {
    let doublings = u32::try_from(tries).unwrap_or(u32::MAX).min(20);
    FIRST_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS)
}

impl ClaimedMessage {
    /// Marks the message as sent.
    ///
    /// # Errors
    /// [`StoreError`]: then the message is sent once more.
    pub(crate) async fn sent(self, store: &Store) -> Result<(), StoreError> {
        end(store, &self.id, "sent").await
    }

    /// Records a failed delivery. Returns whether it is tried again. If not, or if no later try can end otherwise
    /// (`is_final`), the message is given up and the audit log says so.
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
    /// Its recipient, masked, if known.
    to: Option<&'a str>,
}

/// Ends a row whose notice was not sent, and records that in the user's audit log.
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
    let is_written = chain::append(store, entry, vec![ended(id, "given up")], Commit::Durable).await?;
    // If another replica was faster, that one has recorded it. A chain that is broken at its end takes no row.
    if !is_written && store.database.execute(ended(id, "given up")).await? > 0 {
        tracing::error!(id, reason, "notices: given up, and the audit log could not record it");
    }
    Ok(())
}

/// Ends a row that waits, and removes its content.
fn ended(id: &str, state: &'static str) -> Statement {
    let sql = "UPDATE outbox SET state = $2, sealed = $3 WHERE id = $1 AND state = 'queued'";
    Statement::new(sql, [id.into(), state.into(), Vec::new().into()])
}

async fn end(store: &Store, id: &str, state: &'static str) -> Result<(), StoreError> {
    store.database.execute(ended(id, state)).await.map(drop)
}

/// Gives up old notices, and removes rows that have nothing left to send.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn prune(store: &Store) -> Result<(), StoreError> {
    let now = store.now_ms();
    loop {
        let sql = "SELECT id, user_id, kind FROM outbox WHERE state = 'queued' AND created_at < $1 LIMIT $2";
        let values = [now.saturating_sub(STALE_MS).into(), MOST_MERGED.into()];
        let rows = store.database.rows(Statement::new(sql, values)).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let notice = GivenUp {
                id: row.text("id")?,
                user: row.text("user_id")?,
                kind: row.text("kind")?,
                to: None,
            };
            give_up(store, &notice, "given_up_old").await?;
        }
    }
    let sql = "DELETE FROM outbox WHERE state <> 'queued' AND created_at < $1";
    store.database.execute(Statement::new(sql, [now.saturating_sub(KEPT_MS).into()])).await.map(drop)
}

/// Returns the time until the next message is due.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn next_due_in(store: &Store) -> Result<Option<Duration>, StoreError> {
    let sql = "SELECT MIN(next_try_at) AS next FROM outbox WHERE state = 'queued'";
    let rows = store.database.rows(Statement::new(sql, [])).await?;
    let next = rows.first().map_or(Ok(None), |row| row.optional_integer("next"))?;
    Ok(next
        .map(|next| Duration::from_millis(u64::try_from(next.saturating_sub(store.now_ms())).unwrap_or(0))))
}

fn context(id: &str) -> String {
    format!("outbox {id}")
}
