//! B33 and B38: limits of connections: what one may take, and how many there may be.

use std::time::Duration;

use logto_sandbox::FaultAction;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{ALL_SCOPES, Answer, Stage, client, read};

const REFUSED: (u16, &str) = (429, "rate_limited");
/// Longer than anything here should take.
const PATIENCE: Duration = Duration::from_secs(20);

fn address(stage: &Stage) -> String {
    stage.root_url("").replace("http://", "")
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap()
}

/// Opens a connection that has requested `/livez` once, so that the server has given it a place.
async fn seated(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = ask(&mut stream, "/livez").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.contains("connection: close"), "{answer}");
    stream
}

/// Sends one request and returns its answer, which is empty when the connection ends without one. The `Host` is the
/// address of the peer: the metrics accept no other.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", stream.peer_addr().unwrap());
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = vec![0; 8192];
    let length = in_time(stream.read(&mut answer)).await.unwrap_or_default();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// Sends a request on a connection of its own.
async fn fresh(url: String, token: &str) -> Answer {
    read(client().get(url).bearer_auth(token)).await
}

#[tokio::test]
async fn b33_beyond_the_caps_only_livez_is_answered() {
    for per_peer in [false, true] {
        let stage = Stage::with(|config| match per_peer {
            true => config.limits.connections_per_peer = 2,
            false => config.limits.connections = 2,
        })
        .await;
        let token = stage.token("alice", ALL_SCOPES);
        let held = [seated(&address(&stage)).await, seated(&address(&stage)).await];
        for _ in 0..3 {
            let refused = fresh(stage.url("/account"), &token).await;
            assert_eq!((refused.outcome(), refused.header("retry-after")), (REFUSED, "1"));
            assert_eq!(
                (refused.header("connection"), refused.header("cache-control")),
                ("close", "no-store")
            );
            assert_eq!(fresh(stage.root_url("/readyz"), &token).await.outcome(), REFUSED);
            let live = fresh(stage.root_url("/livez"), &token).await;
            assert_eq!((live.status, live.text.as_str()), (200, "{\"status\":\"ok\"}"));
        }
        drop(held);
        in_time(async { while fresh(stage.url("/account"), &token).await.status != 200 {} }).await;
    }
}

#[tokio::test]
async fn b33_a_trusted_proxy_is_no_peer() {
    let stage = Stage::with(|config| {
        config.limits.connections_per_peer = 1;
        config.listen.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let _held = [seated(&address(&stage)).await, seated(&address(&stage)).await];
    assert_eq!(fresh(stage.url("/account"), &stage.token("alice", ALL_SCOPES)).await.status, 200);
}

#[tokio::test]
async fn b38_silent_connections_do_not_keep_livez_from_answering() {
    let stage = Stage::with(|config| config.limits.connections = 1).await;
    let _held = seated(&address(&stage)).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(address(&stage)).await.unwrap());
        assert_eq!(in_time(fresh(stage.root_url("/livez"), "")).await.status, 200);
    }
}

#[tokio::test]
async fn b33_a_peer_that_reads_nothing_is_dropped() {
    let stage = Stage::with(|config| config.limits.write_timeout = Duration::from_millis(200)).await;
    let mut stream = TcpStream::connect(address(&stage)).await.unwrap();
    let requests = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    let writing = async { while stream.write_all(requests.as_bytes()).await.is_ok() {} };
    in_time(writing).await;
}

#[tokio::test]
async fn b33_closing_connection_still_answers_its_request() {
    let stage = Stage::with(|config| config.limits.connection_lifetime = Duration::from_millis(300)).await;
    let mut stream = seated(&address(&stage)).await;
    let asking = async { while !ask(&mut stream, "/livez").await.is_empty() {} };
    in_time(asking).await;
    stage.fault("/api/users/", "GET", FaultAction::Delay(900), Some(1));
    let answer = fresh(stage.url("/account"), &stage.token("alice", ALL_SCOPES)).await;
    assert_eq!((answer.status, answer.header("connection")), (200, "close"));
}

#[tokio::test]
async fn b33_an_idle_connection_ends() {
    let stage = Stage::with(|config| config.limits.header_timeout = Duration::from_millis(200)).await;
    let mut stream = seated(&address(&stage)).await;
    let mut rest = Vec::new();
    in_time(stream.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test]
async fn b38_the_metrics_have_the_same_caps() {
    let stage = Stage::with(|config| {
        config.listen.metrics_address = Some(([127, 0, 0, 1], 0).into());
        config.limits.connections = 1;
    })
    .await;
    let metrics = stage.server.metrics_address().unwrap().to_string();
    let mut held = TcpStream::connect(&metrics).await.unwrap();
    assert!(ask(&mut held, "/metrics").await.starts_with("HTTP/1.1 200 "));
    assert_eq!(fresh(format!("http://{metrics}/metrics"), "").await.outcome(), REFUSED);
    assert_eq!(fresh(stage.root_url("/livez"), "").await.status, 200, "each address has its own");
}
