//! Secrets that this server issues or receives, and keeps as a hash only: nonces, grants, transaction ids, and the
//! secret of an app instance. Each has 256 bits and is 43 characters of base64url.

use account_api::error::ServerCode;
use account_api::secret::SecretText;
use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::request::Parts;
use sha2::{Digest, Sha256};

use account_api::step_up::INSTANCE_HEADER;

use crate::error::Failure;
use crate::randomness;

/// The SHA-256 of such a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hash([u8; 32]);

impl Hash {
    /// Returns the hash of a text that has the right shape.
    pub(crate) fn of(text: &str) -> Option<Self> {
        decoded(text).map(|_| Self(Sha256::digest(text).into()))
    }

    /// Reads a hash that another program has made: base64url, 43 characters.
    pub(crate) fn stored(text: &str) -> Option<Self> {
        decoded(text).map(Self)
    }

    /// Returns the bytes for the store.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

/// Returns the 32 bytes that 43 characters of base64url stand for.
fn decoded(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let read = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (text.len() == 43 && read == 32).then_some(bytes)
}

/// Makes a new secret and its hash.
///
/// # Errors
/// `internal` when the operating system provides no random numbers.
pub(crate) fn make() -> Result<(SecretText, Hash), Failure> {
    let bytes = randomness::bytes::<32>()
        .map_err(|_| Failure::new(ServerCode::Internal, "the operating system provides no random numbers"))?;
    Ok(hashed(URL_SAFE_NO_PAD.encode(bytes)))
}

/// The beginning of the nonce of every challenge: 48 of its 256 bits.
const NONCE_MARK: &str = "stepup--";

/// Makes a new nonce of a challenge and its hash. [`is_nonce`] distinguishes it from every other secret, also in an ID
/// token and long after its challenge is over.
///
/// # Errors
/// As [`make`].
pub(crate) fn make_nonce() -> Result<(SecretText, Hash), Failure> {
    let text = make()?.0;
    Ok(hashed(format!("{NONCE_MARK}{}", &text.expose()[NONCE_MARK.len()..])))
}

fn hashed(text: String) -> (SecretText, Hash) {
    let hash = Hash(Sha256::digest(&text).into());
    (SecretText::new(text), hash)
}

/// Whether a text is the nonce of a challenge of this server, past ones included.
pub(crate) fn is_nonce(text: &str) -> bool {
    text.starts_with(NONCE_MARK)
}

/// Returns the single header of this name, if it has the shape of a secret.
pub(crate) fn in_header(headers: &HeaderMap, name: &str) -> Option<Hash> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { Hash::of(value) }
}

/// The app instance that a request comes from (decision 2): an access token that was copied without it can
/// prove nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instance(pub(crate) Hash);

impl<S: Sync> FromRequestParts<S> for Instance {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        in_header(&parts.headers, INSTANCE_HEADER).map(Self).ok_or(Failure::new(
            ServerCode::InstanceRequired,
            "the app instance's secret is missing or malformed",
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Hash, is_nonce, make, make_nonce};

    #[test]
    fn a_made_secret_has_the_shape_it_is_read_with() {
        let (text, hash) = make().unwrap();
        assert!(Hash::of(text.expose()) == Some(hash));
        assert!(Hash::of(&text.expose()[1..]).is_none());
    }

    #[test]
    fn r31_challenge_nonce_is_distinguished_from_other_secrets() {
        let (text, nonce) = make_nonce().unwrap();
        assert!(Hash::of(text.expose()) == Some(nonce) && is_nonce(text.expose()));
        assert!(!is_nonce(make().unwrap().0.expose()));
        assert_ne!(make_nonce().unwrap().0.expose(), text.expose());
    }

    proptest! {
        #[test]
        fn fuzz_secrets_never_panic(text in "\\PC{0,60}|[A-Za-z0-9_-]{42,44}") {
            let read = Hash::of(&text);
            prop_assert!(read.is_none() || text.len() == 43);
        }
    }
}
