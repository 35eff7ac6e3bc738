//! The account: reading it again, changing it, its pictures.

use account_api::account::{AccountUpdateRequest, AccountView, ProfileUpdateRequest};
use account_api::custom_fields::CustomFieldsUpdateRequest;
use account_api::memberships::MembershipsView;

use super::{Answer, Core};

#[tauri::command]
pub(crate) async fn account_refresh(core: Core<'_>, account_id: String) -> Answer<AccountView> {
    Ok(core.account_refresh(&account_id).await?)
}

#[tauri::command]
pub(crate) async fn account_update(
    core: Core<'_>,
    account_id: String,
    request: AccountUpdateRequest,
) -> Answer<AccountView> {
    Ok(core.account_update(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn profile_update(
    core: Core<'_>,
    account_id: String,
    request: ProfileUpdateRequest,
) -> Answer<AccountView> {
    Ok(core.profile_update(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn custom_fields_update(
    core: Core<'_>,
    account_id: String,
    request: CustomFieldsUpdateRequest,
) -> Answer<AccountView> {
    Ok(core.custom_fields_update(&account_id, request).await?)
}

#[tauri::command]
pub(crate) async fn memberships(core: Core<'_>, account_id: String) -> Answer<MembershipsView> {
    Ok(core.memberships(&account_id).await?)
}

#[tauri::command]
pub(crate) async fn picture(core: Core<'_>, url: String) -> Answer<String> {
    Ok(core.picture(&url).await?)
}
