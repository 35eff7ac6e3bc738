//! Settling one open intent: Logto says whether the change was made (B20).

use std::sync::Arc;
use std::time::Duration;

use logto_client::UserId;

use super::entry::{Entry, Phase};
use super::idempotency::Standing;
use super::intent::{Kept, Notices};
use super::observe::Present;
use super::operation::{Ending, close};
use super::{Who, chain, idempotency, outbox};
use crate::auth::token_floors;
use crate::error::Failure;
use crate::logto::upstream::{self, Purpose};
use crate::state::AppState;
use crate::store::{Keeps, Lease, Statement, Store, StoreError};

/// So many are looked at in one round.
const MOST: i64 = 500;

/// An intent without an outcome.
pub(crate) struct Open {
    pub(crate) operation: String,
    pub(crate) user: String,
    begun_ms: i64,
}

impl Open {
    /// How long it must be left alone: as long as its request may still be waiting for Logto.
    pub(crate) fn due_in(&self, state: &AppState) -> Duration {
        let patience = i64::try_from(state.config.limits.request_timeout.as_millis()).unwrap_or(i64::MAX);
        let due = self.begun_ms.saturating_add(patience);
        Duration::from_millis(u64::try_from(due.saturating_sub(state.store.now_ms())).unwrap_or(0))
    }
}

/// Intents without an outcome, the oldest first. Forgets expired keys of requests on the way.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn open_intents(store: &Store) -> Result<Vec<Open>, StoreError> {
    idempotency::forget_expired(store).await?;
    let sql = "SELECT operation, user_id, begun_at FROM intents ORDER BY begun_at LIMIT $1";
    let rows = store.database.rows(Statement::new(sql, [MOST.into()])).await?;
    let read = rows.iter().map(|row| {
        Ok(Open {
            operation: row.text(0)?.to_owned(),
            user: row.text(1)?.to_owned(),
            begun_ms: row.integer(2)?,
        })
    });
    read.collect()
}

/// Looks at Logto under the user's lock and writes down whether the change was made.
///
/// # Errors
/// 503 when somebody else changes the user; Logto's, in our words; the store's. Then the intent stays open.
pub(crate) async fn settle(state: &Arc<AppState>, open: Open) -> Result<(), Failure> {
    let Some(user) = UserId::parse(&open.user) else {
        return Err(StoreError::Corrupt("an intent names no user").into());
    };
    let work = {
        let (state, user) = (Arc::clone(state), user.clone());
        |lease: Arc<Lease>| async move { settle_under(&state, &user, &open.operation, &lease).await }
    };
    state.locks.change_under(&user, work).await
}

/// Settles what else is open of this user, whose lock is held: a further change could hide whether it was done.
pub(super) async fn settle_others(state: &AppState, user: &UserId, operation: &str, lease: &Lease) {
    let sql = "SELECT operation FROM intents WHERE user_id = $1 AND operation <> $2 ORDER BY begun_at";
    let statement = Statement::new(sql, [user.as_str().into(), operation.into()]);
    let Ok(rows) = state.store.database.rows(statement).await else { return };
    for other in rows.iter().filter_map(|row| row.text(0).ok()) {
        if let Err(failure) = settle_under(state, user, other, lease).await {
            tracing::warn!(operation = other, reason = failure.message, "a change cannot be settled yet");
        }
    }
}

/// A repeated request whose first answer was lost may have been done: Logto is looked at before it is tried again.
///
/// # Errors
/// `upstream_failed`, `upstream_unavailable`, `store_unavailable`.
pub(super) async fn look_again(
    state: &AppState,
    who: &Who,
    standing: Standing,
    lease: &Lease,
) -> Result<Standing, Failure> {
    let Standing::Again(operation) = &standing else { return Ok(standing) };
    settle_under(state, &who.user, operation, lease).await?;
    idempotency::standing(&state.store, who).await
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
    // Finished meanwhile.
    let Some(row) = rows.first() else { return Ok(()) };
    let expected: Vec<Kept> =
        serde_json::from_str(row.text(1)?).map_err(|_| StoreError::Corrupt("an intent cannot be read"))?;
    let ending = ending_of(state, user, operation, &expected).await?;
    let action = row.text(0)?.to_owned();
    if ending.is_told() && token_floors::is_raised_by(&action) {
        token_floors::raise(state, user, Keeps::Same).await?;
    }
    let sealed = row.optional_bytes(2)?.filter(|_| ending.is_told());
    let notices = sealed.and_then(|sealed| Notices::open(store, operation, sealed));
    let rows_of_outbox = outbox::rows(store, user.as_str(), operation, notices.as_ref())?;
    let queued = !rows_of_outbox.is_empty();
    let mut beside = vec![lease.still_held(), close(operation)];
    beside.extend(rows_of_outbox);
    // No app asked for this row: this server found out.
    let entry = Entry {
        user: user.as_str().to_owned(),
        at_ms: store.now_ms(),
        action,
        phase: Phase::Outcome.as_str().to_owned(),
        operation: operation.to_owned(),
        result: Some(ending.as_str().to_owned()),
        ..Entry::default()
    };
    if !chain::append(store, entry, beside).await? {
        return Err(StoreError::Unavailable.into());
    }
    if queued {
        state.outbox_filled.notify_one();
    }
    tracing::warn!(
        operation,
        result = ending.as_str(),
        "settled a change whose outcome was not written down"
    );
    Ok(())
}

/// What Logto holds of the expected values: all of them, none, or, where each stands alone, some.
async fn ending_of(
    state: &AppState,
    user: &UserId,
    operation: &str,
    expected: &[Kept],
) -> Result<Ending, Failure> {
    let present = Present::read(state, user).await?;
    let mut held = 0;
    for kept in expected {
        let value = present.observe(&kept.what).await;
        let Some(value) = value.map_err(|error| upstream::failure(&error, Purpose::Tenant))? else {
            return Err(StoreError::Corrupt("an intent expects what this version does not know").into());
        };
        held += usize::from(kept.is(&state.store, operation, &value));
    }
    let stand_alone = expected.iter().all(|kept| kept.stands_alone());
    Ok(match held {
        _ if held == expected.len() => Ending::Done,
        0 => Ending::Undone,
        _ if stand_alone => Ending::Partly,
        _ => Ending::Undone,
    })
}
