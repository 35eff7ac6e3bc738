//! The operations, one file each: the description ([`Route`]) and the handler. The router, the OpenAPI document and
//! the tests are made from [`routes`].

use crate::http::router::{Route, Scope};

pub(crate) mod access_tokens;
pub(crate) mod account;
pub(crate) mod custom_fields;
pub(crate) mod email;
pub(crate) mod errors;
pub(crate) mod grants;
pub(crate) mod health;
pub(crate) mod memberships;
pub(crate) mod metadata;
pub(crate) mod password;
pub(crate) mod phone;
pub(crate) mod preferences;
pub(crate) mod profile;
pub(crate) mod sessions;
pub(crate) mod social;
pub(crate) mod step_up;
pub(crate) mod username;

const READ: &[Scope] = &[Scope::Read];
/// An edit answers the account, so that it requires what a read does, too.
const EDIT: &[Scope] = &[Scope::Read, Scope::Write];
/// Proofs, sessions and credentials.
const SECURITY: &[Scope] = &[Scope::Security];
/// An edit of credentials, which answers the account, too.
const SECURE_EDIT: &[Scope] = &[Scope::Read, Scope::Security];

/// Returns every route of the server.
pub fn routes() -> Vec<Route> {
    vec![
        account::read::ROUTE,
        account::update::ROUTE,
        profile::update::ROUTE,
        custom_fields::update::ROUTE,
        memberships::read::ROUTE,
        preferences::update::ROUTE,
        step_up::browser::ROUTE,
        step_up::password::ROUTE,
        step_up::code::ROUTE,
        step_up::code_confirm::ROUTE,
        sessions::list::ROUTE,
        sessions::current::ROUTE,
        sessions::end_others::ROUTE,
        sessions::end::ROUTE,
        grants::end::ROUTE,
        access_tokens::list::ROUTE,
        access_tokens::create::ROUTE,
        access_tokens::rename::ROUTE,
        access_tokens::revoke::ROUTE,
        social::list::ROUTE,
        social::begin::ROUTE,
        social::finish::ROUTE,
        social::unlink::ROUTE,
        social::restore::ROUTE,
        social::forget::ROUTE,
        social::callback::BY_QUERY,
        social::callback::BY_FORM,
        social::callback::RETURN,
        email::set::ROUTE,
        email::confirm::ROUTE,
        email::remove::ROUTE,
        phone::set::ROUTE,
        phone::confirm::ROUTE,
        phone::remove::ROUTE,
        username::update::ROUTE,
        password::rules::ROUTE,
        password::update::ROUTE,
        metadata::read::ROUTE,
        health::LIVE,
        health::READY,
    ]
}
