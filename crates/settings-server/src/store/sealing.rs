//! Sealing of what must not be in the database in clear, and keyed names that do not disclose what they name.
//!
//! XChaCha20-Poly1305 with a random nonce; the newest key seals, any opens, and the context (what the bytes are, and
//! whose) is authenticated with them. Layout: version ‖ 4 bytes of key id ‖ 24 bytes of nonce ‖ ciphertext.

use aws_lc_rs::hmac;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::database::StoreError;
use crate::config::EncryptionKey;
use crate::randomness;

const VERSION: u8 = 1;
const HEADER: usize = 5;
const NONCE: usize = 24;

/// The encryption keys, at work.
pub(crate) struct Sealer {
    /// Newest first; never empty.
    newest: Key,
    older: Vec<Key>,
}

/// What is derived from one configured key. The key itself is used for nothing else.
struct Key {
    id: [u8; 4],
    fingerprint: [u8; 32],
    cipher: XChaCha20Poly1305,
    naming: Zeroizing<[u8; 32]>,
}

impl Key {
    fn new(key: &EncryptionKey) -> Self {
        let derived = |purpose: &str| Zeroizing::new(mac(key.bytes(), purpose));
        let fingerprint = *derived("latchkey key fingerprint");
        let id = [fingerprint[0], fingerprint[1], fingerprint[2], fingerprint[3]];
        let cipher = XChaCha20Poly1305::new((&*derived("latchkey sealing")).into());
        Self { id, fingerprint, cipher, naming: derived("latchkey naming") }
    }

    fn number(&self) -> i64 {
        u32::from_be_bytes(self.id).into()
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sealer([redacted])")
    }
}

impl Sealer {
    /// `keys` are newest first.
    pub(crate) fn new(newest: &EncryptionKey, older: &[EncryptionKey]) -> Self {
        Self { newest: Key::new(newest), older: older.iter().map(Key::new).collect() }
    }

    /// Seals with the newest key.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the operating system provides no random numbers.
    pub(crate) fn seal(&self, plaintext: &[u8], context: &str) -> Result<Vec<u8>, StoreError> {
        let mut sealed = vec![VERSION];
        sealed.extend(self.newest.id);
        let nonce = randomness::bytes::<NONCE>().map_err(|_| StoreError::Unavailable)?;
        let bound = bound(&sealed, context);
        let payload = Payload { msg: plaintext, aad: &bound };
        let ciphertext = self.newest.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        sealed.extend(nonce);
        sealed.extend(ciphertext.map_err(|_| StoreError::Corrupt("too long to be sealed"))?);
        Ok(sealed)
    }

