//! The password. What the person types goes to the core and comes back nowhere.

use account_api::account::AccountView;
use account_api::app::Outcome;
use account_api::password::{PasswordRules, PasswordUpdateRequest};

use super::{Answer, Core};

#[tauri::command]
pub(crate) async fn password_rules(core: Core<'_>, account_id: String) -> Answer<PasswordRules> {
    Ok(core.password_rules(&account_id).await?)
}

#[tauri::command]
pub(crate) async fn password_update(
    core: Core<'_>,
    account_id: String,
    request: PasswordUpdateRequest,
) -> Answer<Outcome<AccountView>> {
    Ok(core.password_update(&account_id, request).await?)
}
