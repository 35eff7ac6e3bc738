//! Settles changes whose outcome was not recorded (B20), at the start and at least once a minute; and removes rows of
//! the audit log that are older than its retention.

use std::sync::Arc;
use std::time::Duration;

use super::LONGEST_PAUSE;
use crate::audit_log;
use crate::changes;
use crate::state::AppState;

/// Settles the intents that are old enough. Returns the time until the next one is.
pub(super) async fn round(state: &Arc<AppState>) -> Duration {
    let open = match changes::open_intents(&state.store).await {
        Ok(open) => open,
        Err(error) => {
            tracing::error!(%error, "change: open intents cannot be read");
            return LONGEST_PAUSE;
        }
    };
    if let Err(error) = audit_log::prune(state).await {
        tracing::error!(%error, "audit log: old rows cannot be removed");
    }
    if let Err(error) = audit_log::renew_keys(state).await {
        tracing::error!(%error, "audit log: keys of users cannot be re-sealed");
    }
    let mut pause = LONGEST_PAUSE;
    for intent in open {
        let due_in = intent.due_in(state);
        if due_in > Duration::ZERO {
            pause = pause.min(due_in);
            continue;
        }
        let operation = intent.operation.clone();
        if let Err(failure) = changes::settle(state, intent).await {
            tracing::warn!(operation, reason = failure.message, "change: cannot be settled yet");
        }
    }
    pause
}
