//! One change at a time for each user, within this process; and a change that has begun goes on to its end.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use account_api::error::Code;
use logto_client::UserId;
use tokio::sync::{OwnedMutexGuard, RwLock};
use tracing::Instrument;

use crate::error::Failure;

/// The locks of all users who are being changed right now.
#[derive(Default)]
pub(crate) struct UserLocks {
    locks: Mutex<HashMap<UserId, Weak<tokio::sync::Mutex<()>>>>,
    /// Held for reading by every change under way.
    under_way: Arc<RwLock<()>>,
}

impl UserLocks {
    /// Waits until nobody else changes `user`, then runs `change` in a task of its own. It goes on although its
    /// request is given up (the app left, or the time is over): Logto may carry out a write nobody waits for,
    /// and the next change must not read before that.
    ///
    /// # Errors
    /// Those of `change`.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        user: &UserId,
        change: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let lock = self.lock(user).await;
        let under_way = Arc::clone(&self.under_way).read_owned().await;
        let task = async move {
            let _held = (lock, under_way);
            change.await
        };
        match tokio::spawn(task.in_current_span()).await {
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

    /// Waits until nobody else changes `user`. The lock is held as long as the guard lives.
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
