//! Where secrets outlive the app: the operating system's keyring, or nothing at all.
//!
//! There is no file as a fallback, and there never will be: without a keyring a session lives in memory and ends
//! with the app (N14).

mod keyring;
mod memory;
mod patient;

use account_api::app::KeyringProblem;
use futures_util::future::BoxFuture;
use secrecy::SecretString;

pub use self::keyring::KeyringStore;
pub use self::memory::MemoryStore;
pub(crate) use self::patient::PatientStore;

/// Why the store did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No keyring service answers.
    #[error("no keyring service answers")]
    Absent,
    /// The keyring is locked, or refused.
    #[error("the keyring is locked, or refused")]
    Locked,
}

impl From<StoreError> for KeyringProblem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Absent => Self::Absent,
            StoreError::Locked => Self::Locked,
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
    /// Erases a secret; one that does not exist is erased already.
    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>>;
    /// Writes and erases an item without meaning, to learn whether the store can be written at all.
    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>>;
}
