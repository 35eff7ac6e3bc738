//! The password: the tenant's rules, and setting a new one. It is only in memory, and only as long as the request
//! takes.

use std::sync::Arc;

use account_api::account::AccountView;
use account_api::app::Outcome;
use account_api::password::{PasswordRules, PasswordUpdateRequest};
use account_api::step_up::Purpose;

use super::App;
use crate::backend::routes;
use crate::discovery::displayable;
use crate::error::Error;
use crate::step_up::StepUpRequirement;

impl App {
    /// Requests the tenant's rules for passwords.
    ///
    /// # Errors
    /// `FieldNotEditable` when the account has no password to show, and as [`App::account_refresh`].
    pub async fn password_rules(self: &Arc<Self>, account_id: &str) -> Result<PasswordRules, Error> {
        let session = self.session(account_id)?;
        let mut rules = self.ask(&session, routes::password_rules()).await?;
        rules.rejected_words = rules.rejected_words.iter().filter_map(|word| displayable(word)).collect();
        Ok(rules)
    }

    /// Sets a first password, or changes it.
    ///
    /// # Errors
    /// `PasswordRejected` with the rules it breaks, `InvalidValue` for a text that cannot be a password,
    /// `FieldNotEditable`, and as [`App::account_refresh`].
    pub async fn password_update(
        self: &Arc<Self>,
        account_id: &str,
        request: PasswordUpdateRequest,
    ) -> Result<Outcome<AccountView>, Error> {
        let session = self.session(account_id)?;
        let requirement = StepUpRequirement { purpose: Purpose::Password, target: String::new() };
        self.sensitive_account_request(&session, requirement, routes::password_update(&request)?).await
    }
}
