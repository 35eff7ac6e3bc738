//! The app instance's secret (decision 2): 256 bits that are created at the first sign-in and kept with the refresh
//! token. The settings server binds proofs to it, so that an access token copied without it proves nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
use crate::randomness::{self, Randomness, RandomnessUnavailable};

/// 32 bytes as base64url without padding.
#[derive(Clone)]
pub(crate) struct InstanceSecret(SecretString);

impl InstanceSecret {
    /// Creates a secret.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`].
    pub(crate) fn new(randomness: &dyn Randomness) -> Result<Self, RandomnessUnavailable> {
        Ok(Self(SecretString::from(randomness::token::<32>(randomness)?)))
    }

    /// Reads a secret that was kept. Returns `None` when it is malformed.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = zeroize::Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        (bytes.len() == 32).then(|| Self(SecretString::from(text)))
    }

    /// Returns its text, for the keyring's item.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns the value of its header, marked as sensitive.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        sensitive(&self.0)
    }
}

/// Returns a secret as the value of a header that no log prints.
pub(crate) fn sensitive(secret: &SecretString) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(secret.expose_secret())
        .map_err(|_| Error::Internal("a secret that fits no header"))?;
    value.set_sensitive(true);
    Ok(value)
}
