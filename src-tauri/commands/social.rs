//! Linked social accounts.

use account_api::app::Outcome;
use account_api::social::{
    SocialForgetRequest, SocialLinkPending, SocialLinkStart, SocialLinkedView, SocialRestoreRequest,
    SocialUnlinkRequest, SocialView,
};

use super::{Answer, Shell};

pub(crate) async fn social_list(shell: Shell<'_>, account_id: String) -> Answer<SocialView> {
    Ok(shell.core.social_list(&account_id).await?)
}

pub(crate) async fn social_link_begin(
    shell: Shell<'_>,
    account_id: String,
    request: SocialLinkStart,
) -> Answer<Outcome<SocialLinkPending>> {
    Ok(shell.core.social_link_begin(&account_id, request).await?)
}

pub(crate) async fn social_link_pending(
    shell: Shell<'_>,
    account_id: String,
) -> Answer<Option<SocialLinkPending>> {
    Ok(shell.core.social_link_pending(&account_id).await?)
}

pub(crate) async fn social_link_wait(shell: Shell<'_>, account_id: String) -> Answer<SocialLinkedView> {
    Ok(shell.core.social_link_wait(&account_id).await?)
}

pub(crate) async fn social_link_reopen(shell: Shell<'_>, account_id: String) -> Answer<()> {
    Ok(shell.core.social_link_reopen(&account_id).await?)
}

pub(crate) async fn social_link_copy_link(shell: Shell<'_>, account_id: String) -> Answer<()> {
    Ok(shell.core.social_link_copy_link(&account_id).await?)
}

pub(crate) async fn social_link_cancel(shell: Shell<'_>, account_id: String) -> Answer<()> {
    Ok(shell.core.social_link_cancel(&account_id).await?)
}

pub(crate) async fn social_unlink(
    shell: Shell<'_>,
    account_id: String,
    request: SocialUnlinkRequest,
) -> Answer<Outcome<SocialView>> {
    Ok(shell.core.social_unlink(&account_id, request).await?)
}

pub(crate) async fn social_restore(
    shell: Shell<'_>,
    account_id: String,
    request: SocialRestoreRequest,
) -> Answer<Outcome<SocialView>> {
    Ok(shell.core.social_restore(&account_id, request).await?)
}

pub(crate) async fn social_forget(
    shell: Shell<'_>,
    account_id: String,
    request: SocialForgetRequest,
) -> Answer<Outcome<SocialView>> {
    Ok(shell.core.social_forget(&account_id, request).await?)
}

pub(crate) async fn social_account_center(shell: Shell<'_>, account_id: String) -> Answer<()> {
    Ok(shell.core.social_account_center(&account_id).await?)
}
