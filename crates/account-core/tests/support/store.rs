//! A keyring that a test can make wait.

use account_core::{MemoryStore, StoreError, TokenStore};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A memory store with a gate before reading and one before writing; both are open at first.
#[derive(Clone)]
pub(crate) struct GatedStore {
    pub(crate) memory: MemoryStore,
    reading: Arc<watch::Sender<bool>>,
    writing: Arc<watch::Sender<bool>>,
    /// How many callers wait at the gate of writing.
    waiting_writers: Arc<watch::Sender<usize>>,
}

impl GatedStore {
    pub(crate) fn new() -> Self {
        Self {
            memory: MemoryStore::new(),
            reading: Arc::new(watch::Sender::new(true)),
            writing: Arc::new(watch::Sender::new(true)),
            waiting_writers: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Returns the same keyring as a process that starts now sees it: its gates are open.
    pub(crate) fn of_the_next_process(&self) -> Self {
        Self { memory: self.memory.clone(), ..Self::new() }
    }

    pub(crate) fn let_read(&self, open: bool) {
        self.reading.send_replace(open);
    }

    pub(crate) fn let_write(&self, open: bool) {
        self.writing.send_replace(open);
    }

    /// Waits until a caller waits at the gate of writing. Fails after 20 s.
    pub(crate) async fn until_somebody_writes(&self) {
        let mut waiting = self.waiting_writers.subscribe();
        let one = tokio::time::timeout(Duration::from_secs(20), waiting.wait_for(|count| *count == 1)).await;
        assert!(one.is_ok_and(|one| one.is_ok()), "no caller writes to the keyring");
    }
}

impl TokenStore for GatedStore {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        let (memory, name, mut gate) = (self.memory.clone(), name.to_owned(), self.reading.subscribe());
        Box::pin(async move {
            gate.wait_for(|open| *open).await.unwrap();
            memory.get(&name).await
        })
    }

    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        let (memory, name, mut gate) = (self.memory.clone(), name.to_owned(), self.writing.subscribe());
        let waiting = Arc::clone(&self.waiting_writers);
        Box::pin(async move {
            waiting.send_modify(|count| *count += 1);
            gate.wait_for(|open| *open).await.unwrap();
            waiting.send_modify(|count| *count -= 1);
            memory.set(&name, secret).await
        })
    }

    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        self.memory.delete(name)
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.memory.probe()
    }
}
