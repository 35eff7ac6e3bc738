//! What the settings server says about itself to an app that knows only its URL.
//!
//! `GET {origin}/.well-known/oauth-protected-resource{path}`: OAuth 2.0 Protected Resource Metadata (RFC
//! 9728 §2, §3) with one member of our own.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Protected resource metadata (RFC 9728 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProtectedResourceMetadata {
    /// The resource indicator: identical to the URL the app was given (RFC 9728 §3.3).
    pub resource: String,
    /// Issuers that may grant access; exactly one: Logto.
    pub authorization_servers: Vec<String>,
    /// The scopes this server knows.
    pub scopes_supported: Vec<String>,
    /// Always `["header"]`.
    pub bearer_methods_supported: Vec<String>,
    /// The organisation's name, for users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// What the Latchkey app needs beyond the RFC.
    pub latchkey: LatchkeyMetadata,
}

/// Our own member of the metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LatchkeyMetadata {
    /// The version of this contract: 1.
    pub api_version: u32,
    /// The client id of the Native application in Logto.
    pub client_id: String,
    /// The private scheme registered for links and for the end of sign-out, e.g. `app.latchkey`.
    pub scheme: String,
    /// The tenant's colours and logo, if Logto could be reached.
    #[serde(default)]
    pub branding: Branding,
}

/// The tenant's branding, from Logto's sign-in experience.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
pub struct Branding {
    /// `#rrggbb`, for light surfaces.
    pub primary_color: Option<String>,
    /// `#rrggbb`, for dark surfaces.
    pub dark_primary_color: Option<String>,
    /// https URL of a logo.
    pub logo_url: Option<String>,
    /// https URL of a logo for dark surfaces.
    pub dark_logo_url: Option<String>,
}
