//! One change at a time for each user; and a change that has begun goes on to its end.
//!
//! Within this process changes queue up; the first of the queue holds the user's lease (`store::leases`) while it
//! changes, so that other processes wait. Whatever comes of a change, what was read before it is forgotten.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use account_api::error::Code;
use logto_client::{Share, UserId};
use tokio::sync::{OwnedMutexGuard, RwLock};
use tracing::Instrument;

use crate::error::Failure;
use crate::logto::read_cache::ReadCache;
use crate::store::{Lease, Store};

/// The locks of all users who are being changed right now.
pub(crate) struct UserLocks {
    store: Store,
    reads: Arc<ReadCache>,
    /// How long a change waits for its turn.
    patience: Duration,
    locks: Mutex<HashMap<UserId, Weak<tokio::sync::Mutex<()>>>>,
    /// Held for reading by every change under way.
    under_way: Arc<RwLock<()>>,
}

impl UserLocks {
    /// `patience` is how long a change waits for its turn: less than its request waits for the change.
    pub(crate) fn new(store: Store, reads: Arc<ReadCache>, patience: Duration) -> Self {
        Self { store, reads, patience, locks: Mutex::default(), under_way: Arc::default() }
    }

    /// Waits until nobody else changes `user`, then runs `change` in a task of its own. It goes on although its
    /// request is given up (the app left, or the time is over): Logto may carry out a write nobody waits for,
    /// and the next change must not read before that. `change` gets the lease: some records only its holder may
    /// write.
    ///
    /// # Errors
    /// Those of `change`; 503 when its turn does not come in time, or the store is away.
    pub(crate) async fn change_under<T: Send + 'static, F>(
        &self,
        user: &UserId,
        change: impl FnOnce(Arc<Lease>) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let turn = async {
            let lock = self.lock(user).await;
            let lease = Lease::wait_for(&self.store, user.as_str()).await?;
            Ok::<_, Failure>((lock, Arc::new(lease)))
        };
        let turn = tokio::time::timeout(self.patience, turn).await;
        let (lock, lease) = turn.map_err(|_| Failure::account_busy())??;
        let under_way = Arc::clone(&self.under_way).read_owned().await;
        let stale = self.reads.forget_at_the_end(user);
        let change = change(Arc::clone(&lease));
        let task = async move {
            let _held = (stale, lock, under_way);
            let keep = async {
                lease.keep().await;
                std::future::pending().await
            };
            let outcome = tokio::select! {
                outcome = change => outcome,
                never = keep => never,
            };
            lease.give_back().await;
            outcome
        };
        match tokio::spawn(Share::carry(task.in_current_span())).await {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Failure::new(Code::Internal, "the settings server is ending")),
            },
        }
    }

    /// Waits for the changes under way.
    pub(crate) async fn idle(&self) {
        drop(self.under_way.write().await);
    }

    /// Waits until nobody else of this process changes `user`. The lock is held as long as the guard lives.
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
