//! The account as one page needs it, and the changes a person may ask for.
//!
//! Profile fields bear the names of the OpenID Connect standard claims (Core 1.0 §5.1). A field carries its
//! own permission, so the value of a field that is switched off can never be in an answer.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::custom_fields::CustomField;
use crate::identifiers::SignInWay;
use crate::step_up::CodeRoute;

/// One field of the account: what a person may do with it decides whether there is a value at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "access", rename_all = "snake_case")]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub enum Field<T> {
    /// May be seen and changed.
    Edit {
        /// The present value; absent means not set.
        #[serde(default)]
        value: Option<T>,
    },
    /// May be seen only.
    ReadOnly {
        /// The present value; absent means not set.
        #[serde(default)]
        value: Option<T>,
        /// Who decided so.
        reason: ReadOnlyReason,
    },
    /// Not part of this account: neither shown nor sent.
    Off,
}

/// What a person may do with a part of the account whose values are not in the account itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "access", rename_all = "snake_case")]
pub enum FieldAccess {
    /// May be seen and changed.
    #[default]
    Edit,
    /// May be seen only.
    ReadOnly {
        /// Who decided so.
        reason: ReadOnlyReason,
    },
    /// Not part of this account: neither shown nor sent.
    Off,
}

/// Why a field cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadOnlyReason {
    /// The organisation's account-center settings in Logto say so.
    Organisation,
    /// The settings server's own configuration says so.
    Server,
    /// The access token has no `account:write`.
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
    /// The same as it is written, such as `+43 664 1234567`; absent where there is none to be shown, and where what Logto
    /// has is no phone number.
    #[serde(default)]
    pub phone_formatted: Option<String>,
    /// Whether a password is set (`PUT {base}/password`).
    pub password: Field<bool>,
    /// Where the tenant can send codes. A new address is proven by one: where none can be sent, an address can only be
    /// removed. A server that does not say it decides with each request.
    #[serde(default = "every_code_route")]
    pub code_routes: Vec<CodeRoute>,
    /// Every way this person can sign in today, as far as its fields are shown.
    pub sign_in_ways: Vec<SignInWay>,
    /// The standard profile: all fields share one permission.
    pub profile: Field<Profile>,
    /// What the organisation adds, in its order; without the fields that are off.
    pub custom_fields: Vec<CustomField>,
    /// Preferences that follow the account, kept in custom data under `latchkey`.
    pub preferences: Field<Preferences>,
    /// Sessions and the access of apps (`GET {base}/sessions`). A server that does not say it decides with each request.
    #[serde(default)]
    pub sessions: FieldAccess,
    /// Personal access tokens (`GET {base}/access-tokens`). A server that does not say it has none.
    #[serde(default = "off")]
    pub access_tokens: FieldAccess,
    /// When the account was made, in milliseconds since the epoch.
    pub created_at: u64,
    /// When the person last signed in anywhere, in milliseconds since the epoch.
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
    /// What friends say.
    pub nickname: Option<String>,
    /// A name the person likes to be shown; not unique.
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

/// How a person wants Latchkey to look, on every device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
pub struct Preferences {
    /// Light, dark, or as the system is. Absent means never chosen.
    pub theme: Option<Theme>,
    /// The language of the app's texts. Absent means as the system is.
    pub language: Option<Language>,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the operating system is.
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

/// One edited field: what the person saw and what it shall be. The server refuses with 409 when the present
/// value is neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change<T> {
    /// The value the person saw when the edit began; `null` means it was not set.
    pub from: Option<T>,
    /// The value it shall have; `null` clears the field.
    pub to: Option<T>,
}

/// `PATCH {base}/account`. A field that is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AccountUpdateRequest {
    /// Display name, not empty. How long it, and every other value, may be is in [`crate::limits`].
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
