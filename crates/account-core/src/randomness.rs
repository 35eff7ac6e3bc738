//! Randomness as a dependency: verifiers, `state`, nonces and keys come from here only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// The operating system returned no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system returned no random bytes")]
pub struct RandomnessUnavailable;

/// A source of unpredictable bytes.
pub trait Randomness: Send + Sync + 'static {
    /// Fills `bytes` completely.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] when the source fails; `bytes` must then not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable>;
}

/// The random number generator of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OperatingSystemRandomness;

impl Randomness for OperatingSystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        getrandom::fill(bytes).map_err(|_| RandomnessUnavailable)
    }
}

/// Returns `COUNT` random bytes as base64url without padding: 32 bytes make the 43 characters of a PKCE verifier.
///
/// # Errors
/// [`RandomnessUnavailable`].
pub(crate) fn token<const COUNT: usize>(source: &dyn Randomness) -> Result<String, RandomnessUnavailable> {
    let mut bytes = Zeroizing::new([0_u8; COUNT]);
    source.fill(bytes.as_mut_slice())?;
    Ok(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}
