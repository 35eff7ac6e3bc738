//! Counters and durations of requests, in Prometheus' text format, on a port of their own (B38).
//!
//! Labels are method, route template and status: nothing of a user.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Method;

/// Upper bounds of the buckets, in seconds.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0];

#[derive(Default)]
struct Series {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    seconds: f64,
}

/// The counters of one route, by method and status.
type OfRoute = BTreeMap<(&'static str, u16), Series>;

/// All metrics of this process.
#[derive(Default)]
pub(crate) struct Metrics {
    /// By route.
    requests: Mutex<BTreeMap<String, OfRoute>>,
}

impl Metrics {
    /// Counts one finished request.
    pub(crate) fn request(&self, method: &Method, route: &str, status: u16, elapsed: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if !requests.contains_key(route) {
            requests.insert(route.to_owned(), OfRoute::new());
        }
        let Some(of_route) = requests.get_mut(route) else { return };
        let series = of_route.entry((label(method), status)).or_default();
        let seconds = elapsed.as_secs_f64();
        for (bucket, bound) in series.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= bound);
        }
        series.count += 1;
        series.seconds += seconds;
    }

    /// Returns the text that a Prometheus server reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from(
            "# HELP latchkey_http_request_duration_seconds Time from the head of a request to its answer.\n\
             # TYPE latchkey_http_request_duration_seconds histogram\n",
        );
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let of_routes =
            requests.iter().flat_map(|(route, of_route)| of_route.iter().map(move |series| (route, series)));
        for (route, ((method, status), series)) in of_routes {
            let name = "latchkey_http_request_duration_seconds";
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            for (bucket, bound) in series.buckets.iter().zip(BUCKETS) {
                let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {bucket}");
            }
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", series.count);
            let _ = writeln!(text, "{name}_sum{{{labels}}} {}", series.seconds);
            let _ = writeln!(text, "{name}_count{{{labels}}} {}", series.count);
        }
        text
    }
}

/// Returns the name of a method in a series and in the log: a client can invent methods, so it is not quoted.
pub(crate) fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
