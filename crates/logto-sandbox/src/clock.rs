//! The sandbox's own clock. Every lifetime (tokens, sessions, the reuse grace) and the `Date` header follow
//! it, so a test can let an hour pass without waiting.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock that runs with real time until it is frozen, and that tests may advance. Clones share the time.
#[derive(Clone, Debug)]
pub struct Clock {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    /// The time shown at `since`, in Unix milliseconds.
    base_ms: u64,
    /// When `base_ms` was read; `None` while frozen.
    since: Option<Instant>,
}

impl Inner {
    fn now_ms(&self) -> u64 {
        let elapsed = self.since.map_or(0, |since| since.elapsed().as_millis());
        self.base_ms.saturating_add(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }
}

impl Clock {
    /// Starts at `start_at` (Unix milliseconds), or at the real time.
    pub(crate) fn new(start_at: Option<u64>) -> Self {
        let base_ms = start_at.unwrap_or_else(real_now_ms);
        Self { inner: Arc::new(Mutex::new(Inner { base_ms, since: Some(real_instant()) })) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the time now, in Unix milliseconds.
    pub fn now_unix_ms(&self) -> u64 {
        self.lock().now_ms()
    }

    /// Returns the time now, in whole Unix seconds.
    pub fn now_unix_s(&self) -> u64 {
        self.now_unix_ms() / 1000
    }

    /// Moves the time forward; a frozen clock stays frozen.
    pub fn advance(&self, by: Duration) {
        let mut inner = self.lock();
        inner.base_ms = inner.base_ms.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX));
    }

    /// Freezes the clock.
    pub fn freeze(&self) {
        let mut inner = self.lock();
        inner.base_ms = inner.now_ms();
        inner.since = None;
    }

    /// Lets a frozen clock run again.
    pub fn resume(&self) {
        let mut inner = self.lock();
        if inner.since.is_none() {
            inner.since = Some(real_instant());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox's clock runs with real time")]
fn real_instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox's clock reads the real time")]
fn real_now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Formats Unix seconds as an HTTP date (RFC 9110 §5.6.7), for example `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(unix_s: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = unix_s / 86_400;
    let (year, month, day) = civil(days);
    let weekday = DAYS.get((days % 7) as usize).copied().unwrap_or_default();
    let month_name = MONTHS.get((month - 1) as usize).copied().unwrap_or_default();
    let (hour, minute, second) = time_of_day(unix_s);
    format!("{weekday}, {day:02} {month_name} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Formats Unix milliseconds as ECMAScript's `toISOString` does, for example `2026-11-22T06:53:54.904Z`.
pub(crate) fn iso_date(unix_ms: u64) -> String {
    let unix_s = unix_ms / 1000;
    let (year, month, day) = civil(unix_s / 86_400);
    let (hour, minute, second) = time_of_day(unix_s);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", unix_ms % 1000)
}

/// Year, month and day of a day since 1970 (Howard Hinnant's civil_from_days).
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

fn time_of_day(unix_s: u64) -> (u64, u64, u64) {
    let rest = unix_s % 86_400;
    (rest / 3600, rest % 3600 / 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_the_date_of_the_rfc() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(1_709_210_096), "Thu, 29 Feb 2024 12:34:56 GMT");
    }

    #[test]
    fn iso_date_is_as_recorded() {
        assert_eq!(iso_date(1_795_330_434_904), "2026-11-22T06:53:54.904Z");
        assert_eq!(iso_date(1_709_210_096_007), "2024-02-29T12:34:56.007Z");
    }

    #[test]
    fn a_frozen_clock_moves_only_when_advanced() {
        let clock = Clock::new(Some(5_000));
        clock.freeze();
        let start = clock.now_unix_ms();
        clock.advance(Duration::from_secs(3));
        assert_eq!(clock.now_unix_ms(), start + 3_000);
    }
}
