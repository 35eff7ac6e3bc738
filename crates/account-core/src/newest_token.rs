//! The newest refresh token of a session at rest, sealed with the key that is in the session's keyring item.
//!
//! Reusing a refresh token ends the whole grant at Logto. Some keyrings lose their last write (KWallet, when it ends
//! within five seconds after it) or refuse it, and return the token before. So each token is written here first, with
//! its number, and the one with the higher number is used. Without the item in the keyring the file cannot be opened.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::identity::Identity;
use crate::randomness::Randomness;
use crate::sealed_files::{FileKey, SealedFiles};

/// A refresh token and its number: how many the session had before it.
#[derive(Clone)]
pub(crate) struct NumberedToken {
    pub(crate) number: u64,
    pub(crate) token: SecretString,
}

#[derive(Serialize, Deserialize)]
struct Content<'a> {
    number: u64,
    refresh_token: std::borrow::Cow<'a, str>,
}

impl NumberedToken {
    /// Returns the newer of two, and `self` where they are equally new.
    pub(crate) fn or_newer(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.number > self.number => other,
            _ => self,
        }
    }
}

/// The folder of sealed copies.
#[derive(Debug)]
pub(crate) struct NewestTokens(SealedFiles);

impl NewestTokens {
    /// Returns the folder `tokens` of this data folder.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self(SealedFiles::new(data_dir.join("tokens"), b"LATCHKT1"))
    }

    /// Saves a token in place of the former one.
    ///
    /// # Errors
    /// As [`SealedFiles::save`].
    pub(crate) fn save(
        &self,
        identity: &Identity,
        key: &FileKey,
        randomness: &dyn Randomness,
        newest: &NumberedToken,
    ) -> Result<(), Error> {
        let content = Content { number: newest.number, refresh_token: newest.token.expose_secret().into() };
        let plain = Zeroizing::new(serde_json::to_vec(&content).map_err(|_| Error::StorageFailed)?);
        self.0.save(identity, key, randomness, &plain, || true)
    }

    /// Returns the token that was saved last.
    pub(crate) fn load(&self, identity: &Identity, key: &FileKey) -> Option<NumberedToken> {
        let plain = self.0.load(identity, key)?;
        let content: Content<'_> = serde_json::from_slice(&plain).ok()?;
        let token = SecretString::from(content.refresh_token.as_ref());
        (!content.refresh_token.is_empty()).then_some(NumberedToken { number: content.number, token })
    }

    /// Removes the token of an account.
    pub(crate) fn erase(&self, identity: &Identity) {
        self.0.erase(identity);
    }
}
