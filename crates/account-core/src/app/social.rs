//! Linked social accounts: listing and unlinking them.

use std::sync::Arc;

use account_api::app::Outcome;
use account_api::social::{SocialUnlinkRequest, SocialView};
use account_api::step_up::Purpose;

use super::App;
use crate::backend::routes;
use crate::error::Error;
use crate::step_up::StepUpRequirement;

impl App {
    /// Lists the linked accounts, and the providers of which one can be linked.
    ///
    /// # Errors
    /// As [`App::account_refresh`]; `FieldNotEditable` from the server where they are off.
    pub async fn social_list(self: &Arc<Self>, account_id: &str) -> Result<SocialView, Error> {
        let session = self.session(account_id)?;
        self.ask(&session, routes::social()).await
    }

    /// Unlinks a social account.
    ///
    /// # Errors
    /// As [`App::account_refresh`]; from the server `SocialNotLinked`, and `LastSignInMethod` where no other sign-in method
    /// would remain.
    pub async fn social_unlink(
        self: &Arc<Self>,
        account_id: &str,
        request: SocialUnlinkRequest,
    ) -> Result<Outcome<SocialView>, Error> {
        let session = self.session(account_id)?;
        let need = StepUpRequirement { purpose: Purpose::UnlinkSocial, target: request.key.clone() };
        self.sensitive(&session, need, routes::social_unlink(&request)?).await
    }
}
