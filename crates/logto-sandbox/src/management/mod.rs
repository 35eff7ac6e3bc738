//! The Management API under `/api`, as far as the README's parity table says.

pub(crate) mod account_center;
pub(crate) mod applications;
pub(crate) mod auth;
pub(crate) mod connectors;
pub(crate) mod custom_data;
pub(crate) mod error;
pub(crate) mod grants;
pub(crate) mod guard;
pub(crate) mod hooks;
pub(crate) mod keys;
pub(crate) mod mfa;
pub(crate) mod organizations;
pub(crate) mod paging;
pub(crate) mod password;
pub(crate) mod password_policy;
pub(crate) mod personal_access_tokens;
pub(crate) mod profile;
pub(crate) mod resources;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod sign_in_exp;
pub(crate) mod suspension;
pub(crate) mod user_patch;
pub(crate) mod users;
pub(crate) mod verification_codes;
