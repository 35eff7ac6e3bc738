//! A social account that is being linked: the keyring item that lets the app finish it, also after a restart.
//!
//! The verifier and the state leave the app only towards the settings server; what a deep link brings has to fit them.

use account_api::social::SocialLinkPending;
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
    /// Until when the answer is awaited, in milliseconds since the epoch.
    pub(crate) until: u64,
    /// What the browser brought back.
    pub(crate) handle: Option<SecretString>,
}

/// What a deep link brings back from a browser.
#[derive(Clone)]
pub(crate) struct ReturnedLink {
    pub(crate) state: SecretString,
    pub(crate) handle: SecretString,
}

#[derive(Serialize, Deserialize)]
struct Item<'a> {
    target: std::borrow::Cow<'a, str>,
    replaces: bool,
    state: &'a str,
    verifier: &'a str,
    url: std::borrow::Cow<'a, str>,
    until: u64,
    #[serde(default)]
    handle: Option<&'a str>,
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
            until: self.until,
            handle: self.handle.as_ref().map(SecretString::expose_secret),
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
            until: item.until,
            handle: item.handle.map(SecretString::from),
        })
    }

    /// Whether a deep link belongs to this link.
    pub(crate) fn is_answered_by(&self, returned: &ReturnedLink) -> bool {
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
