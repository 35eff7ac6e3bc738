//! Where a user is signed in: browser sessions, and the grants of apps, with or without a session.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `GET {base}/sessions`: everything that is signed in. Times are milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SessionsView {
    /// Which session this app was signed in with.
    pub current: CurrentSession,
    /// Browser sessions, the present one first, then the latest sign-in first.
    pub sessions: Vec<SessionView>,
    /// Grants of apps, which outlive their browser session.
    pub grants: Vec<GrantView>,
}

/// Which session is this app's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CurrentSession {
    /// A known session.
    Known {
        /// Its id.
        id: String,
    },
    /// The browser session is over; this app's grant lives on.
    WithoutSession {
        /// The grant's id.
        grant: String,
    },
    /// Unknown: the user has to name it before all others can be ended.
    Unknown,
}

/// One browser session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SessionView {
    /// Logto's id of the session.
    pub id: String,
    /// The browser's device, from its user agent.
    pub device: DeviceView,
    /// The network address, shortened: `203.0.113.…`, `2001:db8:…`.
    pub ip: Option<String>,
    /// The place of the address, if the identity provider knows it: `Vienna, AT`.
    pub place: Option<String>,
    /// When the session began.
    pub started_at: u64,
    /// When the user last signed in within it.
    pub signed_in_at: u64,
    /// When it expires.
    pub expires_at: u64,
    /// The names of the apps that were signed in with it; an app without a name is left out.
    pub apps: Vec<String>,
}

/// A device, as far as its user agent tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DeviceView {
    /// Its kind.
    pub kind: DeviceKind,
    /// The browser: `Firefox 140`.
    pub browser: Option<String>,
    /// The operating system: `Windows`, `macOS`, `Linux`, `Android`, `iOS`.
    pub system: Option<String>,
}

/// The kind of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A computer.
    Computer,
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
    /// Unknown.
    #[serde(other)]
    Unknown,
}

/// The grant of one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct GrantView {
    /// Logto's id of the grant.
    pub id: String,
    /// The app's name.
    pub app: Option<String>,
    /// Whether the app belongs to another party than the organisation.
    pub third_party: bool,
    /// What the app may request: OpenID Connect scopes, then those of resources.
    pub scopes: Vec<String>,
    /// When it was granted.
    pub granted_at: u64,
    /// When it expires.
    pub expires_at: u64,
    /// The browser session it belongs to; absent: signed in without a browser session.
    pub session: Option<String>,
    /// When the server first saw the app installation that uses it; absent where it knows none.
    pub first_seen: Option<u64>,
    /// Whether it is this app's own.
    pub current: bool,
}

/// `POST {base}/sessions/current`: introduces the app instance, and returns which session is this app's (decisions 7
/// and 31).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CurrentSessionRequest {
    /// The ID token of the ordinary sign-in or of a refresh, at most ten minutes old; never that of a step-up.
    #[serde(serialize_with = "crate::secret::expose_on_wire")]
    pub id_token: crate::secret::SecretText,
}

/// `POST {base}/sessions/end-others`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct EndOthersRequest {
    /// The session to keep, named by the user when the server cannot tell which one is theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
}

/// What was ended, and what is signed in afterwards, as read from Logto.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SessionsEndedView {
    /// How many sessions were ended.
    pub sessions_ended: u32,
    /// How many grants were ended.
    pub grants_ended: u32,
    /// Ids of sessions and grants that were to be ended and were not.
    pub remaining: Vec<String>,
    /// Everything that is signed in now.
    pub present: SessionsView,
}
