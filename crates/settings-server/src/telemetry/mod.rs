//! What operators see of a running server: its log and its metrics.

pub mod logging;
pub(crate) mod metrics;
pub(crate) mod metrics_hosts;
