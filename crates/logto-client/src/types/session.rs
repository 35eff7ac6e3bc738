//! Browser sessions, and the grants of applications.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A browser session. Its times are in seconds since the epoch, as Logto has them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// What the provider keeps of it.
    pub payload: SessionPayload,
    /// The last sign-in in it.
    #[serde(default)]
    pub last_submission: Option<LastSubmission>,
}

/// What the provider keeps of a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionPayload {
    /// The id that sessions are ended by.
    pub uid: String,
    /// When it began.
    pub iat: u64,
    /// When it ends.
    pub exp: u64,
    /// When the user last proved who they are in it; equal to `auth_time` of tokens from then.
    pub login_ts: u64,
    /// The applications signed in with it, by client id.
    #[serde(default)]
    pub authorizations: BTreeMap<String, SessionAuthorization>,
}

/// An application signed in with a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAuthorization {
    /// The `sid` of its ID tokens, where it gets one.
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
    /// What the user proved themself with.
    pub verification_records: Vec<VerificationRecord>,
    /// Where from.
    pub sign_in_context: SignInContext,
}

/// What a user proved themself with, reduced to its kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VerificationRecord {
    /// `Password`, `EmailVerificationCode`, `Totp`, `Social`, ….
    #[serde(rename = "type")]
    pub record_type: String,
    /// Whether it was proven.
    #[serde(default)]
    pub verified: bool,
}

/// Where a sign-in came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignInContext {
    /// The network address.
    pub ip: Option<String>,
    /// The browser.
    pub user_agent: Option<String>,
    /// The country, where a proxy in front of Logto tells.
    pub country: Option<String>,
    /// The city, where a proxy in front of Logto tells.
    pub city: Option<String>,
}

/// What an application was given. A grant outlives its session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Grant {
    /// The id that grants are ended by.
    pub id: String,
    /// What the provider keeps of it.
    pub payload: GrantPayload,
    /// The application.
    #[serde(default)]
    pub application: Option<GrantApplication>,
}

/// What the provider keeps of a grant. Times are in seconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantPayload {
    /// The application's client id.
    pub client_id: String,
    /// When it was given.
    pub iat: u64,
    /// When it ends.
    pub exp: u64,
    /// The OpenID Connect scopes.
    #[serde(default)]
    pub openid: Option<GrantedScope>,
    /// The scopes of resources, by resource indicator, parted by spaces.
    #[serde(default)]
    pub resources: BTreeMap<String, String>,
}

/// Scopes, parted by spaces.
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

/// Whose grants are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantOwner {
    /// The tenant's own applications.
    FirstParty,
    /// Other people's.
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
