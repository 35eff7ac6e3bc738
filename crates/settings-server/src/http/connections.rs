//! Limits of the connections of one listener: their number, their lifetime, and the time for a head and for an answer.
//!
//! A cap on all connections and a cap for each peer keep a flood from taking every file descriptor. A connection beyond
//! a cap gets one of [`RESERVED`] further places, where `/livez` is answered and everything else is refused, so that
//! the liveness probe of an orchestrator does not kill a busy server. The newest connection takes the place of the
//! oldest one there, so silent connections cannot occupy them.
//!
//! Each connection ends by a watch of its own, because it also ends by its lifetime and by its place being taken;
//! `hyper_util`'s `GracefulShutdown` knows only the end of the server.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::config::Config;
use crate::http::client_ip::{self, Peer};

/// Connections beyond the caps.
const RESERVED: usize = 8;
/// How long one of those may take for its one request.
const RESERVED_LASTS: Duration = Duration::from_secs(2);

/// The limits of a listener's connections.
#[derive(Clone)]
pub(crate) struct Terms {
    /// For the head of a request, counted from the last answer or from the start; an idle connection is closed after
    /// it.
    pub(crate) header_timeout: Duration,
    /// Until a peer that reads nothing of its answer is disconnected.
    pub(crate) write_timeout: Duration,
    /// Of a connection.
    pub(crate) lifetime: Duration,
    /// For the request under way when the lifetime is over or the server stops.
    pub(crate) grace: Duration,
    pub(crate) most: usize,
    pub(crate) most_per_peer: usize,
    /// Peers that are not counted individually.
    pub(crate) trusted: Vec<IpNet>,
}

impl Terms {
    /// Returns the limits of a configuration.
    pub(crate) fn of(config: &Config) -> Self {
        let limits = config.limits;
        Self {
            header_timeout: limits.header_timeout,
            write_timeout: limits.write_timeout,
            lifetime: limits.connection_lifetime,
            grace: limits.request_timeout + limits.write_timeout,
            most: limits.connections,
            most_per_peer: limits.connections_per_peer,
            trusted: config.listen.trusted_proxies.clone(),
        }
    }
}

/// Accepts connections until `stopped` changes or closes, then lets requests under way end within `shutdown_grace`.
/// `beyond` answers connections beyond the caps. HTTP/1 only: a proxy in front speaks the rest.
pub(crate) async fn accept(
    listener: TcpListener,
    router: Router,
    beyond: Router,
    terms: Terms,
    shutdown_grace: Duration,
    mut stopped: watch::Receiver<()>,
) {
    let seats = Seats::default();
    let mut connections = JoinSet::new();
    let mut reserved: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Out of file descriptors, or a peer that disconnected: the next one may succeed.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            _ = stopped.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        let peer = peer.ip();
        match seats.take(&terms, peer) {
            Some(seat) => {
                let connection = serve(stream, peer, router.clone(), terms.clone(), true, stopped.clone());
                connections.spawn(async move {
                    let _seat = seat;
                    connection.await;
                });
            }
            None => {
                reserved.retain(|connection| !connection.is_finished());
                if reserved.len() >= RESERVED
                    && let Some(oldest) = reserved.pop_front()
                {
                    oldest.abort();
                }
                let terms = Terms {
                    header_timeout: RESERVED_LASTS.min(terms.header_timeout),
                    write_timeout: RESERVED_LASTS.min(terms.write_timeout),
                    lifetime: RESERVED_LASTS,
                    grace: Duration::ZERO,
                    ..terms.clone()
                };
                let connection = serve(stream, peer, beyond.clone(), terms, false, stopped.clone());
                reserved.push_back(connections.spawn(connection));
            }
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(shutdown_grace, all).await;
}

/// Answers the requests of one connection.
async fn serve(
    stream: TcpStream,
    peer: IpAddr,
    router: Router,
    terms: Terms,
    keep_alive: bool,
    mut stopped: watch::Receiver<()>,
) {
    let peer = Peer(peer);
    let service = TowerToHyperService::new(router.map_request(move |mut request: Request<_>| {
        request.extensions_mut().insert(peer);
        request
    }));
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(terms.write_timeout));
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(terms.header_timeout).keep_alive(keep_alive);
    let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => {}
        () = tokio::time::sleep(terms.lifetime) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(terms.grace, connection).await;
}

/// The open connections, in total and of each peer.
#[derive(Clone, Default)]
struct Seats(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    all: usize,
    of_peers: HashMap<IpAddr, usize>,
}

/// A connection that is counted until this is dropped.
struct Seat {
    counts: Arc<Mutex<Counts>>,
    /// Absent for a trusted proxy.
    network: Option<IpAddr>,
}

impl Seats {
    /// Counts a connection of `peer`. Returns `None` when a cap is reached.
    fn take(&self, terms: &Terms, peer: IpAddr) -> Option<Seat> {
        let is_trusted = terms.trusted.iter().any(|proxies| proxies.contains(&client_ip::canonical(peer)));
        let network = (!is_trusted).then(|| client_ip::network(peer));
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = network.and_then(|network| counts.of_peers.get(&network).copied()).unwrap_or_default();
        if counts.all >= terms.most || of_peer >= terms.most_per_peer {
            return None;
        }
        counts.all += 1;
        if let Some(network) = network {
            counts.of_peers.insert(network, of_peer + 1);
        }
        Some(Seat { counts: Arc::clone(&self.0), network })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        if let Some(network) = self.network
            && let Some(of_peer) = counts.of_peers.get_mut(&network)
        {
            *of_peer -= 1;
            if *of_peer == 0 {
                counts.of_peers.remove(&network);
            }
        }
    }
}
