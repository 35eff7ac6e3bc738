//! What the person signs in with: e-mail address, phone number and user name.

use account_api::account::AccountView;
use account_api::app::Outcome;
use account_api::identifiers::{
    EmailRemoveRequest, EmailSetRequest, PhoneRemoveRequest, PhoneSetRequest, UsernameUpdateRequest,
};
use account_api::step_up::{CodeConfirmRequest, CodeSentView};

use super::{Answer, Core};

#[tauri::command]
pub(crate) async fn email_set(
    core: Core<'_>,
    account_id: String,
    request: EmailSetRequest,
) -> Answer<Outcome<CodeSentView>> {
    Ok(core.email_set(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn email_confirm(
    core: Core<'_>,
    account_id: String,
    request: CodeConfirmRequest,
) -> Answer<AccountView> {
    Ok(core.email_confirm(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn email_remove(
    core: Core<'_>,
    account_id: String,
    request: EmailRemoveRequest,
) -> Answer<Outcome<AccountView>> {
    Ok(core.email_remove(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn phone_set(
    core: Core<'_>,
    account_id: String,
    request: PhoneSetRequest,
) -> Answer<Outcome<CodeSentView>> {
    Ok(core.phone_set(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn phone_confirm(
    core: Core<'_>,
    account_id: String,
    request: CodeConfirmRequest,
) -> Answer<AccountView> {
    Ok(core.phone_confirm(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn phone_remove(
    core: Core<'_>,
    account_id: String,
    request: PhoneRemoveRequest,
) -> Answer<Outcome<AccountView>> {
    Ok(core.phone_remove(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn username_update(
    core: Core<'_>,
    account_id: String,
    request: UsernameUpdateRequest,
) -> Answer<Outcome<AccountView>> {
    Ok(core.username_update(&account_id, request).await?)
}
