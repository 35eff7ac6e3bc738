//! Linked social accounts: listing, unlinking and restoring them.

use std::sync::Arc;

use account_api::app::Outcome;
use account_api::social::{SocialForgetRequest, SocialRestoreRequest, SocialUnlinkRequest, SocialView};
use account_api::step_up::Purpose;

use url::Url;

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

    /// Opens Logto's account center in the system browser, on the page where social accounts are linked.
    ///
    /// # Errors
    /// `AccountChanged`, `SignedOut`, `BrowserUnavailable`.
    pub async fn social_account_center(&self, account_id: &str) -> Result<(), Error> {
        let session = self.session(account_id)?;
        // Logto's own address is the issuer's without `/oidc`.
        let issuer = session.identity.issuer.trim_end_matches('/');
        let endpoint = issuer.strip_suffix("/oidc").ok_or(Error::IssuerFailed)?;
        let url = Url::parse(&format!("{endpoint}/account/security")).map_err(|_| Error::IssuerFailed)?;
        self.dependencies.host.open_in_browser(&url)?;
        Ok(())
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

    /// Links a social account again that was unlinked or replaced.
    ///
    /// # Errors
    /// As [`App::account_refresh`]; from the server `SocialNotRestorable`, `Conflict`, `IdentifierUnavailable`,
    /// `SocialNotLinkable`, and `LastSignInMethod` where no usable sign-in method would remain.
    pub async fn social_restore(
        self: &Arc<Self>,
        account_id: &str,
        request: SocialRestoreRequest,
    ) -> Result<Outcome<SocialView>, Error> {
        let session = self.session(account_id)?;
        let need = StepUpRequirement { purpose: Purpose::RestoreSocial, target: request.key.clone() };
        self.sensitive(&session, need, routes::social_restore(&request)?).await
    }

    /// Erases what is kept of a social account that was unlinked or replaced.
    ///
    /// # Errors
    /// As [`App::account_refresh`]; from the server `SocialNotRestorable`.
    pub async fn social_forget(
        self: &Arc<Self>,
        account_id: &str,
        request: SocialForgetRequest,
    ) -> Result<Outcome<SocialView>, Error> {
        let session = self.session(account_id)?;
        let need = StepUpRequirement { purpose: Purpose::ForgetSocial, target: request.key.clone() };
        self.sensitive(&session, need, routes::social_forget(&request)?).await
    }
}
