//! The account as one page needs it, and the changes that a user may request.
//!
//! Profile fields have the names of the OpenID Connect standard claims (Core 1.0 §5.1). A field carries its own
//! permission, so the value of a field that is switched off can never be in an answer.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::custom_fields::CustomField;
use crate::enterprise::EnterpriseView;
use crate::identifiers::SignInWay;
use crate::step_up::CodeRoute;

/// One field of the account. What the user may do with it decides whether it has a value at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "access", rename_all = "snake_case")]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub enum Field<T> {
    /// The user may see and change it.
    Edit {
        /// The present value; absent means not set.
        #[serde(default)]
        value: Option<T>,
    },
    /// The user may see it only.
    ReadOnly {
        /// The present value; absent means not set.
        #[serde(default)]
        value: Option<T>,
        /// Why it cannot be changed.
        reason: ReadOnlyReason,
    },
    /// Not part of this account: neither shown nor sent.
    Off,
}

/// What a user may do with a part of the account whose values are not in the account itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "access", rename_all = "snake_case")]
pub enum FieldAccess {
    /// The user may see and change it.
    #[default]
    Edit,
    /// The user may see it only.
    ReadOnly {
        /// Why it cannot be changed.
        reason: ReadOnlyReason,
    },
    /// Not part of this account: neither shown nor sent.
    Off,
}

/// Why a field cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadOnlyReason {
    /// The organisation's account center in Logto does not let users edit it.
    Organisation,
    /// The settings server's own configuration does not let users edit it.
    Server,
    /// The access token lacks the scope `account:write`.
    Scope,
    /// This version cannot change such a field or such a value, or does not know the reason.
    #[serde(other)]
    Unsupported,
}

/// Everything the page needs about an account, in one answer (`GET {base}/account`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct AccountView {
    /// Logto's user id, equal to the token's `sub`.
    pub user_id: String,
    /// Display name.
    pub name: Field<String>,
    /// https URL of a picture.
    pub avatar: Field<String>,
    /// User name for signing in (`PATCH {base}/username`).
    pub username: Field<String>,
    /// Primary e-mail address (`POST {base}/email`).
    pub email: Field<String>,
    /// Primary phone number, digits only with country code (`POST {base}/phone`).
    pub phone: Field<String>,
    /// The phone number as it is written, such as `+43 664 1234567`; absent where none is to be shown, and where the
    /// text in Logto is not a phone number.
    #[serde(default)]
    pub phone_formatted: Option<String>,
    /// Whether a password is set (`PUT {base}/password`).
    pub password: Field<bool>,
    /// Where the tenant can send codes. A new address is proven by a code: where none can be sent, an address can only
    /// be removed. If a server does not send this, each request decides.
    #[serde(default = "every_code_route")]
    pub code_routes: Vec<CodeRoute>,
    /// Every sign-in method of this user, except those of fields that are off.
    pub sign_in_ways: Vec<SignInWay>,
    /// The standard profile: all fields share one permission.
    pub profile: Field<Profile>,
    /// The fields that the organisation adds, in its order; without those that are off.
    pub custom_fields: Vec<CustomField>,
    /// Preferences that follow the account, kept in custom data under `latchkey`.
    pub preferences: Field<Preferences>,
    /// Sessions and the access of apps (`GET {base}/sessions`). If a server does not send this, each request decides.
    #[serde(default)]
    pub sessions: FieldAccess,
    /// Personal access tokens (`GET {base}/access-tokens`). A server that does not say it has none.
    #[serde(default = "off")]
    pub access_tokens: FieldAccess,
    /// Linked social accounts (`GET {base}/social`). A server that does not say it has none.
    #[serde(default = "off")]
    pub social: FieldAccess,
    /// Enterprise identities. A server that does not say it knows none.
    #[serde(default)]
    pub enterprise: EnterpriseView,
    /// When the account was created, in milliseconds since the epoch.
    pub created_at: u64,
    /// When the user last signed in anywhere, in milliseconds since the epoch.
    #[serde(default)]
    pub last_sign_in_at: Option<u64>,
}

fn off() -> FieldAccess {
    FieldAccess::Off
}

fn every_code_route() -> Vec<CodeRoute> {
    vec![CodeRoute::Email, CodeRoute::Phone]
}

/// The standard profile claims that Logto keeps in `profile`. Absent means not set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
pub struct Profile {
    /// Given name(s).
    pub given_name: Option<String>,
    /// Family name(s).
    pub family_name: Option<String>,
    /// Middle name(s).
    pub middle_name: Option<String>,
    /// Nickname.
    pub nickname: Option<String>,
    /// The name that the user prefers to be shown; not unique.
    pub preferred_username: Option<String>,
    /// https URL of a profile page.
    pub profile: Option<String>,
    /// https or http URL of a web site.
    pub website: Option<String>,
    /// Free text, as OpenID Connect has it.
    pub gender: Option<String>,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    pub birthdate: Option<String>,
    /// IANA time zone, e.g. `Europe/Vienna`.
    pub zoneinfo: Option<String>,
    /// BCP 47 language tag, e.g. `de-AT`.
    pub locale: Option<String>,
    /// Postal address.
    pub address: Option<Address>,
}

/// A postal address (OpenID Connect Core 1.0 §5.1.1). Logto replaces it as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    /// The whole address, several lines.
    pub formatted: Option<String>,
    /// Street and number, several lines.
    pub street_address: Option<String>,
    /// City.
    pub locality: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
}

/// Preferences that follow the account to every device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
pub struct Preferences {
    /// Light, dark, or as the operating system. Absent means never chosen.
    pub theme: Option<Theme>,
    /// The language of the app's texts. Absent means as the operating system.
    pub language: Option<Language>,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the operating system.
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// The languages the app has texts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
}

/// An edit of one field: the expected value and the new one. The server refuses it with 409 when the present value is
/// neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change<T> {
    /// The value that the user saw when the edit began; `null` means it was not set.
    pub from: Option<T>,
    /// The new value; `null` clears the field.
    pub to: Option<T>,
}

/// `PATCH {base}/account`. A field that is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AccountUpdateRequest {
    /// Display name, not empty. [`crate::limits`] has the maximum lengths of this and every other value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Change<String>>,
    /// https URL; never fetched by the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Change<String>>,
}

/// `PATCH {base}/account/profile`. A field that is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ProfileUpdateRequest {
    /// See [`Profile::given_name`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<Change<String>>,
    /// See [`Profile::family_name`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<Change<String>>,
    /// See [`Profile::middle_name`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<Change<String>>,
    /// See [`Profile::nickname`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<Change<String>>,
    /// See [`Profile::preferred_username`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<Change<String>>,
    /// See [`Profile::profile`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Change<String>>,
    /// See [`Profile::website`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<Change<String>>,
    /// See [`Profile::gender`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Change<String>>,
    /// See [`Profile::birthdate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<Change<String>>,
    /// See [`Profile::zoneinfo`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<Change<String>>,
    /// See [`Profile::locale`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<Change<String>>,
    /// The address, replaced as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Change<Address>>,
}

/// `PATCH {base}/account/preferences`. A field that is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PreferencesUpdateRequest {
    /// Light or dark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Change<Theme>>,
    /// The language of the app's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Change<Language>>,
}
