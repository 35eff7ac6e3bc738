//! A user, and what can be changed about one.
//!
//! Any program may have written what Logto stores as JSON: a part with an unexpected type does not fail the rest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::profile::Profile;
use crate::UserId;

/// A user's custom data: any JSON object.
pub type CustomData = Map<String, Value>;

/// A user, from `GET /users/{userId}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The id, equal to the `sub` of the user's tokens.
    pub id: UserId,
    /// The user name.
    pub username: Option<String>,
    /// The primary e-mail address, as typed.
    pub primary_email: Option<String>,
    /// The primary phone number: digits only, with country code.
    pub primary_phone: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// The URL of a picture.
    pub avatar: Option<String>,
    /// Custom data.
    #[serde(default)]
    pub custom_data: CustomData,
    /// The standard profile claims.
    #[serde(default)]
    pub profile: Profile,
    /// Linked social accounts, by the connector's target.
    #[serde(default)]
    pub identities: BTreeMap<String, Identity>,
    /// Whether a password is set.
    #[serde(default)]
    pub has_password: bool,
    /// Enterprise identities; only in the answer to [`crate::LogtoClient::user`].
    #[serde(default)]
    pub sso_identities: Vec<SsoIdentity>,
    /// The last sign-in, in milliseconds since the epoch.
    pub last_sign_in_at: Option<u64>,
    /// When the account was created, in milliseconds since the epoch.
    pub created_at: u64,
    /// Whether the account is suspended. An answer without it cannot be used.
    pub is_suspended: bool,
}

impl User {
    /// Reads a user. Where a JSON column has a part of an unexpected type, that part counts as absent.
    ///
    /// # Errors
    /// The parser's error when it is no user: a member with a type of its own in Logto's database is missing or wrong.
    pub(crate) fn read(text: &str) -> serde_json::Result<Self> {
        // Almost always right at once; the repair costs several times as much.
        serde_json::from_str(text).or_else(|_| {
            let mut user = columns(text)?;
            repair(&mut user);
            serde_json::from_value(user)
        })
    }
}

type Members = BTreeMap<String, Box<RawValue>>;

/// Reads the columns of a user.
fn columns(text: &str) -> serde_json::Result<Value> {
    let mut columns = Map::new();
    for (name, text) in serde_json::from_str::<Members>(text)? {
        let value = match name.as_str() {
            "customData" => custom_data(text.get()).map_or(Value::Null, Value::Object),
            _ => serde_json::from_str(text.get())?,
        };
        columns.insert(name, value);
    }
    Ok(Value::Object(columns))
}

/// Reads custom data, without members that are nested too deeply for the parser: Logto merges changes by member, so
/// that those stay.
///
/// # Errors
/// The parser's error when it is no object.
pub(crate) fn custom_data(text: &str) -> serde_json::Result<CustomData> {
    serde_json::from_str(text).or_else(|_| {
        let members: Members = serde_json::from_str(text)?;
        let read =
            |(name, text): (String, Box<RawValue>)| Some((name, serde_json::from_str(text.get()).ok()?));
        Ok(members.into_iter().filter_map(read).collect())
    })
}

/// Removes what [`User`] cannot hold from the JSON columns of a user.
fn repair(user: &mut Value) {
    let Some(user) = user.as_object_mut() else { return };
    for identity in user.get_mut("ssoIdentities").and_then(Value::as_array_mut).into_iter().flatten() {
        repair_details(identity.get_mut("detail"));
    }
    for column in ["customData", "profile", "identities"] {
        if user.get(column).is_some_and(|value| !value.is_object()) {
            user.remove(column);
        }
    }
    let Some(identities) = user.get_mut("identities").and_then(Value::as_object_mut) else { return };
    identities.retain(|_, identity| {
        repair_details(identity.get_mut("details"));
        Identity::deserialize(&*identity).is_ok()
    });
}

/// Replaces details that [`IdentityDetails`] cannot hold by `null`.
fn repair_details(details: Option<&mut Value>) {
    if let Some(details) = details.filter(|details| IdentityDetails::deserialize(&**details).is_err()) {
        *details = Value::Null;
    }
}

/// A user as a list of users has it, reduced to what is read there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UserSummary {
    /// The id.
    pub id: UserId,
}

/// A linked social account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The user's id at the provider.
    pub user_id: String,
    /// What the provider says about the user.
    #[serde(default)]
    pub details: Option<IdentityDetails>,
}

/// What a provider says about a user, reduced to what is shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct IdentityDetails {
    /// The name there.
    #[serde(default)]
    pub name: Option<String>,
    /// The e-mail address there. It decides whether Logto lets the user sign in with the identity.
    #[serde(default)]
    pub email: Option<String>,
}

/// A linked social account with everything that its provider said about it, as Logto keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WholeIdentity {
    /// The user's id at the provider.
    pub user_id: String,
    /// What the provider said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Map<String, Value>>,
}

impl WholeIdentity {
    /// Returns what is shown of it.
    pub fn reduced(&self) -> Identity {
        let text = |name: &str| self.details.as_ref()?.get(name)?.as_str().map(str::to_owned);
        let details = IdentityDetails { name: text("name"), email: text("email") };
        Identity { user_id: self.user_id.clone(), details: self.details.is_some().then_some(details) }
    }
}

impl std::fmt::Debug for WholeIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("WholeIdentity(…)")
    }
}

impl std::fmt::Debug for IdentityDetails {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("IdentityDetails(…)")
    }
}

/// An identity at an enterprise provider. Logto has no operation to change one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsoIdentity {
    /// The provider's issuer.
    pub issuer: String,
    /// The user's id there.
    pub identity_id: String,
    /// The connector of the identity.
    #[serde(default)]
    pub sso_connector_id: Option<String>,
    /// What the provider says about the user.
    #[serde(default)]
    pub detail: Option<IdentityDetails>,
    /// When it was created, in milliseconds since the epoch.
    #[serde(default)]
    pub created_at: Option<u64>,
}

/// The changes of `PATCH /users/{userId}`. An absent field stays as it is; `Some(None)` clears.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UserChanges {
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Option<String>>,
    /// The URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Option<String>>,
    /// The whole profile: **replaces** the present one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<Option<String>>,
    /// The primary e-mail address.
    #[serde(skip_serializing_if = "Option::is_none", rename = "primaryEmail")]
    pub primary_email: Option<Option<String>>,
    /// The primary phone number: digits only, with country code.
    #[serde(skip_serializing_if = "Option::is_none", rename = "primaryPhone")]
    pub primary_phone: Option<Option<String>>,
}
