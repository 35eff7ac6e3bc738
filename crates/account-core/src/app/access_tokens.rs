//! Personal access tokens: listing, creating, renaming and revoking them. A value is passed on and not kept.

use std::sync::Arc;

use account_api::access_tokens::{
    AccessTokenCreateRequest, AccessTokenCreatedView, AccessTokenRenameRequest, AccessTokenRevokeRequest,
    AccessTokensView,
};
use account_api::app::Outcome;
use account_api::step_up::Purpose;

use super::App;
use crate::backend::routes;
use crate::error::Error;
use crate::step_up::StepUpRequirement;

impl App {
    /// Lists the tokens, without their values.
    ///
    /// # Errors
    /// As [`App::account_refresh`].
    pub async fn access_tokens_list(self: &Arc<Self>, account_id: &str) -> Result<AccessTokensView, Error> {
        let session = self.session(account_id)?;
        self.ask(&session, routes::access_tokens()).await
    }

    /// Creates a token. No other answer has its value.
    ///
    /// # Errors
    /// As [`App::account_refresh`]; from the server `InvalidValue` and, for a name that another token has,
    /// `IdentifierUnavailable`.
    pub async fn access_token_create(
        self: &Arc<Self>,
        account_id: &str,
        request: AccessTokenCreateRequest,
    ) -> Result<Outcome<AccessTokenCreatedView>, Error> {
        let session = self.session(account_id)?;
        let need = StepUpRequirement { purpose: Purpose::CreateAccessToken, target: request.name.clone() };
        self.sensitive(&session, need, routes::access_token_create(&request)?).await
    }

    /// Renames a token.
    ///
    /// # Errors
    /// As [`App::access_token_create`]; `AccessTokenNotFound` from the server.
    pub async fn access_token_rename(
        self: &Arc<Self>,
        account_id: &str,
        request: AccessTokenRenameRequest,
    ) -> Result<AccessTokensView, Error> {
        let session = self.session(account_id)?;
        self.ask(&session, routes::access_token_rename(&request)?).await
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// As [`App::account_refresh`]; `AccessTokenNotFound` from the server.
    pub async fn access_token_revoke(
        self: &Arc<Self>,
        account_id: &str,
        request: AccessTokenRevokeRequest,
    ) -> Result<Outcome<AccessTokensView>, Error> {
        let session = self.session(account_id)?;
        let need = StepUpRequirement { purpose: Purpose::RevokeAccessToken, target: request.name.clone() };
        self.sensitive(&session, need, routes::access_token_revoke(&request)?).await
    }
}
