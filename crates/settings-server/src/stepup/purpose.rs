//! What each purpose is: how grave (§6.3), and what may count for it (B10, B42). The route list names purposes; this
//! is where they get their meaning.

use account_api::step_up::{CodeRoute, Purpose};

/// How long and how often a grant serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Ten minutes, again and again within its purpose.
    Ordinary,
    /// Two minutes, once, for one target.
    Destructive,
}

impl Class {
    /// How long a grant serves, in milliseconds.
    pub(crate) const fn lifetime_ms(self) -> u64 {
        match self {
            Self::Ordinary => 10 * 60_000,
            Self::Destructive => 2 * 60_000,
        }
    }
}

/// The rules of one purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) class: Class,
    /// Whether it binds or removes something one proves oneself with: then the strongest proof that the account has
    /// is needed (B42).
    pub(crate) binds_authenticator: bool,
    /// The address that changes: a code to it proves nothing for its own change (B10).
    pub(crate) concerns: Option<CodeRoute>,
}

impl Rules {
    /// Whether only the strongest proof counts.
    pub(crate) fn wants_highest(self) -> bool {
        self.binds_authenticator || self.class == Class::Destructive
    }
}

/// The rules of a purpose.
pub(crate) const fn rules(purpose: Purpose) -> Rules {
    use Class::{Destructive, Ordinary};
    let (class, binds_authenticator, concerns) = match purpose {
        Purpose::AddEmail => (Ordinary, true, Some(CodeRoute::Email)),
        Purpose::AddPhone => (Ordinary, true, Some(CodeRoute::Phone)),
        Purpose::Password => (Ordinary, true, None),
        Purpose::Username | Purpose::EndSession => (Ordinary, false, None),
        Purpose::ChangeEmail | Purpose::RemoveEmail => (Destructive, true, Some(CodeRoute::Email)),
        Purpose::ChangePhone | Purpose::RemovePhone => (Destructive, true, Some(CodeRoute::Phone)),
        Purpose::EndOtherSessions => (Destructive, false, None),
    };
    Rules { class, binds_authenticator, concerns }
}

/// The name of a purpose, as it stands in the store and on the wire.
pub(crate) const fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::AddEmail => "add_email",
        Purpose::AddPhone => "add_phone",
        Purpose::Username => "username",
        Purpose::Password => "password",
        Purpose::EndSession => "end_session",
        Purpose::ChangeEmail => "change_email",
        Purpose::RemoveEmail => "remove_email",
        Purpose::ChangePhone => "change_phone",
        Purpose::RemovePhone => "remove_phone",
        Purpose::EndOtherSessions => "end_other_sessions",
    }
}

/// Every purpose.
pub(crate) const ALL: [Purpose; 10] = [
    Purpose::AddEmail,
    Purpose::AddPhone,
    Purpose::Username,
    Purpose::Password,
    Purpose::EndSession,
    Purpose::ChangeEmail,
    Purpose::RemoveEmail,
    Purpose::ChangePhone,
    Purpose::RemovePhone,
    Purpose::EndOtherSessions,
];

/// The purpose of a name.
pub(crate) fn from_name(text: &str) -> Option<Purpose> {
    ALL.into_iter().find(|purpose| name(*purpose) == text)
}
