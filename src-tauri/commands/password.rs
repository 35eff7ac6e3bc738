//! The password. What the user types goes to the core and is never returned.

use account_api::account::AccountView;
use account_api::app::Outcome;
use account_api::password::{PasswordRules, PasswordUpdateRequest};

use super::{Answer, Shell};

pub(crate) async fn password_rules(shell: Shell<'_>, account_id: String) -> Answer<PasswordRules> {
    Ok(shell.core.password_rules(&account_id).await?)
}

pub(crate) async fn password_update(
    shell: Shell<'_>,
    account_id: String,
    request: PasswordUpdateRequest,
) -> Answer<Outcome<AccountView>> {
    Ok(shell.core.password_update(&account_id, request).await?)
}
