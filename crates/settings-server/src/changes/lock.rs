//! One change at a time for each user; and a change that has begun runs to its end.
//!
//! Within this process changes queue up; the first of the queue holds the user's lease (`store::leases`) while it
//! changes, so that other processes wait. Whatever the outcome, the read cache is invalidated for the user.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use account_api::error::ServerCode;
use logto_client::{Share, UserId};
use tokio::sync::{OwnedMutexGuard, RwLock, oneshot};
use tracing::Instrument;

use crate::error::Failure;
use crate::logto::read_cache::ReadCache;
use crate::store::{Lease, Store};

/// The locks of all users who are being changed right now.
pub(crate) struct UserLocks {
    store: Store,
    read_cache: Arc<ReadCache>,
    /// How long a change waits for the lock.
    patience: Duration,
    locks: Mutex<HashMap<UserId, Weak<tokio::sync::Mutex<()>>>>,
    /// Held for reading by every change under way.
    under_way: Arc<RwLock<()>>,
}

impl UserLocks {
    /// `patience` is how long a change waits for the lock: less than its request waits for the change.
    pub(crate) fn new(store: Store, read_cache: Arc<ReadCache>, patience: Duration) -> Self {
        Self { store, read_cache, patience, locks: Mutex::default(), under_way: Arc::default() }
    }

    /// Waits for the user's lock, then runs `change` in a task of its own. The task continues when its request is
    /// dropped (the app disconnected, or the time is over): Logto may still apply a write that no request waits for,
    /// and the next change must not read before that. `change` gets the lease: some records only its holder may write.
    ///
    /// # Errors
    /// Those of `change`; `upstream_unavailable` when the lock is not free in time, `store_unavailable`.
    pub(crate) async fn run<T: Send + 'static, F>(
        &self,
        user: &UserId,
        change: impl FnOnce(Arc<Lease>) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let locked = async {
            let lock = self.lock(user).await;
            let lease = Lease::wait_for(&self.store, user.as_str()).await?;
            Ok::<_, Failure>((lock, Arc::new(lease)))
        };
        let locked = tokio::time::timeout(self.patience, locked).await;
        let (lock, lease) = locked.map_err(|_| Failure::account_busy())??;
        let under_way = Arc::clone(&self.under_way).read_owned().await;
        let invalidate = self.read_cache.invalidate_on_drop(user);
        let change = change(Arc::clone(&lease));
        let (answer, answered) = oneshot::channel();
        let task = async move {
            let _under_way = under_way;
            let _lock = lock;
            // Dropped before the lock, also by a panic: the next change and the next read find no value from before.
            let invalidate = invalidate;
            let keep = async {
                lease.keep().await;
                std::future::pending().await
            };
            let result = tokio::select! {
                result = change => result,
                never = keep => never,
            };
            drop(invalidate);
            // The answer does not wait for the lease to be released; the next change does.
            let _ = answer.send(result);
            lease.give_back().await;
        };
        let task = tokio::spawn(Share::carry(task.in_current_span()));
        if let Ok(result) = answered.await {
            return result;
        }
        match task.await.map_err(tokio::task::JoinError::try_into_panic) {
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            _ => Err(Failure::new(ServerCode::Internal, "the settings server is shutting down")),
        }
    }

    /// Waits for the changes under way.
    pub(crate) async fn idle(&self) {
        drop(self.under_way.write().await);
    }

    /// Waits until no other change of this process has the user's lock. It is held as long as the guard lives.
    async fn lock(&self, user: &UserId) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            match locks.get(user).and_then(Weak::upgrade) {
                Some(lock) => lock,
                None => {
                    locks.retain(|_, lock| lock.strong_count() > 0);
                    let lock = Arc::new(tokio::sync::Mutex::new(()));
                    locks.insert(user.clone(), Arc::downgrade(&lock));
                    lock
                }
            }
        };
        lock.lock_owned().await
    }
}
