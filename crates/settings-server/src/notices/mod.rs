//! Notices: mails about changes of an account to its user (B29).
//!
//! Plain text, in the user's language, to every address the account has and had. A notice says what happened, when,
//! from where, and what to do; it holds no secret and no whole address. The outbox keeps notices until they are
//! delivered.

pub(crate) mod mailbox;
pub(crate) mod mailer;
pub(crate) mod notification;
pub(crate) mod outbox;
mod text;

use account_api::account::Language;
use logto_client::types::User;
use serde::{Deserialize, Serialize};

use crate::account::view;

pub(crate) use text::Text;

/// What happened. The name is kept in the store: it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoticeKind {
    /// The e-mail address for signing in was set, changed or removed.
    SignInEmailChanged,
    /// The phone number was set, changed or removed.
    PhoneChanged,
    /// The e-mail address is about to change, and a code to it was the only proof.
    EmailAboutToChange,
    /// The phone number is about to change, and a code to it was the only proof.
    PhoneAboutToChange,
    /// The user name was set, changed or removed.
    UsernameChanged,
    /// The password was set or changed.
    PasswordChanged,
    /// Sessions were ended.
    SessionsEnded,
    /// There were too many wrong codes.
    CodeTriesExhausted,
    /// There were too many tries of user names.
    UsernameTriesExhausted,
    /// An app instance that was not known before was introduced.
    InstanceIntroduced,
    /// A personal access token was created.
    AccessTokenCreated,
    /// A personal access token was revoked.
    AccessTokenRevoked,
    /// A social account was linked.
    SocialLinked,
    /// A linked social account was replaced by another one of the same provider.
    SocialSwitched,
    /// A social account was unlinked.
    SocialUnlinked,
    /// A social account that was unlinked or replaced was linked again.
    SocialRestored,
    /// What was kept of a social account that was unlinked or replaced was erased.
    SocialForgotten,
}

impl NoticeKind {
    /// Returns its name in the store and the audit log.
    pub(crate) fn name(self) -> String {
        let name = serde_json::to_value(self).unwrap_or_default();
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Whether a notice of this kind is sent before the change that it is about.
    pub(crate) const fn comes_before_a_change(self) -> bool {
        matches!(self, Self::EmailAboutToChange | Self::PhoneAboutToChange)
    }

    #[cfg(test)]
    pub(crate) const ALL: [Self; 17] = [
        Self::SignInEmailChanged,
        Self::PhoneChanged,
        Self::EmailAboutToChange,
        Self::PhoneAboutToChange,
        Self::UsernameChanged,
        Self::PasswordChanged,
        Self::SessionsEnded,
        Self::CodeTriesExhausted,
        Self::UsernameTriesExhausted,
        Self::InstanceIntroduced,
        Self::AccessTokenCreated,
        Self::AccessTokenRevoked,
        Self::SocialLinked,
        Self::SocialSwitched,
        Self::SocialUnlinked,
        Self::SocialRestored,
        Self::SocialForgotten,
    ];
}

/// One notice, as it is kept (sealed) until it is delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) kind: NoticeKind,
    /// When it happened, in Unix milliseconds.
    pub(crate) at_ms: u64,
    /// The program that sent the request, as `device::name` names it; empty for an unknown one.
    pub(crate) device: String,
    /// The network that the request came from, shortened; may be empty.
    pub(crate) network: String,
    pub(crate) language: Language,
    /// The account elsewhere that was removed, as `social::named` names it.
    #[serde(default)]
    pub(crate) removed: Option<String>,
    /// The account elsewhere that was added, likewise.
    #[serde(default)]
    pub(crate) added: Option<String>,
}

/// Returns the language of a user, if it is known; otherwise English.
pub(crate) fn language(user: &User) -> Language {
    let chosen = view::preferences(&user.custom_data).language;
    let is_german = |locale: &str| {
        let language = locale.split('-').next().unwrap_or_default();
        language.eq_ignore_ascii_case("de")
    };
    chosen.unwrap_or(match user.profile.locale.as_deref() {
        Some(locale) if is_german(locale) => Language::De,
        _ => Language::En,
    })
}

#[cfg(test)]
mod tests {
    use account_api::account::Language;

    #[test]
    fn language_is_the_preference_then_the_locale_then_english() {
        let user = |locale: Option<&str>, chosen: Option<&str>| {
            let user = serde_json::json!({
                "id": "u", "createdAt": 0, "isSuspended": false, "profile": { "locale": locale },
                "customData": { "latchkey": { "language": chosen } }
            });
            super::language(&serde_json::from_value(user).unwrap())
        };
        assert_eq!(user(None, None), Language::En);
        assert_eq!(user(Some("fr"), None), Language::En);
        assert_eq!(user(Some("de-AT"), None), Language::De);
        assert_eq!(user(Some("DE"), None), Language::De);
        assert_eq!(user(Some("den"), None), Language::En);
        assert_eq!(user(Some("de"), Some("en")), Language::En);
        assert_eq!(user(Some("en"), Some("de")), Language::De);
    }
}