    /// Opens what any of the keys sealed with this context, and nothing else.
    pub(crate) fn open(&self, sealed: &[u8], context: &str) -> Option<Zeroizing<Vec<u8>>> {
        let (header, rest) = sealed.split_at_checked(HEADER)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
        let (version, id) = header.split_first()?;
        let key = self.keys().find(|key| key.id == id).filter(|_| *version == VERSION)?;
        let bound = bound(header, context);
        let payload = Payload { msg: ciphertext, aad: &bound };
        key.cipher.decrypt(XNonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
    }

    /// Seals a value, as JSON.
    ///
    /// # Errors
    /// As [`Self::seal`]; [`StoreError::Corrupt`] when the value cannot be written as JSON.
    pub(crate) fn seal_value(&self, value: &impl Serialize, context: &str) -> Result<Vec<u8>, StoreError> {
        let text = serde_json::to_vec(value).map(Zeroizing::new);
        self.seal(&text.map_err(|_| StoreError::Corrupt("a value cannot be written"))?, context)
    }

    /// Opens what [`Self::seal_value`] sealed with this context.
    pub(crate) fn open_value<T: DeserializeOwned>(&self, sealed: &[u8], context: &str) -> Option<T> {
        self.open(sealed, context).and_then(|text| serde_json::from_slice(&text).ok())
    }

    /// Returns a name for `what` that only a holder of the keys can make: the same as long as the oldest key is
    /// configured.
    pub(crate) fn fingerprint(&self, what: &str) -> [u8; 32] {
        let oldest = self.older.last().unwrap_or(&self.newest);
        mac(&oldest.naming, what)
    }

    /// Returns the number that names the key that seals, in the store alone.
    pub(crate) fn key_number(&self) -> i64 {
        self.newest.number()
    }

    /// Returns the numbers that name the keys that only open.
    pub(crate) fn older_key_numbers(&self) -> impl Iterator<Item = i64> {
        self.older.iter().map(Key::number)
    }

    /// Whether bytes were sealed as this sealer would seal them now.
    pub(crate) fn seals_like(&self, sealed: &[u8]) -> bool {
        sealed
            .split_first()
            .is_some_and(|(version, rest)| *version == VERSION && rest.starts_with(&self.newest.id))
    }

    /// Returns the fingerprints of all keys; the first is that of the key that seals.
    pub(super) fn key_fingerprints(&self) -> impl Iterator<Item = [u8; 32]> {
        self.keys().map(|key| key.fingerprint)
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

/// Returns what is authenticated in addition to the plaintext.
fn bound(header: &[u8], context: &str) -> Vec<u8> {
    [header, context.as_bytes()].concat()
}

/// HMAC-SHA256.
fn mac(key: &[u8; 32], what: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), what.as_bytes());
    let mut bytes = [0; 32];
    for (byte, of_tag) in bytes.iter_mut().zip(tag.as_ref()) {
        *byte = *of_tag;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Sealer;
    use crate::config::EncryptionKey;

    fn key(number: u8) -> EncryptionKey {
        EncryptionKey::from_bytes(std::array::from_fn(|index| number ^ u8::try_from(index).unwrap()))
    }

    #[test]
    fn what_one_key_sealed_it_opens_in_the_same_context_only() {
        let sealer = Sealer::new(&key(1), &[]);
        let sealed = sealer.seal(b"ann@example.test", "outbox 1").unwrap();
        assert_eq!(sealer.open(&sealed, "outbox 1").unwrap().as_slice(), b"ann@example.test");
        assert!(sealer.open(&sealed, "outbox 2").is_none());
        assert!(Sealer::new(&key(2), &[]).open(&sealed, "outbox 1").is_none());
        let text = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!text.contains("ann") && sealed.len() == 1 + 4 + 24 + 16 + 16);
        assert_ne!(sealer.seal(b"x", "y").unwrap(), sealer.seal(b"x", "y").unwrap(), "a nonce each");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(sealer.open(&changed, "outbox 1").is_none(), "byte {index}");
        }
    }

    #[test]
    fn b39_keys_are_rotated_by_putting_the_new_one_in_front() {
        let old = Sealer::new(&key(1), &[]);
        let sealed = old.seal(b"x", "y").unwrap();
        let rotated = Sealer::new(&key(2), &[key(1)]);
        assert!(rotated.open(&sealed, "y").is_some());
        let by_new = rotated.seal(b"x", "y").unwrap();
        assert!(old.open(&by_new, "y").is_none());
        assert!(Sealer::new(&key(1), &[key(2)]).open(&by_new, "y").is_some());
        assert_eq!(old.fingerprint("ann"), rotated.fingerprint("ann"), "the oldest key names");
        assert_ne!(old.fingerprint("ann"), old.fingerprint("bob"));
        assert_ne!(old.fingerprint("ann"), Sealer::new(&key(3), &[]).fingerprint("ann"));
        assert_eq!(format!("{old:?} {:?}", key(1)), "Sealer([redacted]) EncryptionKey([redacted])");
    }

    proptest! {
        #[test]
        fn fuzz_what_was_not_sealed_here_is_not_opened(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Sealer::new(&key(1), &[]).open(&bytes, "y").is_none());
        }
    }
}
