//! The browser sessions and grants of the user.

use account_api::app::Outcome;
use account_api::sessions::{EndOthersRequest, SessionsEndedView, SessionsView};

use super::{Answer, Shell};

pub(crate) async fn sessions_list(shell: Shell<'_>, account_id: String) -> Answer<SessionsView> {
    Ok(shell.core.sessions_list(&account_id).await?)
}

pub(crate) async fn session_end(
    shell: Shell<'_>,
    account_id: String,
    session: String,
) -> Answer<Outcome<SessionsEndedView>> {
    Ok(shell.core.session_end(&account_id, &session).await?)
}

pub(crate) async fn grant_end(
    shell: Shell<'_>,
    account_id: String,
    grant: String,
) -> Answer<Outcome<SessionsEndedView>> {
    Ok(shell.core.grant_end(&account_id, &grant).await?)
}

pub(crate) async fn sessions_end_others(
    shell: Shell<'_>,
    account_id: String,
    request: EndOthersRequest,
) -> Answer<Outcome<SessionsEndedView>> {
    Ok(shell.core.sessions_end_others(&account_id, request).await?)
}
