//! Codes to addresses, each bound to a transaction of ours (B11): Logto's own codes belong to nobody, only to their
//! recipient. `send` opens a transaction, `confirm` proves it.

pub(crate) mod confirm;
pub(crate) mod send;

use std::fmt;

use account_api::step_up::CodeRoute;
use logto_client::types::Recipient;

use crate::mask;
use crate::policy::limits;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Proving again who is asking, with a present address.
    StepUp,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::StepUp => "step_up",
        }
    }
}

/// Where a code goes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) route: CodeRoute,
    pub(crate) text: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

impl Address {
    /// As it may be shown.
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

    /// As the limits name it.
    pub(crate) fn for_limits(&self) -> limits::Recipient<'_> {
        match self.route {
            CodeRoute::Email => limits::Recipient::Email(&self.text),
            CodeRoute::Phone => limits::Recipient::Phone { digits: &self.text, country: None },
        }
    }

    /// What is sealed: the route's letter and the text.
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
        Some(Self { route, text: text.get(1..)?.to_owned() })
    }
}
