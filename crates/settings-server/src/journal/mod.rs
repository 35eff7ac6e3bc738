//! The journal: who changed what, when, from where, and what became of it (B20, B31). Logto keeps no such record.
//!
//! A change is begun before Logto is asked and finished afterwards:
//!
//! ```text
//! journal::change(&state, who, "account_update", |turn| async move {
//!     let user = read(…).await?;                        // under the user's lock
//!     if turn.was_done_before() { return Ok(view(user)) }  // a repeated request
//!     let intent = Intent::default().expecting("name", &user.name, &name).telling(Telling::about(kind, &user));
//!     turn.carry_out(intent, state.update_user(…)).await
//! })
//! ```
//!
//! `begin` commits what is expected, or the change is refused. `finish` commits what came of it together with the
//! notices for the outbox. What lies between may be cut off at any point: then the intent stays open, and
//! `jobs::settle` finds out by looking at Logto.

mod chain;
mod entry;
mod idempotency;
mod intent;
mod masks;
mod observe;
mod operation;
mod origin;
pub(crate) mod outbox;
mod settling;
#[cfg(test)]
mod tests;
mod who;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use entry::{Entry, Link, Phase};
use serde::Serialize;

pub use chain::JournalReport;
pub(crate) use intent::{Intent, Telling};
pub(crate) use observe::name_of_password;
pub(crate) use operation::Ending;
pub(crate) use operation::Turn;
pub(crate) use settling::{open_intents, settle};
pub(crate) use who::Who;

use crate::error::Failure;
use crate::state::AppState;
use crate::store::{Database, Lease, Statement, Store, StoreError};

/// Runs `work` as the only change of this person's account (see `locks`), with what it needs to write down what it
/// does. `action` names the operation, as in the route list.
///
/// # Errors
/// Those of `work`; 422 when the request's key was used for another request; 503 when the same request is under way, or
/// when its outcome is not known yet; 429 `rate_limited` when the user's or the network's budget of changes is used up.
pub(crate) async fn change<T, F>(
    state: &Arc<AppState>,
    who: Who,
    action: &'static str,
    work: impl FnOnce(Turn) -> F + Send + 'static,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    state.fair.change(&who).await?;
    // Asked once more below: this only spares a repeated request the waiting.
    idempotency::standing(&state.store, &who).await?;
    take_turn(state, who, action, work).await
}

/// As [`change`], for an operation that needs a proof. A request that shows no grant cannot have one, so its `work` runs
/// without the user's lock first, on a turn that writes nothing: a challenge, or any other refusal, waits for no change
/// that is under way. Where `work` comes as far as to write something, it begins again under the lock; so it must
/// write nothing before it asks its turn to. Whatever shows a grant is decided under the lock alone, and so is a
/// repetition.
///
/// # Errors
/// As [`change`].
pub(crate) async fn sensitive<T, F>(
    state: &Arc<AppState>,
    who: Who,
    action: &'static str,
    work: impl FnOnce(Turn) -> F + Clone + Send + 'static,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    state.fair.change(&who).await?;
    let standing = idempotency::standing(&state.store, &who).await?;
    if !who.shows_grant && matches!(standing, idempotency::Standing::New) {
        let (turn, wants_to_write) = Turn::without_lock(Arc::clone(state), who.clone(), action)?;
        let outcome = work.clone()(turn).await;
        if let (Err(failure), false) = (outcome, wants_to_write.load(Ordering::Relaxed)) {
            return Err(failure);
        }
    }
    take_turn(state, who, action, work).await
}

async fn take_turn<T, F>(
    state: &Arc<AppState>,
    who: Who,
    action: &'static str,
    work: impl FnOnce(Turn) -> F + Send + 'static,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let user = who.user.clone();
    let turn = {
        let state = Arc::clone(state);
        |lease: Arc<Lease>| async move {
            let standing = idempotency::standing(&state.store, &who).await?;
            let standing = settling::look_again(&state, &who, standing, &lease).await?;
            work(Turn::new(state, who, action, standing, lease)?).await
        }
    };
    state.locks.change_under(&user, turn).await
}

/// Writes down something that changes nothing in Logto, such as a wrong code, and who is to be told of it.
///
/// # Errors
/// `store_unavailable`: then what would have followed must not happen.
pub(crate) async fn event(
    state: &AppState,
    who: &Who,
    action: &'static str,
    result: &'static str,
    telling: Option<Telling>,
) -> Result<(), Failure> {
    if !event_with(state, who, (action, result), telling, Vec::new()).await? {
        return Err(StoreError::Corrupt("a chain of the journal is broken at its end").into());
    }
    Ok(())
}

/// As [`event`], together with other records: all of them are written or none. `false` when one of `beside` changes
/// nothing, or when the chain of the journal is broken at its end.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn event_with(
    state: &AppState,
    who: &Who,
    (action, result): (&'static str, &'static str),
    telling: Option<Telling>,
    mut beside: Vec<Statement>,
) -> Result<bool, Failure> {
    let store = &state.store;
    let operation = operation::new_id()?;
    let entry =
        Entry { result: Some(result.to_owned()), ..who.entry(store, action, Phase::Event, &operation) };
    let notices = telling.map(|telling| telling.notices(who, store.clock.now_unix_ms()));
    let rows = outbox::rows(store, who.user.as_str(), &operation, notices.as_ref())?;
    let queued = !rows.is_empty();
    beside.extend(rows);
    let written = chain::append(store, entry, beside).await?;
    if written && queued {
        state.outbox_filled.notify_one();
    }
    Ok(written)
}

/// Seals users' keys with the newest of the server's keys.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn renew_keys(state: &AppState) -> Result<(), StoreError> {
    while origin::renew_keys(&state.store).await? {}
    Ok(())
}

/// One row of the journal as an operator reads it.
#[derive(Serialize)]
pub struct JournalRow {
    /// Its place in the chain.
    pub number: i64,
    /// When it was written, in Unix milliseconds.
    pub at_ms: i64,
    /// The operation, as in the route list.
    pub action: String,
    /// `intent`, `outcome` or `event`.
    pub phase: String,
    /// Which change it belongs to.
    pub operation: String,
    /// What became of it.
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

/// The rows of one user, in order (`--show-journal`).
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn rows_of(store: &Store, user: &str) -> Result<Vec<JournalRow>, StoreError> {
    let links = chain::rows_of(store, user).await?;
    let row = |Link { seq, entry, .. }: Link| JournalRow {
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

/// Removes what is older than the operator wants to keep.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn shorten(state: &AppState) -> Result<(), StoreError> {
    let Some(retention) = state.config.journal.retention else { return Ok(()) };
    let retention = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
    let before = state.store.now_ms().saturating_sub(retention);
    while chain::shorten(&*state.store.database, before).await? {}
    chain::forget_empty(&*state.store.database).await
}

/// Checks every chain (`--verify-journal`).
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn verify(database: &dyn Database) -> Result<JournalReport, StoreError> {
    chain::verify(database).await
}
