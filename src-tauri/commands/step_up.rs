//! Step-up: proofs for sensitive commands. Nonces and grants stay in the core.

use account_api::app::StepUpProgress;
use account_api::secret::SecretText;
use account_api::step_up::{CodeConfirmRequest, CodeRoute, CodeSentView};

use super::{Answer, Shell};

pub(crate) async fn step_up_browser(
    shell: Shell<'_>,
    account_id: String,
    step_up: String,
) -> Answer<StepUpProgress> {
    Ok(shell.core.step_up_browser(&account_id, &step_up).await?)
}

pub(crate) async fn step_up_browser_reopen(shell: Shell<'_>) -> Answer<()> {
    Ok(shell.core.step_up_browser_reopen().await?)
}

pub(crate) async fn step_up_browser_copy_link(shell: Shell<'_>) -> Answer<()> {
    Ok(shell.core.step_up_browser_copy_link().await?)
}

pub(crate) async fn step_up_browser_cancel(shell: Shell<'_>) -> Answer<()> {
    shell.core.step_up_browser_cancel().await;
    Ok(())
}

pub(crate) async fn step_up_password(
    shell: Shell<'_>,
    account_id: String,
    step_up: String,
    password: SecretText,
) -> Answer<StepUpProgress> {
    Ok(shell.core.step_up_password(&account_id, &step_up, password).await?)
}

pub(crate) async fn step_up_code_send(
    shell: Shell<'_>,
    account_id: String,
    step_up: String,
    route: CodeRoute,
) -> Answer<CodeSentView> {
    Ok(shell.core.step_up_code_send(&account_id, &step_up, route).await?)
}

pub(crate) async fn step_up_code_confirm(
    shell: Shell<'_>,
    account_id: String,
    step_up: String,
    request: CodeConfirmRequest,
) -> Answer<StepUpProgress> {
    Ok(shell.core.step_up_code_confirm(&account_id, &step_up, request).await?)
}
