//! The tenant's own settings, and what a check of the configuration reads.

use serde::Deserialize;

use super::lenient;
use super::vocabulary::ConnectorType;

/// One page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    /// Entries per page, at most 100.
    pub size: u32,
}

impl Page {
    pub(crate) fn query(self) -> (String, String) {
        (self.number.to_string(), self.size.to_string())
    }
}

/// `GET /account-center`: what users may do with their own fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct AccountCenter {
    /// Logto seeds this as false. An answer without it cannot be used: it decides whose rules hold.
    pub enabled: bool,
    /// One permission per field.
    #[serde(default)]
    pub fields: AccountCenterFields,
}

/// The permissions that are read; an absent one means off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountCenterFields {
    /// Display name.
    pub name: Option<FieldControl>,
    /// Picture.
    pub avatar: Option<FieldControl>,
    /// The standard profile.
    pub profile: Option<FieldControl>,
    /// Primary e-mail address.
    pub email: Option<FieldControl>,
    /// Primary phone number.
    pub phone: Option<FieldControl>,
    /// User name.
    pub username: Option<FieldControl>,
    /// Custom data.
    pub custom_data: Option<FieldControl>,
    /// The password.
    pub password: Option<FieldControl>,
    /// Social identities.
    pub social: Option<FieldControl>,
    /// Second factors.
    pub mfa: Option<FieldControl>,
    /// Sessions and grants.
    pub session: Option<FieldControl>,
}

/// What a user may do with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum FieldControl {
    /// Users see and change it.
    Edit,
    /// Users see it.
    ReadOnly,
    /// Users neither see nor change it.
    Off,
    /// A value this version does not know; treat it as [`Self::Off`].
    #[serde(other)]
    Unknown,
}

/// `GET /applications/{applicationId}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// The client id.
    pub id: String,
    /// The kind of application.
    #[serde(rename = "type")]
    pub application_type: ApplicationType,
    /// Whether it is a third-party application.
    #[serde(default)]
    pub is_third_party: bool,
    /// Redirect URIs.
    #[serde(default)]
    pub oidc_client_metadata: OidcClientMetadata,
    /// Logto's own settings of it.
    #[serde(default)]
    pub custom_client_metadata: CustomClientMetadata,
}

/// The kinds of applications that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ApplicationType {
    /// A desktop or mobile app: a public client.
    Native,
    /// A machine-to-machine app.
    MachineToMachine,
    /// Any other kind.
    #[serde(other)]
    Other,
}

/// Where an application may send users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OidcClientMetadata {
    /// After sign-in.
    pub redirect_uris: Vec<String>,
    /// After sign-out.
    pub post_logout_redirect_uris: Vec<String>,
}

/// Logto's own settings of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomClientMetadata {
    /// Whether it may exchange subject tokens.
    pub allow_token_exchange: Option<bool>,
}

/// An API resource.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Resource {
    /// The resource indicator.
    pub indicator: String,
    /// Its scopes.
    #[serde(default)]
    pub scopes: Vec<RoleScope>,
}

/// A scope of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RoleScope {
    /// Its id in Logto.
    pub id: String,
    /// The scope's name, as it is in a token.
    pub name: String,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Role {
    /// Its id in Logto.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub description: Option<String>,
}

/// An organisation a user belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Its id in Logto.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub description: Option<String>,
    /// The user's roles in it.
    #[serde(default)]
    pub organization_roles: Vec<OrganizationRole>,
}

/// A role in an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrganizationRole {
    /// Its id in Logto.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A connector, without its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connector {
    /// Its id in Logto.
    #[serde(default)]
    pub id: String,
    /// The factory it was made from, e.g. `github-universal`.
    pub connector_id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub connector_type: ConnectorType,
    /// The target of identities that are linked through it, e.g. `github`.
    #[serde(default)]
    pub target: Option<String>,
    /// Its name, by language.
    #[serde(default, deserialize_with = "lenient::members")]
    pub name: std::collections::BTreeMap<String, String>,
    /// The part of its configuration that is no secret.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub config: ConnectorConfig,
}

/// The part of a connector's configuration that names its client at the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorConfig {
    /// The client id at the provider.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub client_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    id_token_verification_config: IdTokenVerification,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct IdTokenVerification {
    #[serde(default, deserialize_with = "lenient::or_default")]
    issuer: Option<Issuers>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Issuers {
    One(String),
    Several(Vec<String>),
}

impl ConnectorConfig {
    /// Returns the issuers whose ID tokens a connector of the factory `oidc` accepts; none where it verifies no issuer.
    pub fn issuers(&self) -> &[String] {
        match &self.id_token_verification_config.issuer {
            Some(Issuers::One(issuer)) => std::slice::from_ref(issuer),
            Some(Issuers::Several(issuers)) => issuers,
            None => &[],
        }
    }
}

/// `GET /sso-connectors`: an enterprise connector, without its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsoConnector {
    /// Its id in Logto.
    pub id: String,
    /// The operator's name for it.
    pub connector_name: String,
    /// How users see it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub branding: SsoBranding,
    /// The e-mail domains it owns: Logto lets addresses of these sign in through it alone.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Whether each sign-in overwrites the user's name and picture by what the provider says.
    #[serde(default)]
    pub sync_profile: bool,
}

impl SsoConnector {
    /// Returns the name that users see on the sign-in page.
    pub fn name(&self) -> &str {
        let shown = self.branding.display_name.as_deref().filter(|name| !name.is_empty());
        shown.unwrap_or(&self.connector_name)
    }
}

/// How users see an enterprise connector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SsoBranding {
    /// Its name on the sign-in page; without one, the operator's name is shown there.
    pub display_name: Option<String>,
}
