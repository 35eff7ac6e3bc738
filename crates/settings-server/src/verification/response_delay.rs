//! Equal times for equal answers (B11, decision 29): a user who requests a code to an address that another user is
//! proving gets the same answer after the same time, although nothing is sent.
//!
//! Every answer takes a configured minimum, from the first request of a process on. Where Logto takes longer, an answer
//! without Logto takes as long as Logto did the last time.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use account_api::step_up::CodeRoute;
use logto_client::Error;
use tokio::time::Instant;

/// The delays of everything done with codes.
pub(crate) struct ResponseDelays {
    email: ResponseDelay,
    phone: ResponseDelay,
    /// The delay of comparing a code.
    pub(super) check: ResponseDelay,
}

impl ResponseDelays {
    /// Creates delays of at least `least`.
    pub(crate) fn new(least: Duration) -> Self {
        let delay = || ResponseDelay { least, latest: AtomicU64::default() };
        Self { email: delay(), phone: delay(), check: delay() }
    }

    /// Returns the delay of sending a code.
    pub(super) const fn send(&self, route: CodeRoute) -> &ResponseDelay {
        match route {
            CodeRoute::Email => &self.email,
            CodeRoute::Phone => &self.phone,
        }
    }
}

/// The delay of one operation.
pub(super) struct ResponseDelay {
    least: Duration,
    /// How long Logto took the last time, in microseconds.
    latest: AtomicU64,
}

impl ResponseDelay {
    /// Does the work and measures it, if Logto answers.
    pub(super) async fn of<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let began = Instant::now();
        let done = work.await;
        if matches!(done, Ok(_) | Err(Error::Refused(_))) {
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.latest.store(took, Ordering::Relaxed);
        }
        done
    }

    /// Waits as long as the work took the last time, without doing it.
    pub(super) async fn instead(&self) {
        tokio::time::sleep(Duration::from_micros(self.latest.load(Ordering::Relaxed))).await;
    }

    /// Waits until the minimum has passed since `began`.
    pub(super) async fn fill(&self, began: Instant) {
        tokio::time::sleep_until(began + self.least).await;
    }
}
