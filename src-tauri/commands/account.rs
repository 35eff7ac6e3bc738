//! The account: reading it again, changing it, its pictures.

use account_api::account::{AccountUpdateRequest, AccountView, ProfileUpdateRequest};
use account_api::custom_fields::CustomFieldsUpdateRequest;
use account_api::memberships::MembershipsView;

use super::{Answer, Shell};

pub(crate) async fn account_refresh(shell: Shell<'_>, account_id: String) -> Answer<AccountView> {
    Ok(shell.core.account_refresh(&account_id).await?)
}

pub(crate) async fn account_update(
    shell: Shell<'_>,
    account_id: String,
    request: AccountUpdateRequest,
) -> Answer<AccountView> {
    Ok(shell.core.account_update(&account_id, request).await?)
}

pub(crate) async fn profile_update(
    shell: Shell<'_>,
    account_id: String,
    request: ProfileUpdateRequest,
) -> Answer<AccountView> {
    Ok(shell.core.profile_update(&account_id, request).await?)
}

pub(crate) async fn custom_fields_update(
    shell: Shell<'_>,
    account_id: String,
    request: CustomFieldsUpdateRequest,
) -> Answer<AccountView> {
    Ok(shell.core.custom_fields_update(&account_id, request).await?)
}

pub(crate) async fn memberships(shell: Shell<'_>, account_id: String) -> Answer<MembershipsView> {
    Ok(shell.core.memberships(&account_id).await?)
}

pub(crate) async fn picture(shell: Shell<'_>, url: String) -> Answer<String> {
    Ok(shell.core.picture(&url).await?)
}
