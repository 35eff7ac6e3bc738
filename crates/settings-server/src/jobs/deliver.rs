//! Delivering notices by mail (B29): at once after a change, and with growing pauses after failures. Without a mail
//! server they wait for one, for a few days.

use std::time::Duration;

use super::LONGEST_PAUSE;
use crate::journal::outbox;
use crate::notices::Text;
use crate::state::AppState;
use crate::store::StoreError;

/// Sends what is due. Says how long it is until the next mail is.
pub(super) async fn round(state: &AppState) -> Duration {
    let outcome = async {
        outbox::tidy(&state.store).await?;
        send_all(state).await?;
        outbox::next_due_in(&state.store).await
    };
    match outcome.await {
        Ok(Some(next)) if state.post.is_some() => next,
        Ok(_) => LONGEST_PAUSE,
        Err(error) => {
            tracing::error!(%error, "the outbox cannot be used");
            LONGEST_PAUSE
        }
    }
}

async fn send_all(state: &AppState) -> Result<(), StoreError> {
    let Some(post) = &state.post else { return Ok(()) };
    while let Some(letter) = outbox::take_due(&state.store).await? {
        let organisation = state.config.app.name.as_deref();
        let text = Text::of_several(&letter.notice, &letter.others, letter.more, organisation);
        let (id, kind) = (letter.id.clone(), letter.notice.kind);
        match post.send(&letter.id, &letter.to, &text, letter.notice.at_ms).await {
            Ok(()) => {
                tracing::info!(id, ?kind, "a notice went out");
                letter.sent(&state.store).await?;
            }
            Err(error) => {
                let again = letter.failed(&state.store, error.is_final()).await?;
                tracing::warn!(id, ?kind, %error, again, "a notice did not go out");
            }
        }
    }
    Ok(())
}
