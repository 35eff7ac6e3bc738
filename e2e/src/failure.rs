//! Why a journey did not pass: the infrastructure did not start (it is retried once), an assertion failed (never
//! retried), or something it needs is missing (it is skipped and proves nothing).

use std::error::Error;
use std::fmt;

/// Why a journey did not pass.
#[derive(Debug)]
pub enum Failure {
    /// Xvfb, bus, keyring, browser or driver did not start.
    Infrastructure(String),
    /// An assertion of the journey failed.
    Failed(String),
    /// This Logto, or what is known of it, lacks something that the journey needs.
    Skipped(String),
}

/// The outcome of a step.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Creates an infrastructure failure.
    pub fn infrastructure(what: &str, why: impl fmt::Display) -> Self {
        Self::Infrastructure(format!("{what}: {why}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Infrastructure(why) => write!(formatter, "could not start: {why}"),
            Self::Failed(why) | Self::Skipped(why) => formatter.write_str(why),
        }
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            text = format!("{text}: {inner}");
            source = inner.source();
        }
        Self::Failed(text)
    }
}

/// Fails with `otherwise` unless `condition` holds.
///
/// # Errors
/// [`Failure::Failed`].
pub fn ensure(condition: bool, otherwise: impl Into<String>) -> Outcome {
    if condition { Ok(()) } else { Err(Failure::Failed(otherwise.into())) }
}

/// Ends a journey that cannot run here.
///
/// # Errors
/// [`Failure::Skipped`], always.
pub fn skip<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Failure::Skipped(why.into()))
}
