//! One piece of work for all callers that request it at the same time.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tracing::Instrument;

/// A run under way: its answer goes to every caller that waits for it.
pub type Flight<T> = Shared<BoxFuture<'static, T>>;

/// Runs at most one future at a time; every caller during a run gets its answer.
///
/// The work belongs to no caller: it runs in a task of its own and completes although all callers went away. So no
/// later caller gets an answer that was ready long ago. A caller that looked at a cache *before* calling may start a
/// second run just after the first ended, so the work itself should look at the cache once more.
pub struct SingleFlight<T: Clone> {
    running: Mutex<Option<Flight<T>>>,
}

impl<T: Clone> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { running: Mutex::new(None) }
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Returns the run under way, if there is one.
    pub fn running(&self) -> Option<Flight<T>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().filter(|flight| flight.peek().is_none()).cloned()
    }

    /// Joins the run under way, or starts `work`; it has begun when this returns. Needs a Tokio runtime.
    pub fn run<F>(&self, work: impl FnOnce() -> F) -> Flight<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.as_ref().filter(|flight| flight.peek().is_none()) {
            Some(flight) => flight.clone(),
            None => {
                let flight = work().in_current_span().boxed().shared();
                tokio::spawn(flight.clone());
                *running = Some(flight.clone());
                flight
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::SingleFlight;

    #[tokio::test]
    async fn run_without_callers_ends_and_the_next_caller_starts_one() {
        let runs = Arc::new(AtomicU32::new(0));
        let flights: SingleFlight<u32> = SingleFlight::default();
        let work = |gate: tokio::sync::oneshot::Receiver<()>| {
            let runs = Arc::clone(&runs);
            move || async move {
                let _ = gate.await;
                runs.fetch_add(1, Ordering::SeqCst) + 1
            }
        };
        let (open, gate) = tokio::sync::oneshot::channel();
        drop(flights.run(work(gate)));
        assert!(flights.running().is_some(), "it continues without a caller");
        open.send(()).unwrap();
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1, "it ended without a caller");
        assert!(flights.running().is_none());
        let (open, gate) = tokio::sync::oneshot::channel();
        open.send(()).unwrap();
        assert_eq!(flights.run(work(gate)).await, 2, "not the old answer");
    }

    #[tokio::test]
    async fn callers_during_a_run_get_the_same_answer() {
        let flights: SingleFlight<u32> = SingleFlight::default();
        let first = flights.run(|| async { 1 });
        let second = flights.run(|| async { 2 });
        assert_eq!((first.await, second.await), (1, 1));
    }
}
