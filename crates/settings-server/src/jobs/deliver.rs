//! Delivering notices by mail (B29): at once after a change, and with growing pauses after failures. Without a mail
//! server they wait for one, for a few days.

use std::time::Duration;

use super::LONGEST_PAUSE;
use crate::notices::Text;
use crate::notices::outbox;
use crate::state::AppState;
use crate::store::StoreError;

/// Sends what is due. Returns the time until the next message is due.
pub(super) async fn round(state: &AppState) -> Duration {
    let outcome = async {
        outbox::prune(&state.store).await?;
        send_all(state).await?;
        outbox::next_due_in(&state.store).await
    };
    match outcome.await {
        Ok(Some(next)) if state.mailer.is_some() => next,
        Ok(_) => LONGEST_PAUSE,
        Err(error) => {
            tracing::error!(%error, "notices: the outbox cannot be read or written");
            LONGEST_PAUSE
        }
    }
}

async fn send_all(state: &AppState) -> Result<(), StoreError> {
    let Some(mailer) = &state.mailer else { return Ok(()) };
    while let Some(message) = outbox::claim_due(&state.store).await? {
        let organisation = state.config.app.name.as_deref();
        let text = Text::of_several(&message.notice, &message.others, message.more, organisation);
        let (id, kind) = (message.id.clone(), message.notice.kind);
        match mailer.send(&message.id, &message.to, &text, message.notice.at_ms).await {
            Ok(()) => {
                tracing::info!(id, ?kind, "notices: sent");
                message.sent(&state.store).await?;
            }
            Err(error) => {
                let again = message.failed(&state.store, error.is_final()).await?;
                tracing::warn!(id, ?kind, %error, again, "notices: not sent");
            }
        }
    }
    Ok(())
}
