//! Where the person is signed in.

use account_api::app::Outcome;
use account_api::sessions::{EndOthersRequest, SessionsEndedView, SessionsView};

use super::{Answer, Core};

#[tauri::command]
pub(crate) async fn sessions_list(core: Core<'_>, account_id: String) -> Answer<SessionsView> {
    Ok(core.sessions_list(&account_id).await?)
}

#[tauri::command]
pub(crate) async fn session_end(
    core: Core<'_>,
    account_id: String,
    session: String,
) -> Answer<Outcome<SessionsEndedView>> {
    Ok(core.session_end(&account_id, &session).await?)
}

#[tauri::command]
pub(crate) async fn grant_end(
    core: Core<'_>,
    account_id: String,
    grant: String,
) -> Answer<Outcome<SessionsEndedView>> {
    Ok(core.grant_end(&account_id, &grant).await?)
}

#[tauri::command]
pub(crate) async fn sessions_end_others(
    core: Core<'_>,
    account_id: String,
    request: EndOthersRequest,
) -> Answer<Outcome<SessionsEndedView>> {
    Ok(core.sessions_end_others(&account_id, request).await?)
}
