//! A social account that is being linked: the keyring item that lets the app finish it, also after a restart.
//!
//! The verifier and the state leave the app only towards the settings server; what a deep link brings has to fit them.

use account_api::social::{SocialLinkAnswer, SocialLinkPending};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::identity::Identity;

/// A link under way.
#[derive(Clone)]
pub(crate) struct PendingLink {
    pub(crate) target: String,
    pub(crate) replaces: bool,
    pub(crate) state: SecretString,
    pub(crate) verifier: SecretString,
    /// Where the user authorizes.
    pub(crate) url: Url,
    /// Where the provider sends the browser, if that is this app.
    pub(crate) direct_redirect_uri: Option<String>,
    /// Until when the answer is awaited, in milliseconds since the epoch.
    pub(crate) until: u64,
    /// What the browser brought back.
    pub(crate) answer: Option<SocialLinkAnswer>,
}

/// What a deep link brings back from a browser.
#[derive(Clone)]
pub(crate) struct ReturnedLink {
    /// Where the link leads, without its parameters: `<scheme>://social`, and the connector where a provider answers itself.
    pub(crate) place: String,
    pub(crate) state: SecretString,
    pub(crate) answer: SocialLinkAnswer,
}

#[derive(Serialize, Deserialize)]
struct Item<'a> {
    target: std::borrow::Cow<'a, str>,
    replaces: bool,
    state: &'a str,
    verifier: &'a str,
    url: std::borrow::Cow<'a, str>,
    #[serde(default)]
    direct_redirect_uri: Option<std::borrow::Cow<'a, str>>,
    until: u64,
    #[serde(default)]
    answer: Option<SocialLinkAnswer>,
}

impl PendingLink {
    /// Returns the name of an account's item.
    pub(crate) fn item(identity: &Identity) -> String {
        format!("social-link:{}", identity.digest())
    }

    /// Returns the item's text.
    pub(crate) fn write(&self) -> SecretString {
        let item = Item {
            target: self.target.as_str().into(),
            replaces: self.replaces,
            state: self.state.expose_secret(),
            verifier: self.verifier.expose_secret(),
            url: self.url.as_str().into(),
            direct_redirect_uri: self.direct_redirect_uri.as_deref().map(Into::into),
            until: self.until,
            answer: self.answer.clone(),
        };
        SecretString::from(serde_json::to_string(&item).unwrap_or_default())
    }

    /// Reads an item. Returns `None` when it is damaged.
    pub(crate) fn read(secret: &SecretString) -> Option<Self> {
        let item: Item<'_> = serde_json::from_str(secret.expose_secret()).ok()?;
        Some(Self {
            target: item.target.into_owned(),
            replaces: item.replaces,
            state: SecretString::from(item.state),
            verifier: SecretString::from(item.verifier),
            url: Url::parse(&item.url).ok()?,
            direct_redirect_uri: item.direct_redirect_uri.map(std::borrow::Cow::into_owned),
            until: item.until,
            answer: item.answer,
        })
    }

    /// Whether a deep link belongs to this link: it has its state, and came the way that was agreed on.
    pub(crate) fn is_answered_by(&self, returned: &ReturnedLink) -> bool {
        let is_relayed = matches!(returned.answer, SocialLinkAnswer::Handle(_));
        let came_right = match &self.direct_redirect_uri {
            Some(uri) => !is_relayed && *uri == returned.place,
            None => is_relayed,
        };
        if !came_right {
            return false;
        }
        let [own, given] = [&self.state, &returned.state].map(|text| text.expose_secret().as_bytes());
        own.ct_eq(given).into()
    }

    /// Returns what the page knows of it.
    pub(crate) fn view(&self, now: u64) -> SocialLinkPending {
        let seconds = self.until.saturating_sub(now) / 1_000;
        SocialLinkPending {
            target: self.target.clone(),
            replaces: self.replaces,
            expires_in: u32::try_from(seconds).unwrap_or(u32::MAX),
        }
    }
}
