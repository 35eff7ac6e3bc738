//! Proving again who is asking. What was proven stays in the core.

use account_api::app::StepUpProgress;
use account_api::secret::SecretText;
use account_api::step_up::{CodeConfirmRequest, CodeRoute, CodeSentView};

use super::{Answer, Core};

#[tauri::command]
pub(crate) async fn step_up_browser(
    core: Core<'_>,
    account_id: String,
    step_up: String,
) -> Answer<StepUpProgress> {
    Ok(core.step_up_browser(&account_id, &step_up).await?)
}

#[tauri::command]
pub(crate) async fn step_up_browser_reopen(core: Core<'_>) -> Answer<()> {
    Ok(core.step_up_browser_reopen().await?)
}

#[tauri::command]
pub(crate) async fn step_up_browser_copy_link(core: Core<'_>) -> Answer<()> {
    Ok(core.step_up_browser_copy_link().await?)
}

#[tauri::command]
pub(crate) async fn step_up_browser_cancel(core: Core<'_>) -> Answer<()> {
    core.step_up_browser_cancel().await;
    Ok(())
}

#[tauri::command]
pub(crate) async fn step_up_password(
    core: Core<'_>,
    account_id: String,
    step_up: String,
    password: SecretText,
) -> Answer<StepUpProgress> {
    Ok(core.step_up_password(&account_id, &step_up, password).await?)
}

#[tauri::command]
pub(crate) async fn step_up_code_send(
    core: Core<'_>,
    account_id: String,
    step_up: String,
    route: CodeRoute,
) -> Answer<CodeSentView> {
    Ok(core.step_up_code_send(&account_id, &step_up, route).await?)
}

#[tauri::command]
pub(crate) async fn step_up_code_confirm(
    core: Core<'_>,
    account_id: String,
    step_up: String,
    request: CodeConfirmRequest,
) -> Answer<StepUpProgress> {
    Ok(core.step_up_code_confirm(&account_id, &step_up, request).await?)
}
