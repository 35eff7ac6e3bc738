//! The state of the app and the page's first moments.

use account_api::app::{AppState, Page};

use super::Core;
use crate::startup;

#[tauri::command]
pub(crate) fn app_state(core: Core<'_>) -> AppState {
    core.state()
}

#[tauri::command]
pub(crate) fn pending_page(core: Core<'_>) -> Option<Page> {
    core.pending_page()
}

#[tauri::command]
pub(crate) fn first_view() {
    let age = startup::since_process_start();
    tracing::info!(
        since_process_start_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
        "first view drawn"
    );
}
