//! The keyring of the operating system, behind one actor.
//!
//! Every call blocks, and a dialog of the keyring can stay open for minutes. A separate thread handles the requests
//! one after the other, so that a waiting keyring neither blocks the runtime nor opens a second dialog.

use std::sync::mpsc;
use std::thread;

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::oneshot;

#[cfg(not(target_os = "linux"))]
use super::native::Keyring;
#[cfg(target_os = "linux")]
use super::secret_service::Keyring;
use super::{StoreError, TokenStore};

type Job = Box<dyn FnOnce(&mut Keyring) + Send>;

/// The keyring of this system.
pub struct KeyringStore {
    jobs: mpsc::Sender<Job>,
}

impl KeyringStore {
    /// Creates a store whose items have this service name in the keyring.
    #[must_use]
    pub fn new(service: &str) -> Self {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let mut keyring = Keyring::new(service);
        let actor = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            while let Ok(job) = inbox.recv() {
                job(&mut keyring);
            }
        });
        if let Err(error) = actor {
            // The inbox is gone with the closure: every call then returns "absent".
            tracing::error!(%error, "keyring: thread not started");
        }
        Self { jobs }
    }

    fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Keyring) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let jobs = self.jobs.clone();
        // Sent when it is awaited: a call that is refused before that must not open a dialog.
        Box::pin(async move {
            let (answer, receiver) = oneshot::channel::<Result<T, StoreError>>();
            let job: Job = Box::new(move |keyring| {
                // A call whose caller has gone meanwhile must not open a dialog either.
                if !answer.is_closed() {
                    drop(answer.send(job(keyring)));
                }
            });
            if jobs.send(job).is_err() {
                return Err(StoreError::Absent);
            }
            receiver.await.unwrap_or(Err(StoreError::Absent))
        })
    }
}

impl TokenStore for KeyringStore {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        let name = name.to_owned();
        self.ask(move |keyring| keyring.get(&name))
    }

    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        let name = name.to_owned();
        self.ask(move |keyring| keyring.set(&name, &secret))
    }

    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        let name = name.to_owned();
        self.ask(move |keyring| keyring.delete(&name))
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(Keyring::probe)
    }

    fn create(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(Keyring::create)
    }
}
