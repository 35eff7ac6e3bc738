//! The state of the app and the page's first moments.

use account_api::app::{AppState, Page};

use super::{Answer, Shell};
use crate::startup;

pub(crate) async fn app_state(shell: Shell<'_>) -> Answer<AppState> {
    Ok(shell.core.state())
}

pub(crate) async fn pending_page(shell: Shell<'_>) -> Answer<Option<Page>> {
    Ok(shell.core.pending_page())
}

pub(crate) async fn first_view(_shell: Shell<'_>) -> Answer<()> {
    let age = startup::since_process_start();
    tracing::info!(
        since_process_start_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
        "first view drawn"
    );
    Ok(())
}
