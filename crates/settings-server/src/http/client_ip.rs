//! The address a request comes from (B43): the peer's, or the one that a configured proxy forwards.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::extract::{FromRequestParts, Request};
use http::HeaderMap;
use http::request::Parts;
use ipnet::IpNet;

/// The peer of the connection, as an extension of each of its requests.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The address that limits and records use. Absent only where there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientIp(pub(crate) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

/// Returns the IPv4 address that an IPv6 address means, or the address itself: `::ffff:203.0.113.7` is how a socket of
/// both versions writes one (RFC 4291 §2.5.5.2), `64:ff9b::203.0.113.7` how a translator does (RFC 6052 §2.1).
pub(crate) fn canonical(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(address) => match address.segments() {
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)).into()
            }
            _ => address.into(),
        },
        address => address,
    }
}

/// Returns the network of an address, as one address: an IPv4 address itself, or the first address of an IPv6 /64,
/// since one subscriber has all addresses of a /64.
pub(crate) fn network(ip: IpAddr) -> IpAddr {
    match canonical(ip) {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// Adds the client's address to the request.
pub(crate) fn note(request: &mut Request, trusted: &[IpNet]) {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let client = peer.map(|peer| client_ip(peer, request.headers(), trusted));
    request.extensions_mut().insert(ClientIp(client));
}

/// Each proxy appends the address of its peer, so the list is read from its end, as long as the author of an entry is
/// trusted. Entries before that are ignored.
fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = canonical(peer);
    for value in headers.get_all("x-forwarded-for").iter().rev() {
        for entry in value.as_bytes().rsplit(|byte| *byte == b',') {
            if !is_trusted(&client) {
                return client;
            }
            // A client can write any bytes in front of the entry that the proxy adds.
            match std::str::from_utf8(entry).ok().and_then(|entry| address(entry.trim())) {
                Some(address) => client = address,
                // A proxy that forwards no address: then it is the last one known.
                None => return client,
            }
        }
    }
    client
}

/// Reads an address, alone or with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let bracketed = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address: Option<IpAddr> = bracketed.unwrap_or(entry).parse().ok();
    let with_port = || entry.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    address.or_else(with_port).map(canonical)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::routing::get;
    use axum::{Router, middleware};
    use logto_client::{SystemClock, TransportSettings, http_client};
    use proptest::prelude::*;
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::Config;
    use crate::http::connections::{Terms, accept};
    use crate::http::middleware::handle_request;
    use crate::http::router::Guard;
    use crate::server::connect;
    use crate::state::{AppState, RequestIds};
    use crate::store::Store;

    fn networks(list: &[&str]) -> Vec<IpNet> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Returns what a handler sees, when these headers are sent over a real connection of this machine.
    async fn seen(trusted: &[&str], forwarded: &[&str]) -> String {
        let mut config = Config::for_loopback("http://127.0.0.1:9", "machine", "test-secret", "native");
        config.listen.trusted_proxies = networks(trusted);
        let terms = Terms::of(&config);
        let upstreams = connect(&config, Arc::new(SystemClock)).unwrap();
        let store = Store::open(&config.store, Arc::new(SystemClock)).await.unwrap();
        let state = Arc::new(AppState::new(config, upstreams, store, RequestIds::new(1)));
        let handler = async |ClientIp(ip): ClientIp| format!("{ip:?}");
        let router = Router::new()
            .route("/ip", get(handler))
            .layer(middleware::from_fn_with_state(Guard::without_token(state), handle_request));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/ip", listener.local_addr().unwrap());
        let (_stop, stopped) = tokio::sync::watch::channel(());
        let second = Duration::from_secs(1);
        let server = tokio::spawn(accept(listener, router.clone(), router, terms, second, stopped));
        let settings = TransportSettings { without_proxy: true, ..TransportSettings::default() };
        let mut request = http_client(settings).unwrap().get(url);
        for value in forwarded {
            request = request.header("x-forwarded-for", value.as_bytes());
        }
        let text = request.send().await.unwrap().text().await.unwrap();
        server.abort();
        text
    }

    #[tokio::test]
    async fn b43_forwarded_header_of_an_untrusted_peer_is_ignored() {
        for trusted in [&[][..], &["192.0.2.0/24"], &["::1/128"]] {
            assert_eq!(seen(trusted, &["198.51.100.7"]).await, "Some(127.0.0.1)", "{trusted:?}");
        }
        assert_eq!(seen(&["127.0.0.0/8"], &["198.51.100.7"]).await, "Some(198.51.100.7)");
        assert_eq!(seen(&["127.0.0.0/8"], &[]).await, "Some(127.0.0.1)");
    }

    #[tokio::test]
    async fn b43_only_entries_written_by_trusted_proxies_count() {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"];
        for (forwarded, wanted) in [
            // The entry that the client itself sent comes first.
            (&["203.0.113.66, 198.51.100.7"][..], "198.51.100.7"),
            (&["203.0.113.66", "198.51.100.7"], "198.51.100.7"),
            (&["203.0.113.66, 198.51.100.7, 10.1.2.3"], "198.51.100.7"),
            (&["203.0.113.66, 198.51.100.7", "10.1.2.3,2001:db8::5"], "198.51.100.7"),
            (&["10.1.2.3, 198.51.100.7"], "198.51.100.7"),
            // Every network is a proxy: the first entry counts.
            (&["10.1.2.3, 10.1.2.4"], "10.1.2.3"),
            // Other spellings.
            (&["198.51.100.7:4711"], "198.51.100.7"),
            (&["[2001:db9::7]:4711"], "2001:db9::7"),
            (&["[2001:db9::7]"], "2001:db9::7"),
            (&["::ffff:198.51.100.7"], "198.51.100.7"),
            (&["198.51.100.7, ::ffff:10.1.2.3"], "198.51.100.7"),
            (&["64:ff9b::198.51.100.7"], "198.51.100.7"),
            // What a client sent is any bytes.
            (&["é, 198.51.100.7"], "198.51.100.7"),
            (&["é", "198.51.100.7"], "198.51.100.7"),
            // Nothing usable: the last address that is known.
            (&[""], "127.0.0.1"),
            (&["unknown"], "127.0.0.1"),
            (&["198.51.100.7, unknown, 10.1.2.3"], "10.1.2.3"),
            (&["198.51.100.7,, 10.1.2.3"], "10.1.2.3"),
        ] {
            assert_eq!(seen(&trusted, forwarded).await, format!("Some({wanted})"), "{forwarded:?}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_no_forwarded_list_spoofs_the_client_ip(text in "\\PC{0,80}", digits in "[0-9a-f.:, \\[\\]]{0,60}") {
            let peer: IpAddr = "192.0.2.1".parse().unwrap();
            let proxy = networks(&["198.51.100.1/32"]);
            for entry in [text, digits] {
                let mut headers = HeaderMap::new();
                let Ok(value) = http::HeaderValue::from_bytes(entry.as_bytes()) else { continue };
                headers.insert("x-forwarded-for", value);
                prop_assert_eq!(client_ip(peer, &headers, &proxy), peer);
                let _ = client_ip("198.51.100.1".parse().unwrap(), &headers, &proxy);
            }
        }
    }
}
