//! A keyring that prompts for its password: a dialog that the user cancels is the only one, and erases no item.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use account_api::app::AppState;
use account_core::{MemoryStore, StoreError, TokenStore};
use futures_util::future::BoxFuture;
use secrecy::SecretString;

use crate::support::{TestClock, World};

const TOKEN_LIFETIME: Duration = Duration::from_secs(600);

/// A keyring that shows a dialog while it is locked; the user cancels the first one, and would answer the next. It
/// works from the call on, whether or not its answer is awaited.
#[derive(Clone)]
struct Asking {
    memory: MemoryStore,
    clock: TestClock,
    is_locked: Arc<AtomicBool>,
    /// Locks itself before the next write.
    locks_at_write: Arc<AtomicBool>,
    dialogs: Arc<AtomicUsize>,
}

impl Asking {
    fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&MemoryStore) -> BoxFuture<'static, Result<T, StoreError>>,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        if !self.is_locked.load(Ordering::SeqCst) {
            return job(&self.memory);
        }
        self.clock.advance(Duration::from_secs(2));
        if self.dialogs.fetch_add(1, Ordering::SeqCst) == 0 {
            return Box::pin(async { Err(StoreError::Locked) });
        }
        self.is_locked.store(false, Ordering::SeqCst);
        job(&self.memory)
    }
}

impl TokenStore for Asking {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        self.run(|memory| memory.get(name))
    }

    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        if self.locks_at_write.swap(false, Ordering::SeqCst) {
            self.is_locked.store(true, Ordering::SeqCst);
        }
        self.run(|memory| memory.set(name, secret))
    }

    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        self.run(|memory| memory.delete(name))
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.run(MemoryStore::probe)
    }
}

/// A renewal opens its dialog when the newest token is looked up, or only when the next one is written.
#[tokio::test]
async fn n14_abandoned_dialog_during_renewal_is_the_only_one() {
    for locks_at_write in [false, true] {
        let mut world = World::signed_in().await;
        let store = Asking {
            memory: world.store.memory.clone(),
            clock: world.clock.clone(),
            is_locked: Arc::default(),
            locks_at_write: Arc::default(),
            dialogs: Arc::default(),
        };
        world.app = world.app_with_store(Arc::new(store.clone()));
        world.app.start().await;
        world.advance(TOKEN_LIFETIME);
        store.is_locked.store(!locks_at_write, Ordering::SeqCst);
        store.locks_at_write.store(locks_at_write, Ordering::SeqCst);
        world.app.account_refresh(&world.alice()).await.unwrap();
        assert_eq!(store.dialogs.load(Ordering::SeqCst), 1, "{locks_at_write}");
        assert_eq!(world.store.memory.names().len(), 1, "the item stays");
        world.app.close().await;
        // The next start finds the item and the sealed copy of the newest token.
        world.restart().await;
        assert!(matches!(world.app.state(), AppState::SignedIn { .. }), "{locks_at_write}");
        world.advance(TOKEN_LIFETIME);
        world.app.account_refresh(&world.alice()).await.unwrap();
    }
}
