//! Identifiers and secrets from the operating system's randomness, in the forms that Logto uses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Fills an array with random bytes. A process without randomness must not pretend to issue secrets: it exits.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0_u8; N];
    if getrandom::fill(&mut buffer).is_err() {
        std::process::abort();
    }
    buffer
}

/// Returns an opaque token of 43 characters, as Logto's codes, access and refresh tokens and session ids are.
pub(crate) fn opaque() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// Returns a lower-case identifier such as `ftmsayfjzndh`: 12 characters for users, 21 for applications.
pub(crate) fn id(length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let random = bytes::<32>();
    random
        .iter()
        .take(length)
        .map(|byte| char::from(ALPHABET.get(usize::from(*byte) % 36).copied().unwrap_or(b'a')))
        .collect()
}
