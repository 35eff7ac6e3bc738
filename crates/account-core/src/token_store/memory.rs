//! A store that forgets with the process: for tests, and for nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use super::{StoreError, TokenStore};

/// Secrets in memory, shared by clones; can pretend to be absent or locked.
#[derive(Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    items: BTreeMap<String, SecretString>,
    problem: Option<StoreError>,
    writes: usize,
}

impl MemoryStore {
    /// An empty store that works.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on behaves as a keyring with this problem does: when locked, reading says "no such item" and
    /// writing fails; otherwise everything fails. `None` makes it work again.
    pub fn set_problem(&self, problem: Option<StoreError>) {
        self.lock().problem = problem;
    }

    /// The names of all items.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lock().items.keys().cloned().collect()
    }

    /// The clear text of all items, to be searched by tests.
    #[must_use]
    pub fn contents(&self) -> Vec<String> {
        self.lock().items.values().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    /// How often an item was written.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.lock().writes
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, change: impl FnOnce(&mut Inner)) -> Result<(), StoreError> {
        let mut inner = self.lock();
        match inner.problem {
            Some(problem) => Err(problem),
            None => {
                change(&mut inner);
                Ok(())
            }
        }
    }
}

impl TokenStore for MemoryStore {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        let inner = self.lock();
        let answer = match inner.problem {
            // As a locked KeePassXC does.
            Some(StoreError::Locked) => Ok(None),
            Some(problem) => Err(problem),
            None => Ok(inner.items.get(name).cloned()),
        };
        Box::pin(std::future::ready(answer))
    }

    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        let answer = self.write(|inner| {
            inner.items.insert(name.to_owned(), secret);
            inner.writes += 1;
        });
        Box::pin(std::future::ready(answer))
    }

    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        let answer = self.write(|inner| {
            inner.items.remove(name);
        });
        Box::pin(std::future::ready(answer))
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        Box::pin(std::future::ready(self.write(|_| ())))
    }
}
