//! Signing in and out.

use super::{Answer, Core};

#[tauri::command]
pub(crate) async fn sign_in(core: Core<'_>) -> Answer<()> {
    Ok(core.sign_in().await?)
}

#[tauri::command]
pub(crate) async fn sign_in_reopen(core: Core<'_>) -> Answer<()> {
    Ok(core.sign_in_reopen().await?)
}

#[tauri::command]
pub(crate) async fn sign_in_copy_link(core: Core<'_>) -> Answer<()> {
    Ok(core.sign_in_copy_link().await?)
}

#[tauri::command]
pub(crate) async fn sign_in_cancel(core: Core<'_>) -> Answer<()> {
    core.sign_in_cancel().await;
    Ok(())
}

#[tauri::command]
pub(crate) async fn sign_out(core: Core<'_>, account_id: String, end_browser_session: bool) -> Answer<()> {
    Ok(core.sign_out(&account_id, end_browser_session).await?)
}

#[tauri::command]
pub(crate) async fn session_keep(core: Core<'_>, account_id: String) -> Answer<()> {
    Ok(core.session_keep(&account_id).await?)
}
