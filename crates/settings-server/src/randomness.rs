//! Randomness from the operating system: the one place that fetches it.

/// The operating system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub(crate) struct RandomnessUnavailable;

/// Returns random bytes.
///
/// # Errors
/// [`RandomnessUnavailable`].
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], RandomnessUnavailable> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| RandomnessUnavailable)?;
    Ok(bytes)
}
