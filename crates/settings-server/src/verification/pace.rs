//! How long Logto takes. Where it is not asked although the answer must look so, the answer comes no sooner either, so
//! that nobody learns from a quick one that somebody else is proving the same address (B11).

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use account_api::step_up::CodeRoute;
use logto_client::Error;

/// The pace of everything that is done with codes.
#[derive(Default)]
pub(crate) struct Paces {
    email: Pace,
    phone: Pace,
    /// Of looking at a code.
    pub(super) check: Pace,
}

impl Paces {
    /// Of sending a code.
    pub(super) const fn send(&self, route: CodeRoute) -> &Pace {
        match route {
            CodeRoute::Email => &self.email,
            CodeRoute::Phone => &self.phone,
        }
    }
}

/// How long one thing took when it was done last, in microseconds.
#[derive(Default)]
pub(super) struct Pace(AtomicU64);

impl Pace {
    /// Does it. How long it takes counts where Logto answers.
    pub(super) async fn of<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let began = Instant::now();
        let done = work.await;
        if matches!(done, Ok(_) | Err(Error::Refused(_))) {
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.0.store(took, Ordering::Relaxed);
        }
        done
    }

    /// Takes as long without doing it.
    pub(super) async fn wait(&self) {
        tokio::time::sleep(Duration::from_micros(self.0.load(Ordering::Relaxed))).await;
    }
}
