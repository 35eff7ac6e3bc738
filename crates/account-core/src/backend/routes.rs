//! Every route of the settings server that the app calls, with the types of its request and its answer.

use account_api::access_tokens::{
    AccessTokenCreateRequest, AccessTokenCreatedView, AccessTokenRenameRequest, AccessTokenRevokeRequest,
    AccessTokensView,
};
use account_api::account::{
    AccountUpdateRequest, AccountView, PreferencesUpdateRequest, ProfileUpdateRequest,
};
use account_api::custom_fields::CustomFieldsUpdateRequest;
use account_api::identifiers::{
    EmailRemoveRequest, EmailSetRequest, PhoneRemoveRequest, PhoneSetRequest, UsernameUpdateRequest,
};
use account_api::memberships::MembershipsView;
use account_api::password::{PasswordRules, PasswordUpdateRequest};
use account_api::sessions::{
    CurrentSession, CurrentSessionRequest, EndOthersRequest, SessionsEndedView, SessionsView,
};
use account_api::social::{
    SocialForgetRequest, SocialLinkBegunView, SocialLinkFinishRequest, SocialLinkRequest, SocialLinkedView,
    SocialRestoreRequest, SocialUnlinkRequest, SocialView,
};
use account_api::step_up::{
    CodeConfirmRequest, CodeSentView, StepUpAnswer, StepUpBrowserRequest, StepUpCodeConfirmRequest,
    StepUpCodeRequest, StepUpPasswordRequest,
};
use http::Method;

use super::Request;
use super::path_id::PathId;
use crate::error::Error;

/// Reads the account.
pub(crate) fn account() -> Request<AccountView> {
    Request::read("account")
}

/// Changes name or avatar.
pub(crate) fn account_update(body: &AccountUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PATCH, "account", body)
}

/// Changes standard profile fields.
pub(crate) fn profile_update(body: &ProfileUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PATCH, "account/profile", body)
}

/// Changes fields that the organisation adds.
pub(crate) fn custom_fields_update(body: &CustomFieldsUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PATCH, "account/custom-fields", body)
}

/// Lists organisations and roles.
pub(crate) fn memberships() -> Request<MembershipsView> {
    Request::read("memberships")
}

/// Changes theme and language.
pub(crate) fn preferences_update(body: &PreferencesUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PATCH, "account/preferences", body)
}

/// Sends the ID token of the sign-in, which says which browser session is this app's.
pub(crate) fn session_current(body: &CurrentSessionRequest) -> Result<Request<CurrentSession>, Error> {
    Request::proof("sessions/current", body)
}

/// Sends a proof by a fresh sign-in.
pub(crate) fn step_up_browser(body: &StepUpBrowserRequest) -> Result<Request<StepUpAnswer>, Error> {
    Request::proof("step-up/browser", body)
}

/// Sends a proof by the current password.
pub(crate) fn step_up_password(body: &StepUpPasswordRequest) -> Result<Request<StepUpAnswer>, Error> {
    Request::proof("step-up/password", body)
}

/// Requests a code for a proof.
pub(crate) fn step_up_code(body: &StepUpCodeRequest) -> Result<Request<CodeSentView>, Error> {
    Request::proof("step-up/code", body)
}

/// Sends a proof by the code that was sent.
pub(crate) fn step_up_code_confirm(body: &StepUpCodeConfirmRequest) -> Result<Request<StepUpAnswer>, Error> {
    Request::proof("step-up/code/confirm", body)
}

/// Lists browser sessions and grants.
pub(crate) fn sessions() -> Request<SessionsView> {
    Request::read("sessions")
}

/// Ends one browser session with its grants.
pub(crate) fn session_end(id: &PathId) -> Request<SessionsEndedView> {
    Request::delete(format!("sessions/{}", id.segment()))
}

/// Ends the access of one app.
pub(crate) fn grant_end(id: &PathId) -> Request<SessionsEndedView> {
    Request::delete(format!("grants/{}", id.segment()))
}

/// Ends every other session and every other grant.
pub(crate) fn sessions_end_others(body: &EndOthersRequest) -> Result<Request<SessionsEndedView>, Error> {
    Request::write(Method::POST, "sessions/end-others", body)
}

/// Personal access tokens.
pub(crate) fn access_tokens() -> Request<AccessTokensView> {
    Request::read("access-tokens")
}

/// Creates a personal access token.
pub(crate) fn access_token_create(
    body: &AccessTokenCreateRequest,
) -> Result<Request<AccessTokenCreatedView>, Error> {
    Request::write(Method::POST, "access-tokens", body)
}

/// Renames a personal access token.
pub(crate) fn access_token_rename(
    body: &AccessTokenRenameRequest,
) -> Result<Request<AccessTokensView>, Error> {
    Request::write(Method::PATCH, "access-tokens", body)
}

/// Revokes a personal access token.
pub(crate) fn access_token_revoke(
    body: &AccessTokenRevokeRequest,
) -> Result<Request<AccessTokensView>, Error> {
    Request::write(Method::POST, "access-tokens/revoke", body)
}

/// Linked social accounts, and the providers.
pub(crate) fn social() -> Request<SocialView> {
    Request::read("social")
}

/// Begins to link an account of a provider.
pub(crate) fn social_link(body: &SocialLinkRequest) -> Result<Request<SocialLinkBegunView>, Error> {
    Request::write(Method::POST, "social/link", body)
}

/// Links the account that the provider's answer is about.
pub(crate) fn social_link_finish(body: &SocialLinkFinishRequest) -> Result<Request<SocialLinkedView>, Error> {
    Request::write(Method::POST, "social/link/finish", body)
}

/// Unlinks a social account.
pub(crate) fn social_unlink(body: &SocialUnlinkRequest) -> Result<Request<SocialView>, Error> {
    Request::write(Method::POST, "social/unlink", body)
}

/// Links a social account again that was unlinked or replaced.
pub(crate) fn social_restore(body: &SocialRestoreRequest) -> Result<Request<SocialView>, Error> {
    Request::write(Method::POST, "social/restore", body)
}

/// Erases what is kept of a social account that was unlinked or replaced.
pub(crate) fn social_forget(body: &SocialForgetRequest) -> Result<Request<SocialView>, Error> {
    Request::write(Method::POST, "social/forget", body)
}

/// Requests a code to a new e-mail address.
pub(crate) fn email_set(body: &EmailSetRequest) -> Result<Request<CodeSentView>, Error> {
    Request::write(Method::POST, "email", body)
}

/// Sends the code that arrived at the new e-mail address.
pub(crate) fn email_confirm(body: &CodeConfirmRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::POST, "email/confirm", body)
}

/// Removes the e-mail address.
pub(crate) fn email_remove(body: &EmailRemoveRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::POST, "email/remove", body)
}

/// Requests a code to a new phone number.
pub(crate) fn phone_set(body: &PhoneSetRequest) -> Result<Request<CodeSentView>, Error> {
    Request::write(Method::POST, "phone", body)
}

/// Sends the code that arrived at the new phone number.
pub(crate) fn phone_confirm(body: &CodeConfirmRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::POST, "phone/confirm", body)
}

/// Removes the phone number.
pub(crate) fn phone_remove(body: &PhoneRemoveRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::POST, "phone/remove", body)
}

/// Sets, changes or removes the user name.
pub(crate) fn username_update(body: &UsernameUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PATCH, "username", body)
}

/// Reads the tenant's rules for passwords.
pub(crate) fn password_rules() -> Request<PasswordRules> {
    Request::read("password")
}

/// Sets a first password, or changes it.
pub(crate) fn password_update(body: &PasswordUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PUT, "password", body)
}
