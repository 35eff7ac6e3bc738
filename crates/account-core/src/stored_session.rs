//! The keyring items: a session (N12), and a refresh token that is only kept for its revocation (N16).
//!
//! Each is one small JSON text under a name that reveals nothing. The key of the last known view is in the session's
//! item: erasing the item makes the file unreadable in the same moment. So is the app instance's secret: it is used
//! by no other session.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::instance::InstanceSecret;
use crate::newest_token::NumberedToken;
use crate::sealed_files::FileKey;

/// What a session needs to continue after a restart.
pub(crate) struct StoredSession {
    pub(crate) server: String,
    pub(crate) resource: String,
    pub(crate) identity: Identity,
    pub(crate) newest: NumberedToken,
    pub(crate) view_key: FileKey,
    /// Absent in an item of a version that had none.
    pub(crate) instance: Option<InstanceSecret>,
}

/// A refresh token whose session is over here, but not yet at the identity provider.
pub(crate) struct PendingRevocation {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) refresh_token: SecretString,
    /// When the token has expired anyway, in milliseconds since the epoch.
    pub(crate) expires_at: u64,
}

#[derive(Serialize, Deserialize)]
struct SessionItem<'a> {
    server: &'a str,
    resource: &'a str,
    #[serde(flatten)]
    identity: Identity,
    #[serde(borrow)]
    refresh_token: Cow<'a, str>,
    /// Absent in an item of a version that counted none.
    #[serde(default)]
    number: u64,
    view_key: &'a str,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct PendingItem<'a> {
    issuer: &'a str,
    client_id: &'a str,
    #[serde(borrow)]
    refresh_token: Cow<'a, str>,
    expires_at: u64,
}

impl StoredSession {
    /// Returns the name of an account's item.
    pub(crate) fn item(identity: &Identity) -> String {
        format!("session:{}", identity.digest())
    }

    /// Returns the item's text.
    pub(crate) fn write(&self) -> SecretString {
        let view_key = Zeroizing::new(STANDARD.encode(self.view_key.as_slice()));
        seal(&SessionItem {
            server: &self.server,
            resource: &self.resource,
            identity: self.identity.clone(),
            refresh_token: Cow::Borrowed(self.newest.token.expose_secret()),
            number: self.newest.number,
            view_key: &view_key,
            instance: self.instance.as_ref().map(InstanceSecret::expose),
        })
    }

    /// Reads an item. Returns `None` when it is damaged, or another account's.
    pub(crate) fn read(secret: &SecretString, identity: &Identity) -> Option<Self> {
        let item: SessionItem<'_> = serde_json::from_str(secret.expose_secret()).ok()?;
        let decoded = Zeroizing::new(STANDARD.decode(item.view_key).ok()?);
        let view_key: [u8; 32] = decoded.as_slice().try_into().ok()?;
        (item.identity == *identity && !item.refresh_token.is_empty()).then(|| Self {
            server: item.server.to_owned(),
            resource: item.resource.to_owned(),
            identity: item.identity,
            newest: NumberedToken { number: item.number, token: SecretString::from(&*item.refresh_token) },
            view_key: Zeroizing::new(view_key),
            instance: item.instance.and_then(InstanceSecret::read),
        })
    }
}

impl PendingRevocation {
    /// Returns the item's text.
    pub(crate) fn write(&self) -> SecretString {
        seal(&PendingItem {
            issuer: &self.issuer,
            client_id: &self.client_id,
            refresh_token: Cow::Borrowed(self.refresh_token.expose_secret()),
            expires_at: self.expires_at,
        })
    }

    /// Reads an item. Returns `None` when it is damaged.
    pub(crate) fn read(secret: &SecretString) -> Option<Self> {
        let item: PendingItem<'_> = serde_json::from_str(secret.expose_secret()).ok()?;
        Some(Self {
            issuer: item.issuer.to_owned(),
            client_id: item.client_id.to_owned(),
            refresh_token: SecretString::from(&*item.refresh_token),
            expires_at: item.expires_at,
        })
    }
}

fn seal(item: &impl Serialize) -> SecretString {
    // Strings and numbers always serialise; an empty item would simply not be read back.
    SecretString::from(serde_json::to_string(item).unwrap_or_default())
}
