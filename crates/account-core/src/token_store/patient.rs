//! The store as the app uses it: no call waits for ever, and "no such item" is true.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::SecretString;

use super::{StoreError, TokenStore};
use crate::clock::Clock;

/// How long the system's prompt may stay open before the app goes on without the keyring.
const PATIENCE: Duration = Duration::from_secs(2 * 60);

/// A store in front of another: a call that takes longer than [`PATIENCE`] answers [`StoreError::Locked`], and
/// `None` is answered only by a keyring that can be written, asked again after it proved so (the proof may be what
/// unlocked it).
pub(crate) struct PatientStore {
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
}

impl PatientStore {
    /// In front of `store`; `clock` measures the patience.
    pub(crate) fn new(store: Arc<dyn TokenStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    fn bounded<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let clock = Arc::clone(&self.clock);
        Box::pin(async move {
            // Sleeps only when the keyring does not answer at once.
            let time_is_up = async move { clock.sleep(PATIENCE).await };
            tokio::select! {
                biased;
                answer = call => answer,
                () = time_is_up => {
                    tracing::warn!(seconds = PATIENCE.as_secs(), "the keyring does not answer");
                    Err(StoreError::Locked)
                }
            }
        })
    }
}

impl TokenStore for PatientStore {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        let (store, name) = (Arc::clone(&self.store), name.to_owned());
        self.bounded(async move {
            if let Some(secret) = store.get(&name).await? {
                return Ok(Some(secret));
            }
            store.probe().await?;
            store.get(&name).await
        })
    }

    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        self.bounded(self.store.set(name, secret))
    }

    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        self.bounded(self.store.delete(name))
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.bounded(self.store.probe())
    }
}
