//! A clock that stands still until a test moves it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

/// 2026-03-01T00:00:00Z, in milliseconds.
pub(crate) const START: u64 = 1_772_323_200_000;

/// Clones share the time.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<watch::Sender<u64>>);

impl TestClock {
    /// Stands at [`START`].
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(START)))
    }

    /// Moves on and wakes who slept until then.
    pub(crate) fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap();
        self.0.send_modify(|now| *now += by);
    }

    /// Milliseconds since the epoch.
    pub(crate) fn read(&self) -> u64 {
        *self.0.borrow()
    }

    /// How many sleep.
    pub(crate) fn sleepers(&self) -> usize {
        self.0.receiver_count()
    }
}

impl account_core::Clock for TestClock {
    fn now(&self) -> u64 {
        self.read()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut time = self.0.subscribe();
        let until = self.read() + u64::try_from(duration.as_millis()).unwrap();
        Box::pin(async move {
            // The clock outlives the sleeper, or nobody waits any more.
            if time.wait_for(|now| *now >= until).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

impl settings_server::Clock for TestClock {
    fn now_unix_ms(&self) -> u64 {
        self.read()
    }
}
