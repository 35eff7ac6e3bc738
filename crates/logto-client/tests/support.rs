//! A server with the same answer for every request, and a client in front of it or of the sandbox.

use std::sync::Arc;

use logto_client::{Clock, Connection, LogtoClient, SystemClock, TransportSettings, http_client};
use logto_sandbox::{Options, Sandbox};
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

/// The answer of the server.
#[derive(Clone)]
pub(crate) struct Canned {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Canned {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: serde_json::to_vec(body).unwrap() }
    }
}

/// Answers `/oidc/token` with `token` and everything else with `answer`, until the test ends.
pub(crate) async fn serve(token: Canned, answer: Canned) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (token, answer) = (token.clone(), answer.clone());
            tokio::spawn(async move {
                let head = read_request(&mut stream).await;
                let canned = if head.starts_with("POST /oidc/token") { token } else { answer };
                let mut text = format!("HTTP/1.1 {} x\r\nconnection: close\r\n", canned.status);
                for (name, value) in &canned.headers {
                    text += &format!("{name}: {value}\r\n");
                }
                if canned.status != 304 {
                    text += &format!("content-length: {}\r\n", canned.body.len());
                }
                text += "\r\n";
                let _ = stream.write_all(text.as_bytes()).await;
                let _ = stream.write_all(&canned.body).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    base
}

/// Reads one request with its body, and returns its head.
async fn read_request(stream: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase().strip_prefix("content-length:").map(|n| n.trim().to_owned())
                })
                .map_or(0, |length| length.parse::<usize>().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        let read = stream.read(&mut buffer).await.unwrap();
        if read == 0 {
            return text;
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// Returns a token answer as Logto sends it.
pub(crate) fn good_token() -> Canned {
    let body = serde_json::json!({
        "access_token": "test-token", "expires_in": 3600, "token_type": "Bearer", "scope": "all"
    });
    Canned::json(200, &body)
}

pub(crate) fn connection(base: &str, client_id: &str, secret: &str) -> Connection {
    let secret = secret.to_owned();
    Connection {
        api_base: Url::parse(&format!("{base}/api")).unwrap(),
        token_endpoint: Url::parse(&format!("{base}/oidc/token")).unwrap(),
        resource: "https://default.logto.app/api".to_owned(),
        client_id: client_id.to_owned(),
        secret: Box::new(move || Ok(SecretString::from(secret.clone()))),
    }
}

pub(crate) fn client(connection: Connection, clock: Arc<dyn Clock>) -> LogtoClient {
    let settings = TransportSettings { without_proxy: true, ..TransportSettings::default() };
    LogtoClient::new(connection, http_client(settings).unwrap(), clock)
}

pub(crate) fn client_of(base: &str) -> LogtoClient {
    client(connection(base, "machine", "test-secret"), Arc::new(SystemClock))
}

/// The sandbox's clock as the client's.
pub(crate) struct SandboxClock(pub(crate) logto_sandbox::Clock);

impl Clock for SandboxClock {
    fn now_unix_ms(&self) -> u64 {
        self.0.now_unix_ms()
    }
}

/// Returns a sandbox with a frozen clock, and a client of it.
pub(crate) async fn sandbox() -> (Sandbox, LogtoClient) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    sandbox.clock().freeze();
    let connection = connection(&sandbox.base_url(), &sandbox.m2m_client_id(), &sandbox.m2m_client_secret());
    let client = client(connection, Arc::new(SandboxClock(sandbox.clock())));
    (sandbox, client)
}
