//! The compile-time list of everything this client can request.
//!
//! A path is built in one place: `{placeholders}` are filled in order, each as exactly one percent-encoded
//! segment, so no value can reach another endpoint.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;

/// One operation of the Management API: a method and a path template below its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path below the API's base (`…/api`), with `{placeholders}`.
    pub template: &'static str,
    /// Whether the request carries the Management API token; the public `.well-known` documents do not.
    pub authorised: bool,
}

macro_rules! endpoints {
    (@authorised) => { true };
    (@authorised without token) => { false };
    ($($name:ident = $method:literal $template:literal $(without $token:ident)?,)*) => {
        $(pub(crate) const $name: Endpoint = Endpoint {
            method: $method,
            template: $template,
            authorised: endpoints!(@authorised $(without $token)?),
        };)*

        /// Every operation of this client.
        pub const ENDPOINTS: &[Endpoint] = &[$($name),*];
    };
}

endpoints! {
    GET_USER = "GET" "/users/{userId}",
    UPDATE_USER = "PATCH" "/users/{userId}",
    UPDATE_PROFILE = "PATCH" "/users/{userId}/profile",
    GET_CUSTOM_DATA = "GET" "/users/{userId}/custom-data",
    UPDATE_CUSTOM_DATA = "PATCH" "/users/{userId}/custom-data",
    GET_USER_ROLES = "GET" "/users/{userId}/roles",
    LIST_USER_ORGANIZATIONS = "GET" "/users/{userId}/organizations",
    LIST_USERS = "GET" "/users",
    GET_SIGN_IN_EXPERIENCE = "GET" "/sign-in-exp",
    GET_ACCOUNT_CENTER = "GET" "/account-center",
    LIST_CUSTOM_PROFILE_FIELDS = "GET" "/custom-profile-fields",
    GET_PUBLIC_SIGN_IN_EXPERIENCE = "GET" "/.well-known/sign-in-exp" without token,
    GET_APPLICATION = "GET" "/applications/{applicationId}",
    LIST_RESOURCES = "GET" "/resources",
    LIST_ROLES = "GET" "/roles",
    LIST_ROLE_SCOPES = "GET" "/roles/{roleId}/scopes",
    LINK_IDENTITY = "POST" "/users/{userId}/identities",
    GET_IDENTITY = "GET" "/users/{userId}/identities/{target}",
    PUT_IDENTITY = "PUT" "/users/{userId}/identities/{target}",
    DELETE_IDENTITY = "DELETE" "/users/{userId}/identities/{target}",
    SOCIAL_AUTHORIZATION_URI = "POST" "/connectors/{connectorId}/authorization-uri",
    LIST_CONNECTORS = "GET" "/connectors",
    LIST_SSO_CONNECTORS = "GET" "/sso-connectors",
    LIST_SESSIONS = "GET" "/users/{userId}/sessions",
    DELETE_SESSION = "DELETE" "/users/{userId}/sessions/{sessionId}",
    LIST_GRANTS = "GET" "/users/{userId}/grants",
    DELETE_GRANT = "DELETE" "/users/{userId}/grants/{grantId}",
    LIST_ACCESS_TOKENS = "GET" "/users/{userId}/personal-access-tokens",
    CREATE_ACCESS_TOKEN = "POST" "/users/{userId}/personal-access-tokens",
    RENAME_ACCESS_TOKEN = "PATCH" "/users/{userId}/personal-access-tokens/{name}",
    DELETE_ACCESS_TOKEN = "DELETE" "/users/{userId}/personal-access-tokens/{name}",
    SEND_VERIFICATION_CODE = "POST" "/verification-codes",
    VERIFY_VERIFICATION_CODE = "POST" "/verification-codes/verify",
    VERIFY_PASSWORD = "POST" "/users/{userId}/password/verify",
    UPDATE_PASSWORD = "PATCH" "/users/{userId}/password",
    HAS_PASSWORD = "GET" "/users/{userId}/has-password",
    CHECK_PASSWORD = "POST" "/sign-in-exp/default/check-password",
    LIST_MFA_VERIFICATIONS = "GET" "/users/{userId}/mfa-verifications",
    GET_LOGTO_CONFIGS = "GET" "/users/{userId}/logto-configs",
}

impl Endpoint {
    /// Returns the path with its placeholders filled in order, each percent-encoded as one segment.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a value is empty, `.` or `..` (no encoding makes those one segment), or
    /// when there are more or fewer values than placeholders.
    pub fn path(&self, values: &[&str]) -> Result<String, Error> {
        let mut path = String::with_capacity(self.template.len() + 32);
        let mut values = values.iter();
        for segment in self.template.split('/').skip(1) {
            path.push('/');
            if segment.starts_with('{') {
                let value = values.next().ok_or(Error::InvalidArgument)?;
                if matches!(*value, "" | "." | "..") {
                    return Err(Error::InvalidArgument);
                }
                path.extend(utf8_percent_encode(value, RESERVED));
            } else {
                path.push_str(segment);
            }
        }
        if values.next().is_some() { Err(Error::InvalidArgument) } else { Ok(path) }
    }
}

/// Every byte but RFC 3986's `unreserved` characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
