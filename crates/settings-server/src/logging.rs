//! Logs: one JSON object a line, so that nothing in a value can begin a line of its own (B32).
//!
//! Each event carries the request's id in `span`, and beside it what Logto called the request that it was asked last.
//! Tokens, secrets, addresses and bodies are never given to a log.
//!
//! The lines are of the shape that `tracing_subscriber`'s own JSON has, written at a fraction of its cost: every read of
//! an account writes one.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::ops::Range;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::registry::LookupSpan;

/// Most lines fit.
const ROOM: usize = 512;

/// A subscriber that writes JSON lines to `writer`.
pub fn subscriber<W>(writer: W, filter: Targets) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    registry().with(filter).with(JsonLines(writer))
}

/// Writes each event as a line. A span has its members beside it.
struct JsonLines<W>(W);

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'writer> MakeWriter<'writer> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut members = Members::none();
        attributes.record(&mut members);
        span.extensions_mut().insert(members);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(members) = span.extensions_mut().get_mut::<Members>() {
            values.record(members);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut time = String::with_capacity(32);
        let _ = SystemTime.format_time(&mut Writer::new(&mut time));
        let mut members = Members::none();
        members.set("timestamp", &time);
        members.set("level", event.metadata().level().as_str());
        event.record(&mut members);
        members.set("target", event.metadata().target());
        let mut line = Vec::with_capacity(ROOM);
        line.push(b'{');
        members.write(&mut line);
        if let Some(span) = context.lookup_current()
            && let Some(members) = span.extensions().get::<Members>()
        {
            line.extend_from_slice(b",\"span\":{");
            members.write(&mut line);
            line.push(b'}');
        }
        line.extend_from_slice(b"}\n");
        // In one piece, so that lines of two threads do not mingle. A log that cannot be written tells nobody.
        let _ = self.0.make_writer_for(event.metadata()).write_all(&line);
    }
}

/// The members of a JSON object.
struct Members {
    /// The JSON texts of all values that there were.
    values: Vec<u8>,
    /// The names, and where the value of each stands.
    names: Vec<(&'static str, Range<usize>)>,
}

impl Members {
    fn none() -> Self {
        Self { values: Vec::with_capacity(ROOM), names: Vec::with_capacity(8) }
    }

    fn set<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        let start = self.values.len();
        if serde_json::to_writer(&mut self.values, value).is_err() {
            self.values.truncate(start);
            self.values.extend_from_slice(b"null");
        }
        let place = start..self.values.len();
        match self.names.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = place,
            None => self.names.push((name, place)),
        }
    }

    /// Adds them to an object under way.
    fn write(&self, object: &mut Vec<u8>) {
        for (number, (name, place)) in self.names.iter().enumerate() {
            if number > 0 {
                object.push(b',');
            }
            let _ = serde_json::to_writer(&mut *object, name);
            object.push(b':');
            object.extend_from_slice(&self.values[place.clone()]);
        }
    }
}

impl Visit for Members {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::with_capacity(64);
        let _ = write!(text, "{value:?}");
        self.set(field.name(), &text);
    }
}
