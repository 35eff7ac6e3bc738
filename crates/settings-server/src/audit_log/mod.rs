//! The audit log: who changed what, when, from where, and with which outcome (B31). Logto keeps no such record.
//!
//! Rows are in one hash chain for each user. Values are masked before they are stored; the address and the program that
//! a change came from are sealed. In the configuration, on the command line and in the database it is called `journal`.

pub(crate) mod chain;
mod context;
mod entry;
mod field;
mod masks;
mod origin;
#[cfg(test)]
mod tests;
mod verification;

use serde::Serialize;

pub(crate) use context::AuditContext;
pub(crate) use entry::{Entry, Phase};
pub(crate) use field::AuditField;
pub(crate) use masks::masked;
pub use verification::AuditLogReport;
pub(crate) use verification::verify;

use crate::error::Failure;
use crate::notices::notification::{Notices, Notification};
use crate::notices::outbox;
use crate::randomness;
use crate::state::AppState;
use crate::store::{Commit, Statement, Store, StoreError};
use crate::text::hex::hex;
use entry::Link;

/// Makes the id of an operation: 128 random bits in hexadecimal digits.
///
/// # Errors
/// [`StoreError::Unavailable`] when the operating system provides no random numbers.
pub(crate) fn new_operation() -> Result<String, StoreError> {
    let bytes = randomness::bytes::<16>().map_err(|_| StoreError::Unavailable)?;
    Ok(hex(&bytes))
}

/// Records something that changes nothing in Logto, such as a wrong code, and queues the notices of it.
///
/// # Errors
/// `store_unavailable`: then what would have followed must not happen.
pub(crate) async fn record(
    state: &AppState,
    context: &AuditContext,
    action: &'static str,
    result: &'static str,
    notification: Option<Notification>,
) -> Result<(), Failure> {
    if !record_with(state, context, (action, result), notification, Vec::new()).await? {
        return Err(StoreError::Corrupt("a chain of the audit log is broken at its end").into());
    }
    Ok(())
}

/// As [`record`], together with other statements: all of them are committed or none. Returns `false` when one of
/// `statements` changes nothing, or when the user's chain is broken at its end.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn record_with(
    state: &AppState,
    context: &AuditContext,
    (action, result): (&'static str, &'static str),
    notification: Option<Notification>,
    statements: Vec<Statement>,
) -> Result<bool, Failure> {
    let store = &state.store;
    let operation = new_operation()?;
    let entry =
        Entry { result: Some(result.to_owned()), ..context.entry(store, action, Phase::Event, &operation) };
    let notices = notification.map(|it| it.into_notices(context, store.clock.now_unix_ms()));
    Ok(append_and_notify(state, entry, notices.as_ref(), statements, Commit::Durable).await?)
}

/// Appends a row and queues the notices of its operation, in one transaction with `statements`. Returns `false`, and
/// writes nothing, as [`chain::append`] does.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn append_and_notify(
    state: &AppState,
    entry: Entry,
    notices: Option<&Notices>,
    mut statements: Vec<Statement>,
    commit: Commit,
) -> Result<bool, StoreError> {
    let rows = outbox::rows(&state.store, &entry.user, &entry.operation, notices)?;
    let has_notices = !rows.is_empty();
    statements.extend(rows);
    let is_written = chain::append(&state.store, entry, statements, commit).await?;
    if is_written && has_notices {
        state.outbox_filled.notify_one();
    }
    Ok(is_written)
}

/// Seals users' keys with the newest of the server's keys.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn renew_keys(state: &AppState) -> Result<(), StoreError> {
    while origin::renew_keys(&state.store).await? {}
    Ok(())
}

/// One row of the audit log as an operator reads it.
#[derive(Serialize)]
pub struct AuditLogRow {
    /// Its position in the chain.
    pub number: i64,
    /// When it was written, in Unix milliseconds.
    pub at_ms: i64,
    /// The operation, as in the route list.
    pub action: String,
    /// `intent`, `outcome` or `event`.
    pub phase: String,
    /// The id of the change that it belongs to.
    pub operation: String,
    /// The outcome.
    pub result: Option<String>,
    /// The application.
    pub client: Option<String>,
    /// The beginning of the digest of the app instance's secret.
    pub instance: Option<String>,
    /// The IP address it came from.
    pub ip: Option<String>,
    /// The program it came from.
    pub program: Option<String>,
    /// The id under which the request was logged.
    pub request: Option<String>,
    /// The values before, masked, as JSON.
    pub old_values: Option<String>,
    /// The values after, masked, as JSON.
    pub new_values: Option<String>,
}

/// Returns the rows of one user, in order (`--show-journal`).
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn rows_of(store: &Store, user: &str) -> Result<Vec<AuditLogRow>, StoreError> {
    let links = chain::rows_of(store, user).await?;
    let row = |Link { seq, entry, .. }: Link| AuditLogRow {
        number: seq,
        at_ms: entry.at_ms,
        action: entry.action,
        phase: entry.phase,
        operation: entry.operation,
        result: entry.result,
        client: entry.client,
        instance: entry.instance,
        ip: entry.ip,
        program: entry.device,
        request: entry.request,
        old_values: entry.old_values,
        new_values: entry.new_values,
    };
    Ok(links.into_iter().map(row).collect())
}

/// Removes rows that are older than the operator's retention time.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn prune(state: &AppState) -> Result<(), StoreError> {
    let Some(retention) = state.config.journal.retention else { return Ok(()) };
    let retention = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
    let before = state.store.now_ms().saturating_sub(retention);
    while chain::prune(&*state.store.database, before).await? {}
    chain::remove_empty(&*state.store.database).await
}
