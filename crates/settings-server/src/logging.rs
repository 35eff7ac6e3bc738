//! Logs: one JSON object a line, so that nothing in a value can begin a line of its own (B32).
//!
//! Each event carries the request's id in `span`; what was asked of Logto carries `logto_core_request_id` beside
//! it. Tokens, secrets, addresses and bodies are never given to a log.

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// A subscriber that writes JSON lines to `writer`. A `filter` that cannot be read counts as `info`.
pub fn subscriber<W>(writer: W, filter: &str) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(writer)
        .finish()
}
