//! The maximum lengths of values: the single source for the page, the settings server and the tests of both.
//!
//! Lengths are in characters (Unicode code points) unless a comment says otherwise. The tenant may set lower limits
//! for a user name, a password and its own fields, never higher ones.

use serde::Serialize;
use ts_rs::TS;

/// The maximum length of each field that a user can type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Limits {
    /// Display name.
    pub name: usize,
    /// URL of a picture.
    pub avatar: usize,
    /// Given name(s).
    pub given_name: usize,
    /// Family name(s).
    pub family_name: usize,
    /// Middle name(s).
    pub middle_name: usize,
    /// Nickname.
    pub nickname: usize,
    /// Preferred name.
    pub preferred_username: usize,
    /// URL of a profile page.
    pub profile: usize,
    /// URL of a web site.
    pub website: usize,
    /// Gender.
    pub gender: usize,
    /// Time zone.
    pub zoneinfo: usize,
    /// Language tag.
    pub locale: usize,
    /// Postal address, line by line.
    pub address: AddressLimits,
    /// User name.
    pub username: usize,
    /// E-mail address as it is stored, with its domain as in DNS.
    pub email: usize,
    /// Password.
    pub password: usize,
    /// Text in a custom field, in UTF-16 code units, as Logto counts there.
    pub custom_text: usize,
    /// URL in a custom field.
    pub custom_url: usize,
    /// Name of a personal access token.
    pub access_token_name: usize,
    /// Lifetime of a personal access token that expires, in days.
    pub access_token_days: u32,
}

/// The maximum length of each part of a postal address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct AddressLimits {
    /// The whole address, several lines.
    pub formatted: usize,
    /// Street and number, several lines.
    pub street_address: usize,
    /// City.
    pub locality: usize,
    /// State or province.
    pub region: usize,
    /// Postal code.
    pub postal_code: usize,
    /// Country.
    pub country: usize,
}

/// The longest text that fits into Logto's database for a user's name, user name and e-mail address, and for the name of a
/// personal access token.
const LOGTO_TEXT: usize = 128;
/// The longest URL that fits into Logto's database for a user's avatar.
const LOGTO_URL: usize = 2048;

/// The limits.
pub const LIMITS: Limits = Limits {
    name: LOGTO_TEXT,
    avatar: LOGTO_URL,
    given_name: 128,
    family_name: 128,
    middle_name: 128,
    nickname: 128,
    preferred_username: 128,
    profile: 2048,
    website: 2048,
    gender: 64,
    zoneinfo: 64,
    locale: 35,
    address: AddressLimits {
        formatted: 1024,
        street_address: 512,
        locality: 128,
        region: 128,
        postal_code: 128,
        country: 128,
    },
    username: LOGTO_TEXT,
    email: LOGTO_TEXT,
    password: 256,
    custom_text: 1024,
    custom_url: 2048,
    access_token_name: LOGTO_TEXT,
    access_token_days: 3650,
};
