//! Logs: one JSON object a line, so that nothing in a value can begin a line of its own (B32).
//!
//! Each event carries the request's id in `span`, and beside it what Logto called the request that it was asked last.
//! Tokens, secrets, addresses and bodies are never given to a log.
//!
//! The lines are of the shape that `tracing_subscriber`'s own JSON has, written at a fifth of its cost: every read of an
//! account writes one.

use std::fmt::{self, Write};

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// Most lines fit.
const ROOM: usize = 512;

/// A subscriber that writes JSON lines to `writer`. A `filter` that cannot be read counts as `info`.
pub fn subscriber<W>(writer: W, filter: &str) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .fmt_fields(JsonFields::new())
        .event_format(JsonLines)
        .with_env_filter(EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(writer)
        .finish()
}

struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut line = Line(Vec::with_capacity(ROOM));
        line.member("timestamp", &time);
        line.member("level", event.metadata().level().as_str());
        event.record(&mut line);
        line.member("target", event.metadata().target());
        if let Some(span) = context.lookup_current() {
            line.name("span");
            match span.extensions().get::<FormattedFields<N>>() {
                // They are a JSON object already.
                Some(fields) if !fields.is_empty() => line.0.extend_from_slice(fields.as_bytes()),
                _ => line.0.extend_from_slice(b"{}"),
            }
        }
        line.0.extend_from_slice(b"}\n");
        writer.write_str(std::str::from_utf8(&line.0).map_err(|_| fmt::Error)?)
    }
}

/// A line under way: an object to which members are added.
struct Line(Vec<u8>);

impl Line {
    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.value(name);
        self.0.push(b':');
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) {
        if serde_json::to_writer(&mut self.0, value).is_err() {
            self.0.extend_from_slice(b"null");
        }
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.name(name);
        self.value(value);
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field.name(), &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.member(field.name(), &text);
    }
}
