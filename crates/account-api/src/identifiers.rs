//! Identifiers of a user: e-mail address, phone number, user name; and the sign-in methods that remain.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::account::Change;

/// `POST {base}/email`: sends a code to a new address. `POST {base}/email/confirm` makes it the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailSetRequest {
    /// The address that the user saw; `null` means there was none.
    pub from: Option<String>,
    /// The new address, as typed.
    pub address: String,
}

/// `POST {base}/email/remove`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailRemoveRequest {
    /// The address that the user saw.
    pub from: String,
}

/// `POST {base}/phone`: sends a code to a new number. `POST {base}/phone/confirm` makes it the number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneSetRequest {
    /// The number that the user saw; `null` means there was none.
    pub from: Option<String>,
    /// The new number, as typed, with its country code (`+43 …`).
    pub number: String,
}

/// `POST {base}/phone/remove`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneRemoveRequest {
    /// The number that the user saw.
    pub from: String,
}

/// `PATCH {base}/username`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsernameUpdateRequest {
    /// The user name; `to: null` removes it.
    pub username: Change<String>,
}

/// A sign-in method of this user: identifier, method and tenant agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignInWay {
    /// A password with one of these identifiers.
    Password {
        /// The identifiers that can be used with it.
        with: Vec<Identifier>,
    },
    /// A code to the e-mail address.
    EmailCode,
    /// A code to the phone number.
    PhoneCode,
    /// A linked social account.
    Social {
        /// The connector's target: `github`.
        target: String,
        /// Its name, where the tenant has set one.
        name: Option<String>,
    },
    /// The organisation's own identity provider.
    Enterprise {
        /// Its name, where the tenant has set one.
        name: Option<String>,
    },
    /// A passkey.
    Passkey,
    /// A method that this version does not know.
    #[serde(other)]
    Other,
}

/// What a user types to say who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Identifier {
    /// The user name.
    Username,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
}

/// What to do first, when a change would remove the last sign-in method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    /// Set a password.
    SetPassword,
    /// Add an e-mail address.
    AddEmail,
    /// Add a phone number.
    AddPhone,
    /// Set a user name.
    SetUsername,
    /// Nothing that this user can do alone, or nothing that this version knows: ask the organisation.
    #[serde(other)]
    AskOrganisation,
}
