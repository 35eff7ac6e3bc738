//! Personal access tokens of the user's own programs.

use account_api::access_tokens::{
    AccessTokenCreateRequest, AccessTokenCreatedView, AccessTokenRenameRequest, AccessTokenRevokeRequest,
    AccessTokensView,
};
use account_api::app::Outcome;

use super::{Answer, Shell};

pub(crate) async fn access_tokens_list(shell: Shell<'_>, account_id: String) -> Answer<AccessTokensView> {
    Ok(shell.core.access_tokens_list(&account_id).await?)
}

pub(crate) async fn access_token_create(
    shell: Shell<'_>,
    account_id: String,
    request: AccessTokenCreateRequest,
) -> Answer<Outcome<AccessTokenCreatedView>> {
    Ok(shell.core.access_token_create(&account_id, request).await?)
}

pub(crate) async fn access_token_rename(
    shell: Shell<'_>,
    account_id: String,
    request: AccessTokenRenameRequest,
) -> Answer<AccessTokensView> {
    Ok(shell.core.access_token_rename(&account_id, request).await?)
}

pub(crate) async fn access_token_revoke(
    shell: Shell<'_>,
    account_id: String,
    request: AccessTokenRevokeRequest,
) -> Answer<Outcome<AccessTokensView>> {
    Ok(shell.core.access_token_revoke(&account_id, request).await?)
}
