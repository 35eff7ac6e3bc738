//! Every route of the settings server that the app calls, with the types of its request and its answer.

use account_api::account::{
    AccountUpdateRequest, AccountView, PreferencesUpdateRequest, ProfileUpdateRequest,
};
use account_api::sessions::{CurrentSession, CurrentSessionRequest};
use http::Method;

use super::Request;
use crate::error::Error;

/// The account.
pub(crate) fn account() -> Request<AccountView> {
    Request::read("account")
}

/// Name and avatar.
pub(crate) fn account_update(body: &AccountUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PATCH, "account", body)
}

/// Standard profile fields.
pub(crate) fn profile_update(body: &ProfileUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PATCH, "account/profile", body)
}

/// Theme and language.
pub(crate) fn preferences_update(body: &PreferencesUpdateRequest) -> Result<Request<AccountView>, Error> {
    Request::write(Method::PATCH, "account/preferences", body)
}

/// Which browser session is this app's, by the ID token of its sign-in.
pub(crate) fn session_current(body: &CurrentSessionRequest) -> Result<Request<CurrentSession>, Error> {
    Request::proof("sessions/current", body)
}
