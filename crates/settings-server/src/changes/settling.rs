//! Settling one open intent: a read of Logto shows whether the change was applied (B20).

use std::sync::Arc;
use std::time::Duration;

use logto_client::UserId;

use super::change::close;
use super::idempotency::{self, Idempotency, Replay};
use super::intent::ExpectedDigest;
use super::observe::ObservedAccount;
use super::outcome::Outcome;
use crate::audit_log::{self, AuditField, Entry, Phase};
use crate::auth::token_floors;
use crate::error::Failure;
use crate::logto::upstream::{self, Purpose};
use crate::notices::notification::Notices;
use crate::state::AppState;
use crate::store::{Commit, Keeps, Lease, Statement, Store, StoreError};

/// How many intents are settled in one round.
const MOST: i64 = 500;

/// An intent without an outcome.
pub(crate) struct OpenIntent {
    pub(crate) operation: String,
    pub(crate) user: String,
    begun_ms: i64,
}

impl OpenIntent {
    /// Returns how long the intent must still be left alone: as long as its request may still be waiting for Logto.
    pub(crate) fn due_in(&self, state: &AppState) -> Duration {
        let patience = i64::try_from(state.config.limits.request_timeout.as_millis()).unwrap_or(i64::MAX);
        let due = self.begun_ms.saturating_add(patience);
        Duration::from_millis(u64::try_from(due.saturating_sub(state.store.now_ms())).unwrap_or(0))
    }
}

/// Returns the intents without an outcome, the oldest first, and removes expired idempotency keys.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn open_intents(store: &Store) -> Result<Vec<OpenIntent>, StoreError> {
    idempotency::remove_expired(store).await?;
    let sql = "SELECT operation, user_id, begun_at FROM intents ORDER BY begun_at LIMIT $1";
    let rows = store.database.rows(Statement::new(sql, [MOST.into()])).await?;
    let read = rows.iter().map(|row| {
        Ok(OpenIntent {
            operation: row.text("operation")?.to_owned(),
            user: row.text("user_id")?.to_owned(),
            begun_ms: row.integer("begun_at")?,
        })
    });
    read.collect()
}

/// Reads Logto under the user's lock and records whether the change was applied.
///
/// # Errors
/// `upstream_unavailable` when the user is being changed, `upstream_failed`, `store_unavailable`. Then the intent stays
/// open.
pub(crate) async fn settle(state: &Arc<AppState>, open: OpenIntent) -> Result<(), Failure> {
    let Some(user) = UserId::parse(&open.user) else {
        return Err(StoreError::Corrupt("an intent names no user").into());
    };
    let work = {
        let (state, user) = (Arc::clone(state), user.clone());
        |lease: Arc<Lease>| async move { settle_under(&state, &user, &open.operation, &lease).await }
    };
    state.locks.run(&user, work).await
}

/// Settles the user's other open intents, under the user's lock: a further change could hide whether they were applied.
pub(super) async fn settle_others(state: &AppState, user: &UserId, operation: &str, lease: &Lease) {
    let sql = "SELECT operation FROM intents WHERE user_id = $1 AND operation <> $2 ORDER BY begun_at";
    let statement = Statement::new(sql, [user.as_str().into(), operation.into()]);
    let Ok(rows) = state.store.database.rows(statement).await else { return };
    for other in rows.iter().filter_map(|row| row.text("operation").ok()) {
        if let Err(failure) = settle_under(state, user, other, lease).await {
            tracing::warn!(operation = other, reason = failure.message, "change: cannot be settled yet");
        }
    }
}

/// Settles a retried request before it is tried again: it may have been applied although its answer was lost.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
pub(super) async fn settle_retry(
    state: &AppState,
    user: &UserId,
    request: &Idempotency,
    replay: Replay,
    lease: &Lease,
) -> Result<Replay, Failure> {
    let Replay::Retry(operation) = &replay else { return Ok(replay) };
    settle_under(state, user, operation, lease).await?;
    idempotency::replay(&state.store, user, request).await
}

async fn settle_under(
    state: &AppState,
    user: &UserId,
    operation: &str,
    lease: &Lease,
) -> Result<(), Failure> {
    let store = &state.store;
    let sql = "SELECT action, expected, notices FROM intents WHERE operation = $1";
    let rows = store.database.rows(Statement::new(sql, [operation.into()])).await?;
    // It was finished meanwhile.
    let Some(row) = rows.first() else { return Ok(()) };
    let expected: Vec<ExpectedDigest> = serde_json::from_str(row.text("expected")?)
        .map_err(|_| StoreError::Corrupt("an intent cannot be read"))?;
    let outcome = outcome_of(state, user, operation, &expected).await?;
    let action = row.text("action")?.to_owned();
    if outcome.is_notified() && token_floors::is_raised_by(&action) {
        token_floors::raise(state, user, Keeps::Same).await?;
    }
    let sealed = row.optional_bytes("notices")?.filter(|_| outcome.is_notified());
    let notices = sealed.and_then(|sealed| Notices::open(store, operation, sealed));
    let statements = vec![lease.still_held(), close(operation)];
    // No request led to this row: the server read it from Logto.
    let entry = Entry {
        user: user.as_str().to_owned(),
        at_ms: store.now_ms(),
        action,
        phase: Phase::Outcome.as_str().to_owned(),
        operation: operation.to_owned(),
        result: Some(outcome.as_str().to_owned()),
        ..Entry::default()
    };
    if !audit_log::append_and_notify(state, entry, notices.as_ref(), statements, Commit::Durable).await? {
        return Err(StoreError::Unavailable.into());
    }
    tracing::warn!(
        operation,
        result = outcome.as_str(),
        "change: settled, because its outcome was not recorded"
    );
    Ok(())
}

/// Returns how much of the expected values Logto holds: all, none, or, of independent ones, some.
async fn outcome_of(
    state: &AppState,
    user: &UserId,
    operation: &str,
    expected: &[ExpectedDigest],
) -> Result<Outcome, Failure> {
    let account = ObservedAccount::read(state, user).await?;
    let (mut held, mut are_independent) = (0, true);
    for value in expected {
        let Ok(field) = value.field.parse::<AuditField>() else {
            return Err(
                StoreError::Corrupt("an intent expects a field that this version does not know").into()
            );
        };
        let present = account.value(&field).await;
        let present = present.map_err(|error| upstream::failure(&error, Purpose::Tenant))?;
        held += usize::from(value.is(&state.store, operation, &present));
        are_independent &= field.is_independent();
    }
    Ok(match held {
        _ if held == expected.len() => Outcome::Applied,
        0 => Outcome::NotApplied,
        _ if are_independent => Outcome::PartiallyApplied,
        _ => Outcome::NotApplied,
    })
}
