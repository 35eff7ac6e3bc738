//! A clock that moves only when a test moves it, and that can be set wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

/// 2026-03-01T00:00:00Z, in milliseconds.
pub(crate) const START: u64 = 1_772_323_200_000;

/// A clock whose clones share the time. The app reads it with the error of the computer's clock; the server reads it
/// right.
#[derive(Clone)]
pub(crate) struct TestClock {
    time: Arc<watch::Sender<u64>>,
    /// In milliseconds; positive where the computer's clock is ahead.
    error: Arc<AtomicI64>,
}

impl TestClock {
    /// Creates a clock at [`START`].
    pub(crate) fn new() -> Self {
        Self { time: Arc::new(watch::Sender::new(START)), error: Arc::default() }
    }

    /// Sets the computer's clock this many seconds ahead of the right time; negative is behind.
    pub(crate) fn set_wrong_by(&self, seconds: i64) {
        self.error.store(seconds * 1000, Ordering::SeqCst);
    }

    /// Advances the clock and wakes what slept until then.
    pub(crate) fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap();
        self.time.send_modify(|now| *now += by);
    }

    /// Returns the right time, in milliseconds since the epoch.
    pub(crate) fn read(&self) -> u64 {
        *self.time.borrow()
    }

    /// Returns how many tasks are sleeping.
    pub(crate) fn sleepers(&self) -> usize {
        self.time.receiver_count()
    }
}

impl account_core::Clock for TestClock {
    fn now(&self) -> u64 {
        self.read().saturating_add_signed(self.error.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.read() - START)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut time = self.time.subscribe();
        let until = self.read() + u64::try_from(duration.as_millis()).unwrap();
        Box::pin(async move {
            // The clock outlives the sleeper, or the sleeper is gone.
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
