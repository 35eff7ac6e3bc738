//! Where secrets outlive the app: the operating system's keyring, or nothing at all.
//!
//! There is no file as a fallback, and there never will be: without a keyring a session lives in memory and ends
//! with the app (N14). A file that is sealed with a key in the keyring is none ([`crate::newest_token`]).

mod keyring;
mod memory;
#[cfg(not(target_os = "linux"))]
mod native;
#[cfg(target_os = "linux")]
mod secret_service;
mod timeout;

use account_api::app::KeyringProblem;
use futures_util::future::BoxFuture;
use secrecy::SecretString;

pub use self::keyring::KeyringStore;
pub use self::memory::MemoryStore;
pub(crate) use self::timeout::TimeoutStore;

/// Why the store did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No keyring service answers.
    #[error("no keyring service answers")]
    Absent,
    /// The keyring is locked, and was not unlocked.
    #[error("the keyring is locked")]
    Locked,
    /// A keyring service answers, and has no collection to keep anything in.
    #[error("the keyring service has no collection")]
    NoCollection,
    /// The keyring failed, or refused.
    #[error("the keyring failed or refused")]
    Refused,
}

impl From<StoreError> for KeyringProblem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Absent => Self::Absent,
            StoreError::Locked => Self::Locked,
            StoreError::NoCollection => Self::NoCollection,
            StoreError::Refused => Self::Refused,
        }
    }
}

impl From<KeyringProblem> for StoreError {
    fn from(problem: KeyringProblem) -> Self {
        match problem {
            KeyringProblem::Absent => Self::Absent,
            KeyringProblem::Locked => Self::Locked,
            KeyringProblem::NoCollection => Self::NoCollection,
            KeyringProblem::Refused => Self::Refused,
        }
    }
}

/// Named secrets. A call may wait for minutes while the system asks the person to unlock the keyring.
pub trait TokenStore: Send + Sync + 'static {
    /// The secret of this name. `None` alone does not mean that there is none: a locked keyring answers so too;
    /// ask [`TokenStore::probe`] before believing it.
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>>;
    /// Keeps a secret under this name, instead of a former one.
    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>>;
    /// Erases a secret; one that does not exist is erased already, if the store can be trusted to know.
    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>>;
    /// Whether the store can be used at all; asks for it to be unlocked.
    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>>;
    /// Makes the store usable, with whatever dialogs that takes: unlocks it, or sets it up where there is none.
    fn create(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.probe()
    }
}
