//! Codes to addresses, each bound to a transaction of ours (B11): Logto's own codes are bound to a recipient only.
//! `send` opens a transaction, `confirm` proves it.

pub(crate) mod confirm;
mod response_delay;
pub(crate) mod send;

use std::fmt;

use account_api::step_up::CodeRoute;
use logto_client::types::Recipient;

use crate::policy::{email_address, limits, phone_number};
use crate::store::Store;
use crate::text::mask;

pub(crate) use response_delay::ResponseDelays;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Step-up with a present address.
    StepUp,
    /// Proving a new e-mail address.
    Email,
    /// Proving a new phone number.
    Phone,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::StepUp => "step_up",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// Returns who has the address that its codes go to.
    const fn ownership(self) -> limits::Ownership {
        match self {
            Self::StepUp => limits::Ownership::Present,
            Self::Email | Self::Phone => limits::Ownership::New,
        }
    }
}

/// Where a code goes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) route: CodeRoute,
    pub(crate) text: String,
    /// The text that it is compared by: Logto keeps an e-mail address as it was typed.
    key: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

impl Address {
    /// Creates an e-mail address that Logto has, or is about to have.
    pub(crate) fn email(text: String) -> Self {
        Self::new(CodeRoute::Email, text)
    }

    /// Creates a phone number that Logto has, or is about to have, from its digits.
    pub(crate) fn phone(text: String) -> Self {
        Self::new(CodeRoute::Phone, text)
    }

    /// Creates an address that Logto has, or is about to have.
    pub(crate) fn new(route: CodeRoute, text: String) -> Self {
        let key = match route {
            CodeRoute::Email => email_address::key_of(&text),
            CodeRoute::Phone => text.clone(),
        };
        Self { route, text, key }
    }

    /// Whether both are the same address to Logto.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.route, &self.key) == (other.route, &other.key)
    }

    /// Returns the name that the store knows it by.
    pub(crate) fn fingerprint(&self, store: &Store) -> [u8; 32] {
        store.sealer.fingerprint(&self.key)
    }

    /// Returns the member of a request that holds it.
    pub(crate) const fn member(&self) -> &'static str {
        match self.route {
            CodeRoute::Email => "address",
            CodeRoute::Phone => "number",
        }
    }

    /// Returns the masked text.
    pub(crate) fn masked(&self) -> String {
        match self.route {
            CodeRoute::Email => mask::email(&self.text),
            CodeRoute::Phone => mask::phone(&self.text),
        }
    }

    fn recipient(&self) -> Recipient {
        match self.route {
            CodeRoute::Email => Recipient::Email(self.text.clone()),
            CodeRoute::Phone => Recipient::Phone(self.text.clone()),
        }
    }

    /// Returns the recipient for the limits.
    pub(crate) fn for_limits(&self) -> limits::Recipient<'_> {
        match self.route {
            CodeRoute::Email => limits::Recipient::Email(&self.key),
            CodeRoute::Phone => {
                limits::Recipient::Phone { digits: &self.text, country: phone_number::country_of(&self.text) }
            }
        }
    }

    /// Returns what is sealed: the route's letter and the text.
    fn to_sealed_text(&self) -> String {
        let letter = match self.route {
            CodeRoute::Email => 'e',
            CodeRoute::Phone => 'p',
        };
        format!("{letter}{}", self.text)
    }

    fn from_sealed_text(text: &str) -> Option<Self> {
        let route = match text.chars().next()? {
            'e' => CodeRoute::Email,
            'p' => CodeRoute::Phone,
            _ => return None,
        };
        Some(Self::new(route, text.get(1..)?.to_owned()))
    }
}
