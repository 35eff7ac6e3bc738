//! Time as an argument: the wall clock, a clock that cannot be set, and waiting.
//!
//! The wall clock of a computer may be wrong by minutes or years. It is shown to the user and written into files; whether
//! something is still good is counted on the other one, from the moment an answer arrived.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// A clock that tests can set and advance.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since the epoch, as the computer's clock is set.
    fn now(&self) -> u64;
    /// The time since a fixed moment, time asleep included, which setting the computer's clock does not change.
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

/// The time since the system was started; Apple's monotonic clock counts time asleep, Linux has another one for that.
#[cfg(unix)]
fn since_fixed_moment() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// The time since the first call; what `Instant` reads here counts time asleep.
#[cfg(not(unix))]
fn since_fixed_moment() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}
