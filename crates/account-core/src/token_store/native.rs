//! The keyrings of macOS and Windows.

use keyring::v1::{Entry, Error as KeyringError};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::StoreError;

/// The item that [`Keyring::probe`] writes and erases.
const PROBE: &str = "probe";

/// The keyring of this system. Its items have this service name.
pub(super) struct Keyring {
    service: String,
}

impl Keyring {
    pub(super) fn new(service: &str) -> Self {
        Self { service: service.to_owned() }
    }

    pub(super) fn get(&mut self, name: &str) -> Result<Option<SecretString>, StoreError> {
        match self.entry(name).and_then(|entry| entry.get_password()) {
            Ok(secret) => Ok(Some(SecretString::from(Zeroizing::new(secret).as_str()))),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(error) => Err(problem("get", &error)),
        }
    }

    pub(super) fn set(&mut self, name: &str, secret: &SecretString) -> Result<(), StoreError> {
        let set = self.entry(name).and_then(|entry| entry.set_password(secret.expose_secret()));
        set.map_err(|error| problem("set", &error))
    }

    pub(super) fn delete(&mut self, name: &str) -> Result<(), StoreError> {
        match self.entry(name).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
            Err(error) => Err(problem("delete", &error)),
        }
    }

    /// Writes and erases a meaningless item.
    pub(super) fn probe(&mut self) -> Result<(), StoreError> {
        self.set(PROBE, &SecretString::from(PROBE))?;
        self.delete(PROBE)
    }

    /// Does nothing: these systems always have a keyring.
    pub(super) fn create(&mut self) -> Result<(), StoreError> {
        self.probe()
    }

    fn entry(&self, name: &str) -> Result<Entry, KeyringError> {
        Entry::new(&self.service, name)
    }
}

/// Logs the kind of an error and maps it. The platform's text may name items and is not logged.
fn problem(operation: &'static str, error: &KeyringError) -> StoreError {
    let problem = match error {
        KeyringError::NoDefaultStore => StoreError::Absent,
        KeyringError::NoStorageAccess(_) => StoreError::Locked,
        _ => StoreError::Refused,
    };
    tracing::warn!(operation, %problem, "keyring: operation failed");
    problem
}
