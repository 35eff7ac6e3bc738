//! The OpenID provider under `/oidc`: discovery, authorize, tokens, userinfo, revocation, logout.

pub(crate) mod authorize;
pub(crate) mod claims;
pub(crate) mod client_auth;
pub(crate) mod client_credentials;
pub(crate) mod code_exchange;
pub(crate) mod consent;
pub(crate) mod cookies;
pub(crate) mod discovery;
pub(crate) mod end_session;
pub(crate) mod error;
pub(crate) mod introspection;
pub(crate) mod issue;
pub(crate) mod refresh;
pub(crate) mod resume;
pub(crate) mod revocation;
pub(crate) mod token;
pub(crate) mod userinfo;

/// The scopes that belong to OpenID Connect and Logto itself, not to a resource.
pub(crate) const OPENID_SCOPES: [&str; 13] = [
    "openid",
    "offline_access",
    "profile",
    "email",
    "phone",
    "address",
    "custom_data",
    "identities",
    "roles",
    "urn:logto:scope:organizations",
    "urn:logto:scope:organization_roles",
    "urn:logto:scope:sessions",
    "urn:logto:scope:trusted_devices",
];

/// Splits a space-separated list.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}
