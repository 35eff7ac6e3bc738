//! The keyring of the operating system, behind one actor.
//!
//! Every call blocks, and a locked keyring's prompt can stay open for minutes. One thread of its own takes the
//! requests one after the other, so that a waiting keyring holds up neither the runtime nor a second prompt.

use std::sync::mpsc;
use std::thread;

use futures_util::future::BoxFuture;
use keyring::v1::{Entry, Error as KeyringError};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{StoreError, TokenStore};

/// The item that [`TokenStore::probe`] writes and erases.
const PROBE: &str = "probe";

type Job = Box<dyn FnOnce(&str) + Send>;

/// The keyring of this system.
pub struct KeyringStore {
    jobs: mpsc::Sender<Job>,
}

impl KeyringStore {
    /// Items stand in the keyring under this service name.
    #[must_use]
    pub fn new(service: &str) -> Self {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let service = service.to_owned();
        let actor = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            while let Ok(job) = inbox.recv() {
                job(&service);
            }
        });
        if let Err(error) = actor {
            // The inbox is gone with the closure: every call then answers "absent".
            tracing::error!(%error, "no thread for the keyring");
        }
        Self { jobs }
    }

    fn ask<T: Send + 'static>(
        &self,
        operation: &'static str,
        job: impl FnOnce(&str) -> Result<T, KeyringError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let (answer, receiver) = oneshot::channel();
        let sent = self.jobs.send(Box::new(move |service| {
            let result = job(service).map_err(|error| problem(operation, &error));
            drop(answer.send(result));
        }));
        Box::pin(async move {
            if sent.is_err() {
                return Err(StoreError::Absent);
            }
            receiver.await.unwrap_or(Err(StoreError::Absent))
        })
    }
}

impl TokenStore for KeyringStore {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        let name = name.to_owned();
        self.ask("get", move |service| match Entry::new(service, &name)?.get_password() {
            Ok(secret) => Ok(Some(SecretString::from(Zeroizing::new(secret).as_str()))),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        let name = name.to_owned();
        self.ask("set", move |service| Entry::new(service, &name)?.set_password(secret.expose_secret()))
    }

    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        let name = name.to_owned();
        self.ask("delete", move |service| erase(service, &name))
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask("probe", |service| {
            Entry::new(service, PROBE)?.set_password(PROBE)?;
            erase(service, PROBE)
        })
    }
}

fn erase(service: &str, name: &str) -> Result<(), KeyringError> {
    match Entry::new(service, name)?.delete_credential() {
        Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Absent means that no service answers; everything else counts as locked. The platform's text may name items
/// and stays out of the log: the kind alone is written.
fn problem(operation: &'static str, error: &KeyringError) -> StoreError {
    let (kind, problem) = match error {
        KeyringError::NoDefaultStore => ("no store", StoreError::Absent),
        KeyringError::NoStorageAccess(_) => ("no access", StoreError::Locked),
        KeyringError::PlatformFailure(_) => ("platform failure", StoreError::Locked),
        _ => ("unusable item", StoreError::Locked),
    };
    tracing::warn!(operation, kind, "the keyring refused");
    problem
}
