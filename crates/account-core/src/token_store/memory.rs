//! A store that is lost with the process. For tests only.

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
    /// Creates an empty store that works.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the store behave as a keyring with this problem: when locked, reading returns "no such item" and writing
    /// fails; otherwise everything fails. `None` makes it work again.
    pub fn set_problem(&self, problem: Option<StoreError>) {
        self.lock().problem = problem;
    }

    /// Returns the names of all items.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lock().items.keys().cloned().collect()
    }

    /// Returns the clear text of all items, to be searched by tests.
    #[must_use]
    pub fn contents(&self) -> Vec<String> {
        self.lock().items.values().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    /// Returns how often an item was written.
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
