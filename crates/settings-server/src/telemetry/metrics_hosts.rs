//! The hosts that `/metrics` answers for: requests addressed to it by a name that is its own.
//!
//! The address of the metrics needs no token, so it is protected by being reachable from few places. A web page can
//! make its visitor's browser request an address that only the browser's machine reaches, and read the answer, by
//! letting the page's own name resolve to that address (DNS rebinding). Such a request names the page's host in
//! `Host`; it is refused.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::uri::Authority;
use http::{StatusCode, header};

use crate::state::AppState;

/// The port of `http` where an address names none.
const DEFAULT_PORT: u16 = 80;

/// The names by which the metrics may be requested.
#[derive(Clone)]
pub(crate) struct MetricsHosts {
    /// The bound address.
    bound: SocketAddr,
    /// `listen.metrics_hosts`
    listed: Vec<String>,
}

/// Routes of the metrics' address.
pub(crate) fn router(state: Arc<AppState>, bound: SocketAddr) -> Router {
    let hosts = MetricsHosts { bound, listed: state.config.listen.metrics_hosts.clone() };
    Router::new().route("/metrics", get(answer)).with_state((hosts, state))
}

/// Returns the metrics, or 421 without a body.
async fn answer(State((hosts, state)): State<(MetricsHosts, Arc<AppState>)>, request: Request) -> Response {
    if hosts.admit(&request) {
        state.metrics.text().into_response()
    } else {
        tracing::warn!(
            "listen.metrics_address: a request for another host was refused (name the host in listen.metrics_hosts if it \
             is yours)"
        );
        StatusCode::MISDIRECTED_REQUEST.into_response()
    }
}

impl MetricsHosts {
    /// Whether `Host`, and the request's target where it is an absolute URL, name this address.
    fn admit(&self, request: &Request) -> bool {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let host = host.to_str().ok().and_then(authority);
        host.is_some_and(|host| self.is_own(&host))
            && request.uri().authority().is_none_or(|host| self.is_own(host))
    }

    fn is_own(&self, authority: &Authority) -> bool {
        let (host, port) = (authority.host(), authority.port_u16().unwrap_or(DEFAULT_PORT));
        let is_listed = |listed: &String| {
            listed.eq_ignore_ascii_case(host) || listed.eq_ignore_ascii_case(authority.as_str())
        };
        if self.listed.iter().any(is_listed) {
            return true;
        }
        let own = self.bound.ip();
        // Which addresses and forwarded ports lead here is not known. No page can have a number as its name.
        let is_everywhere = own.is_unspecified();
        let is_own_name = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => address == own || is_everywhere || address.is_loopback() && own.is_loopback(),
            Err(_) => host.eq_ignore_ascii_case("localhost") && (is_everywhere || own.is_loopback()),
        };
        is_own_name && (port == self.bound.port() || is_everywhere)
    }
}

/// Parses a host, with or without a port, and nothing else.
pub(crate) fn authority(text: &str) -> Option<Authority> {
    text.parse()
        .ok()
        .filter(|authority: &Authority| !authority.as_str().contains('@') && !authority.host().is_empty())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use proptest::prelude::*;

    use super::MetricsHosts;

    fn admits(bound: &str, listed: &[&str], host: &str) -> bool {
        let listed = listed.iter().map(|host| (*host).to_owned()).collect();
        let hosts = MetricsHosts { bound: bound.parse().unwrap(), listed };
        let request = Request::get("/metrics").header("host", host).body(Body::empty());
        request.is_ok_and(|request| hosts.admit(&request))
    }

    #[test]
    fn b38_the_metrics_know_their_own_names() {
        let listed = &["metrics.example", "prometheus.example:9100"][..];
        for (bound, listed, host, wanted) in [
            ("127.0.0.1:4801", &[][..], "127.0.0.1:4801", true),
            ("127.0.0.1:4801", &[], "localhost:4801", true),
            ("127.0.0.1:4801", &[], "LocalHost:4801", true),
            ("127.0.0.1:4801", &[], "[::1]:4801", true),
            ("[::1]:4801", &[], "[::1]:4801", true),
            ("127.0.0.1:80", &[], "127.0.0.1", true),
            ("127.0.0.1:4801", &[], "127.0.0.1", false),
            ("127.0.0.1:4801", &[], "127.0.0.1:4802", false),
            ("127.0.0.1:4801", &[], "192.0.2.1:4801", false),
            ("127.0.0.1:4801", &[], "evil.example:4801", false),
            ("127.0.0.1:4801", &[], "127.0.0.1.evil.example:4801", false),
            ("127.0.0.1:4801", &[], "127.0.0.1@evil.example:4801", false),
            ("127.0.0.1:4801", &[], "evil.example@127.0.0.1:4801", false),
            ("127.0.0.1:4801", &[], "", false),
            ("192.0.2.1:4801", &[], "192.0.2.1:4801", true),
            ("192.0.2.1:4801", &[], "localhost:4801", false),
            ("192.0.2.1:4801", &[], "192.0.2.2:4801", false),
            ("0.0.0.0:4801", &[], "192.0.2.1:4801", true),
            ("0.0.0.0:4801", &[], "192.0.2.1:9100", true),
            ("0.0.0.0:4801", &[], "localhost:9100", true),
            ("[::]:4801", &[], "[2001:db8::1]:4801", true),
            ("0.0.0.0:4801", &[], "evil.example:4801", false),
            ("0.0.0.0:4801", listed, "metrics.example", true),
            ("0.0.0.0:4801", listed, "Metrics.Example:1", true),
            ("0.0.0.0:4801", listed, "prometheus.example:9100", true),
            ("0.0.0.0:4801", listed, "prometheus.example:9101", false),
            ("0.0.0.0:4801", listed, "prometheus.example", false),
            ("0.0.0.0:4801", listed, "a.metrics.example", false),
        ] {
            assert_eq!(admits(bound, listed, host), wanted, "{host:?} at {bound}");
        }
    }

    #[test]
    fn b38_the_metrics_want_one_host_and_the_targets_too() {
        let hosts = MetricsHosts { bound: "127.0.0.1:4801".parse().unwrap(), listed: Vec::new() };
        let request = |target: &str, names: &[&str]| {
            let mut request = Request::get(target);
            for name in names {
                request = request.header("host", *name);
            }
            hosts.admit(&request.body(Body::empty()).unwrap())
        };
        let own = "127.0.0.1:4801";
        assert!(request("/metrics", &[own]));
        assert!(request("http://127.0.0.1:4801/metrics", &[own]));
        assert!(!request("/metrics", &[]));
        assert!(!request("/metrics", &[own, own]));
        assert!(!request("/metrics", &[own, "evil.example"]));
        assert!(!request("http://evil.example/metrics", &[own]));
    }

    proptest! {
        #[test]
        fn fuzz_no_other_host_has_the_metrics(host in "\\PC{0,40}|[a-z0-9.:@\\[\\]-]{0,40}") {
            prop_assume!(!host.to_ascii_lowercase().starts_with("localhost") && !host.contains("127.") && !host.contains("::1"));
            prop_assert!(!admits("127.0.0.1:4801", &["metrics.example:9100"], &host) || host.eq_ignore_ascii_case("metrics.example:9100"));
        }
    }
}
