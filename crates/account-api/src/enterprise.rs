//! The user's identities at the identity providers of their organisation.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// What an organisation manages of an account. Logto has no operation to change any of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
pub struct EnterpriseView {
    /// The enterprise identities, the oldest first.
    pub identities: Vec<EnterpriseIdentityView>,
    /// The address that the tenant names for questions.
    pub support_email: Option<String>,
    /// The https URL of the page that the tenant names for questions.
    pub support_website: Option<String>,
}

/// An identity at an enterprise identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct EnterpriseIdentityView {
    /// The connector's name; absent if Logto has the connector no more.
    #[serde(default)]
    pub connector: Option<String>,
    /// The provider's issuer identifier.
    pub issuer: String,
    /// The name there. The provider reported it at the last sign-in.
    #[serde(default)]
    pub name: Option<String>,
    /// The e-mail address there, as the provider reported it: not verified here.
    #[serde(default)]
    pub email: Option<String>,
    /// When the user first signed in with it, in milliseconds since the epoch.
    #[serde(default)]
    pub since: Option<u64>,
    /// Whether it signs in: Logto has its connector, and single sign-on is enabled.
    #[serde(default)]
    pub signs_in: bool,
    /// The e-mail domains whose addresses can sign in through it alone.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Whether each sign-in with it overwrites name and picture.
    #[serde(default)]
    pub syncs_profile: bool,
}
