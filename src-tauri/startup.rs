//! The start of the program: its log, and the time since the process started.

use std::fs;
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;

/// Starts the log on standard error, one JSON object per line.
pub(crate) fn begin_log(filter: Option<&str>) {
    let filter =
        filter.and_then(|text| EnvFilter::try_new(text).ok()).unwrap_or_else(|| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr);
    if log.try_init().is_err() {
        tracing::debug!("log: already started");
    }
    LazyStart::touch();
}

/// Returns the time since the process started according to the kernel, or since the log started where the kernel does
/// not say.
pub(crate) fn since_process_start() -> Duration {
    kernel_age().unwrap_or_else(LazyStart::elapsed)
}

/// Reads `/proc/self/stat` field 22 (ticks since boot at which the process started, 100 per second on Linux) and
/// `/proc/uptime`. See proc(5). Resolution 10 ms.
fn kernel_age() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let began_ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let uptime: f64 = fs::read_to_string("/proc/uptime").ok()?.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(uptime - began_ticks / 100.0).ok()
}

struct LazyStart;

impl LazyStart {
    #[expect(clippy::disallowed_methods, reason = "the time of the start is shown to the benchmark alone")]
    fn began() -> Instant {
        static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        *BEGAN.get_or_init(Instant::now)
    }
    fn touch() {
        Self::began();
    }
    fn elapsed() -> Duration {
        Self::began().elapsed()
    }
}
