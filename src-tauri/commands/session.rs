//! Signing in and out.

use super::{Answer, Shell};

pub(crate) async fn sign_in(shell: Shell<'_>) -> Answer<()> {
    Ok(shell.core.sign_in().await?)
}

pub(crate) async fn sign_in_reopen(shell: Shell<'_>) -> Answer<()> {
    Ok(shell.core.sign_in_reopen().await?)
}

pub(crate) async fn sign_in_copy_link(shell: Shell<'_>) -> Answer<()> {
    Ok(shell.core.sign_in_copy_link().await?)
}

pub(crate) async fn sign_in_cancel(shell: Shell<'_>) -> Answer<()> {
    shell.core.sign_in_cancel().await;
    Ok(())
}

pub(crate) async fn sign_out(shell: Shell<'_>, account_id: String, end_browser_session: bool) -> Answer<()> {
    Ok(shell.core.sign_out(&account_id, end_browser_session).await?)
}

pub(crate) async fn session_keep(shell: Shell<'_>, account_id: String) -> Answer<()> {
    Ok(shell.core.session_keep(&account_id).await?)
}
