//! The compile-time list of everything this client can request.
//!
//! A path is built in one place: `{placeholders}` are filled in order, each as exactly one percent-encoded
//! segment, so no value can reach another endpoint.

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

const fn endpoint(method: &'static str, template: &'static str) -> Endpoint {
    Endpoint { method, template, authorised: true }
}

pub(crate) const GET_USER: Endpoint = endpoint("GET", "/users/{userId}");
pub(crate) const UPDATE_USER: Endpoint = endpoint("PATCH", "/users/{userId}");
pub(crate) const UPDATE_PROFILE: Endpoint = endpoint("PATCH", "/users/{userId}/profile");
pub(crate) const GET_CUSTOM_DATA: Endpoint = endpoint("GET", "/users/{userId}/custom-data");
pub(crate) const UPDATE_CUSTOM_DATA: Endpoint = endpoint("PATCH", "/users/{userId}/custom-data");
pub(crate) const GET_USER_ROLES: Endpoint = endpoint("GET", "/users/{userId}/roles");
pub(crate) const LIST_USER_ORGANIZATIONS: Endpoint = endpoint("GET", "/users/{userId}/organizations");
pub(crate) const LIST_USERS: Endpoint = endpoint("GET", "/users");
pub(crate) const GET_SIGN_IN_EXPERIENCE: Endpoint = endpoint("GET", "/sign-in-exp");
pub(crate) const GET_ACCOUNT_CENTER: Endpoint = endpoint("GET", "/account-center");
pub(crate) const LIST_CUSTOM_PROFILE_FIELDS: Endpoint = endpoint("GET", "/custom-profile-fields");
pub(crate) const GET_PUBLIC_SIGN_IN_EXPERIENCE: Endpoint =
    Endpoint { method: "GET", template: "/.well-known/sign-in-exp", authorised: false };
pub(crate) const GET_APPLICATION: Endpoint = endpoint("GET", "/applications/{applicationId}");
pub(crate) const LIST_RESOURCES: Endpoint = endpoint("GET", "/resources");
pub(crate) const LIST_ROLES: Endpoint = endpoint("GET", "/roles");
pub(crate) const LIST_ROLE_SCOPES: Endpoint = endpoint("GET", "/roles/{roleId}/scopes");
pub(crate) const LIST_CONNECTORS: Endpoint = endpoint("GET", "/connectors");
pub(crate) const LIST_SSO_CONNECTORS: Endpoint = endpoint("GET", "/sso-connectors");
pub(crate) const LIST_SESSIONS: Endpoint = endpoint("GET", "/users/{userId}/sessions");
pub(crate) const DELETE_SESSION: Endpoint = endpoint("DELETE", "/users/{userId}/sessions/{sessionId}");
pub(crate) const LIST_GRANTS: Endpoint = endpoint("GET", "/users/{userId}/grants");
pub(crate) const DELETE_GRANT: Endpoint = endpoint("DELETE", "/users/{userId}/grants/{grantId}");
pub(crate) const SEND_VERIFICATION_CODE: Endpoint = endpoint("POST", "/verification-codes");
pub(crate) const VERIFY_VERIFICATION_CODE: Endpoint = endpoint("POST", "/verification-codes/verify");
pub(crate) const VERIFY_PASSWORD: Endpoint = endpoint("POST", "/users/{userId}/password/verify");
pub(crate) const UPDATE_PASSWORD: Endpoint = endpoint("PATCH", "/users/{userId}/password");
pub(crate) const HAS_PASSWORD: Endpoint = endpoint("GET", "/users/{userId}/has-password");
pub(crate) const CHECK_PASSWORD: Endpoint = endpoint("POST", "/sign-in-exp/default/check-password");
pub(crate) const LIST_MFA_VERIFICATIONS: Endpoint = endpoint("GET", "/users/{userId}/mfa-verifications");
pub(crate) const GET_LOGTO_CONFIGS: Endpoint = endpoint("GET", "/users/{userId}/logto-configs");

/// Every operation of this client.
pub const ENDPOINTS: &[Endpoint] = &[
    GET_USER,
    UPDATE_USER,
    UPDATE_PROFILE,
    GET_CUSTOM_DATA,
    UPDATE_CUSTOM_DATA,
    GET_USER_ROLES,
    LIST_USER_ORGANIZATIONS,
    LIST_USERS,
    GET_SIGN_IN_EXPERIENCE,
    GET_ACCOUNT_CENTER,
    LIST_CUSTOM_PROFILE_FIELDS,
    GET_PUBLIC_SIGN_IN_EXPERIENCE,
    GET_APPLICATION,
    LIST_RESOURCES,
    LIST_ROLES,
    LIST_ROLE_SCOPES,
    LIST_CONNECTORS,
    LIST_SSO_CONNECTORS,
    LIST_SESSIONS,
    DELETE_SESSION,
    LIST_GRANTS,
    DELETE_GRANT,
    SEND_VERIFICATION_CODE,
    VERIFY_VERIFICATION_CODE,
    VERIFY_PASSWORD,
    UPDATE_PASSWORD,
    HAS_PASSWORD,
    CHECK_PASSWORD,
    LIST_MFA_VERIFICATIONS,
    GET_LOGTO_CONFIGS,
];

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
                push_encoded(&mut path, value);
            } else {
                path.push_str(segment);
            }
        }
        if values.next().is_some() { Err(Error::InvalidArgument) } else { Ok(path) }
    }
}

/// Appends `value` with everything but RFC 3986 `unreserved` characters percent-encoded.
fn push_encoded(path: &mut String, value: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.push(char::from(HEX[usize::from(byte >> 4)]));
            path.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}
