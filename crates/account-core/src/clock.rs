//! Time as a dependency: the wall clock, a clock that cannot be set, and sleeping.
//!
//! The wall clock of a computer may be wrong by minutes or years. It is shown to the user and written to files;
//! lifetimes are measured by the other one, from the moment an answer arrived.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// A clock that tests can set and advance.
pub trait Clock: Send + Sync + 'static {
    /// Returns milliseconds since the epoch by the computer's clock.
    fn now(&self) -> u64;
    /// Returns the time since a fixed moment, including time asleep. Setting the computer's clock does not change it.
    fn elapsed(&self) -> Duration;
    /// Completes when this much time of this clock has passed.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> u64 {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since_epoch.map_or(0, |duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    fn elapsed(&self) -> Duration {
        since_fixed_moment()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Returns the time since the system started. Apple's monotonic clock counts time asleep; Linux has a separate clock
/// for that.
#[cfg(unix)]
fn since_fixed_moment() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// Returns the time since the first call. What `Instant` reads here counts time asleep.
#[cfg(not(unix))]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock of a system that is not Unix"
)]
fn since_fixed_moment() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}
