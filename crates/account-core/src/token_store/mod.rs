//! Where secrets outlive the app: the operating system's keyring, or nowhere.
//!
//! There is no file as a fallback, and there never will be: without a keyring a session lives in memory and ends with
//! the app (N14). A file that is sealed with a key in the keyring is no such fallback ([`crate::newest_token`]).

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

/// Why the store failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No keyring service answers.
    #[error("no keyring service answers")]
    Absent,
    /// The keyring is locked, and was not unlocked.
    #[error("the keyring is locked")]
    Locked,
    /// A keyring service answers, but has no collection to keep anything in.
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

/// Named secrets. A call may wait for minutes while the system prompts the user to unlock the keyring.
pub trait TokenStore: Send + Sync + 'static {
    /// Returns the secret of this name. `None` alone does not mean that there is none: a locked keyring returns it,
    /// too; call [`TokenStore::probe`] before relying on it.
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>>;
    /// Saves a secret under this name in place of the former one.
    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>>;
    /// Erases a secret. Succeeds when it does not exist, if the store can be trusted to know.
    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>>;
    /// Checks whether the store can be used at all, and requests that it be unlocked.
    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>>;
    /// Makes the store usable, with any dialogs that requires: unlocks it, or sets it up where there is none.
    fn create(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.probe()
    }
}
