//! The store as the app uses it: every call ends, "no such item" is reliable, and no dialog follows another.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::SecretString;

use super::{StoreError, TokenStore};
use crate::clock::Clock;

/// How long the system's prompt may stay open before the app continues without the keyring.
const PATIENCE: Duration = Duration::from_secs(2 * 60);

/// A call that took longer showed a dialog of the system.
const DIALOG: Duration = Duration::from_secs(1);
/// How long after a cancelled dialog no call opens another one.
const REST: Duration = Duration::from_secs(3);

/// A store in front of another: a call that takes longer than [`PATIENCE`] returns [`StoreError::Locked`]. `None` is
/// returned only by a keyring that proved usable, queried again after the probe (which may have unlocked it), and
/// never after a dialog: some keyrings look empty when a user cancels it.
pub(crate) struct TimeoutStore {
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    /// When calls are accepted again after a cancelled dialog.
    resting_until: Arc<Mutex<Duration>>,
}

impl TimeoutStore {
    /// Creates a store in front of `store`; `clock` measures the timeout.
    pub(crate) fn new(store: Arc<dyn TokenStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, resting_until: Arc::default() }
    }

    fn bounded<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let (clock, resting_until) = (Arc::clone(&self.clock), Arc::clone(&self.resting_until));
        Box::pin(async move {
            let began = clock.elapsed();
            if began < *resting_until.lock().unwrap_or_else(PoisonError::into_inner) {
                return Err(StoreError::Locked);
            }
            // Sleeps only when the keyring does not answer at once.
            let time_is_up = async { clock.sleep(PATIENCE).await };
            let answer = tokio::select! {
                biased;
                answer = call => answer,
                () = time_is_up => {
                    tracing::warn!(seconds = PATIENCE.as_secs(), "keyring: no answer in time (look for its dialog)");
                    Err(StoreError::Locked)
                }
            };
            let now = clock.elapsed();
            if answer.as_ref().is_err_and(|problem| *problem == StoreError::Locked)
                && now.saturating_sub(began) > DIALOG
            {
                *resting_until.lock().unwrap_or_else(PoisonError::into_inner) = now + REST;
            }
            answer
        })
    }
}

impl TokenStore for TimeoutStore {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        let (store, name, clock) = (Arc::clone(&self.store), name.to_owned(), Arc::clone(&self.clock));
        self.bounded(async move {
            let began = clock.elapsed();
            if let Some(secret) = store.get(&name).await? {
                return Ok(Some(secret));
            }
            if clock.elapsed().saturating_sub(began) > DIALOG {
                return Err(StoreError::Locked);
            }
            store.probe().await?;
            store.get(&name).await
        })
    }

    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        let (store, name) = (Arc::clone(&self.store), name.to_owned());
        self.bounded(async move { store.set(&name, secret).await })
    }

    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        let (store, name) = (Arc::clone(&self.store), name.to_owned());
        self.bounded(async move { store.delete(&name).await })
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        let store = Arc::clone(&self.store);
        self.bounded(async move { store.probe().await })
    }

    fn create(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        // The user requested it: a dialog that was cancelled a moment ago is no reason to refuse.
        *self.resting_until.lock().unwrap_or_else(PoisonError::into_inner) = Duration::ZERO;
        let store = Arc::clone(&self.store);
        self.bounded(async move { store.create().await })
    }
}
