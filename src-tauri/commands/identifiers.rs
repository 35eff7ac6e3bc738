//! Identifiers of the account: e-mail address, phone number and user name.

use account_api::account::AccountView;
use account_api::app::Outcome;
use account_api::identifiers::{
    EmailRemoveRequest, EmailSetRequest, PhoneRemoveRequest, PhoneSetRequest, UsernameUpdateRequest,
};
use account_api::step_up::{CodeConfirmRequest, CodeSentView};

use super::{Answer, Shell};

pub(crate) async fn email_set(
    shell: Shell<'_>,
    account_id: String,
    request: EmailSetRequest,
) -> Answer<Outcome<CodeSentView>> {
    Ok(shell.core.email_set(&account_id, request).await?)
}

pub(crate) async fn email_confirm(
    shell: Shell<'_>,
    account_id: String,
    request: CodeConfirmRequest,
) -> Answer<AccountView> {
    Ok(shell.core.email_confirm(&account_id, request).await?)
}

pub(crate) async fn email_remove(
    shell: Shell<'_>,
    account_id: String,
    request: EmailRemoveRequest,
) -> Answer<Outcome<AccountView>> {
    Ok(shell.core.email_remove(&account_id, request).await?)
}

pub(crate) async fn phone_set(
    shell: Shell<'_>,
    account_id: String,
    request: PhoneSetRequest,
) -> Answer<Outcome<CodeSentView>> {
    Ok(shell.core.phone_set(&account_id, request).await?)
}

pub(crate) async fn phone_confirm(
    shell: Shell<'_>,
    account_id: String,
    request: CodeConfirmRequest,
) -> Answer<AccountView> {
    Ok(shell.core.phone_confirm(&account_id, request).await?)
}

pub(crate) async fn phone_remove(
    shell: Shell<'_>,
    account_id: String,
    request: PhoneRemoveRequest,
) -> Answer<Outcome<AccountView>> {
    Ok(shell.core.phone_remove(&account_id, request).await?)
}

pub(crate) async fn username_update(
    shell: Shell<'_>,
    account_id: String,
    request: UsernameUpdateRequest,
) -> Answer<Outcome<AccountView>> {
    Ok(shell.core.username_update(&account_id, request).await?)
}
