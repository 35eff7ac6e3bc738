//! Browser sessions, and the grants of applications.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lenient;
use super::vocabulary::RecordType;

/// A browser session. Its times are in seconds since the epoch, as Logto has them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The provider's record of it.
    pub payload: SessionPayload,
    /// The last sign-in in it; `None`, which proves nothing, if a record in it is not understood.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_submission: Option<LastSubmission>,
}

/// The provider's record of a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionPayload {
    /// The id that sessions are ended by.
    pub uid: String,
    /// When it began.
    pub iat: u64,
    /// When it expires.
    pub exp: u64,
    /// When the user last signed in within it; equal to `auth_time` of tokens from then.
    pub login_ts: u64,
    /// The applications signed in with it, by client id.
    #[serde(default)]
    pub authorizations: BTreeMap<String, SessionAuthorization>,
}

/// An application signed in with a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAuthorization {
    /// The `sid` of its ID tokens, if it has one.
    #[serde(default)]
    pub sid: Option<String>,
    /// Its grant.
    #[serde(default)]
    pub grant_id: Option<String>,
}

/// The last sign-in of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LastSubmission {
    /// The verification records.
    pub verification_records: Vec<VerificationRecord>,
    /// Where it came from.
    #[serde(deserialize_with = "lenient::or_default")]
    pub sign_in_context: SignInContext,
}

/// One proof of a sign-in, reduced to its kind and its identifier. The recordings `verification-records` show each.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationRecord {
    /// What was verified.
    #[serde(rename = "type")]
    pub record_type: RecordType,
    /// Whether it was proven. `Social` and `EnterpriseSso` records have no such member.
    #[serde(default)]
    pub verified: bool,
    /// The identifier that the user typed: for a code, its recipient.
    #[serde(default)]
    pub identifier: Option<RecordIdentifier>,
    /// The connector of a `Social` or `EnterpriseSso` record.
    #[serde(default)]
    pub connector_id: Option<String>,
    /// The user at the provider of a `Social` record.
    #[serde(default)]
    pub social_user_info: Option<SocialUserInfo>,
}

/// Prints the kind alone: identifiers are personal data.
impl std::fmt::Debug for VerificationRecord {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "VerificationRecord({}, verified: {})", self.record_type.as_str(), self.verified)
    }
}

/// The identifier of a verification record.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct RecordIdentifier {
    /// `username`, `email`, `phone`, or one this version does not know.
    #[serde(rename = "type")]
    pub identifier_type: String,
    /// As Logto keeps it in the record.
    pub value: String,
}

/// The user at a social provider, reduced to the id. The provider's whole answer (`rawData`) is dropped unread.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct SocialUserInfo {
    /// The user's id at the provider.
    pub id: String,
}

/// Where a sign-in came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignInContext {
    /// The network address.
    pub ip: Option<String>,
    /// The browser.
    pub user_agent: Option<String>,
    /// The country, if a proxy in front of Logto adds it.
    pub country: Option<String>,
    /// The city, if a proxy in front of Logto adds it.
    pub city: Option<String>,
}

/// The grant of an application. It outlives its session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Grant {
    /// The id that grants are ended by.
    pub id: String,
    /// The provider's record of it.
    pub payload: GrantPayload,
    /// The application.
    #[serde(default)]
    pub application: Option<GrantApplication>,
}

/// The provider's record of a grant. Times are in seconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantPayload {
    /// The application's client id.
    pub client_id: String,
    /// When it was granted.
    pub iat: u64,
    /// When it expires.
    pub exp: u64,
    /// The OpenID Connect scopes.
    #[serde(default)]
    pub openid: Option<GrantedScope>,
    /// The scopes of resources, by resource indicator, separated by spaces.
    #[serde(default)]
    pub resources: BTreeMap<String, String>,
}

/// Scopes, separated by spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GrantedScope {
    /// The scopes.
    pub scope: String,
}

/// The application of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GrantApplication {
    /// Its client id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
}

/// The kind of applications whose grants are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantOwner {
    /// The tenant's own applications.
    FirstParty,
    /// Third-party applications.
    ThirdParty,
}

/// Which grants end with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeGrants {
    /// All of the session.
    All,
    /// Those of the tenant's own applications.
    FirstParty,
}
