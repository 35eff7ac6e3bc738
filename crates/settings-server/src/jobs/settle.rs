//! Settling changes whose outcome was not written down (B20), at the start and at least once a minute; and removing
//! what the journal need not keep any longer.

use std::sync::Arc;
use std::time::Duration;

use super::LONGEST_PAUSE;
use crate::journal;
use crate::state::AppState;

/// Settles what is old enough. Says how long it is until the next one is.
pub(super) async fn round(state: &Arc<AppState>) -> Duration {
    let open = match journal::open_intents(&state.store).await {
        Ok(open) => open,
        Err(error) => {
            tracing::error!(%error, "open changes cannot be read");
            return LONGEST_PAUSE;
        }
    };
    if let Err(error) = journal::shorten(state).await {
        tracing::error!(%error, "old rows of the journal cannot be removed");
    }
    if let Err(error) = journal::renew_keys(state).await {
        tracing::error!(%error, "users' keys of the journal cannot be sealed anew");
    }
    let mut pause = LONGEST_PAUSE;
    for intent in open {
        let due_in = intent.due_in(state);
        if due_in > Duration::ZERO {
            pause = pause.min(due_in);
            continue;
        }
        let operation = intent.operation.clone();
        if let Err(failure) = journal::settle(state, intent).await {
            tracing::warn!(operation, reason = failure.message, "a change cannot be settled yet");
        }
    }
    pause
}
