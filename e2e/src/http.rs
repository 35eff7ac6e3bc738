//! Just enough of an HTTP/1.1 server for a test on loopback: one request per connection.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The largest request that is read, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;
const MOST_HEADERS: usize = 128;
/// The first byte of a TLS record that opens a handshake (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// The first message of a client.
#[derive(Debug)]
pub enum Received {
    /// A complete request.
    Request(Request),
    /// The beginning of a TLS handshake.
    Tls,
    /// Nothing, or something that is neither.
    Nothing,
}

/// A request.
#[derive(Debug)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The body; empty without one.
    pub body: Vec<u8>,
}

/// Reads the first request of a connection, with its body where `Content-Length` announces one.
///
/// # Errors
/// When the connection breaks.
pub async fn receive(stream: &mut TcpStream) -> io::Result<Received> {
    let mut bytes = Vec::with_capacity(8192);
    while bytes.len() < LARGEST {
        if stream.read_buf(&mut bytes).await? == 0 {
            break;
        }
        if bytes.first() == Some(&TLS_HANDSHAKE) {
            return Ok(Received::Tls);
        }
        if let Some(request) = parse(&bytes) {
            return Ok(Received::Request(request));
        }
    }
    Ok(Received::Nothing)
}

/// Parses a request. Returns `None` while it is incomplete.
fn parse(bytes: &[u8]) -> Option<Request> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = request.parse(bytes) else { return None };
    let length = request
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse::<usize>().ok())
        .unwrap_or(0);
    let body = bytes.get(head..head.checked_add(length)?)?;
    Some(Request {
        method: request.method?.to_owned(),
        target: request.path?.to_owned(),
        body: body.to_owned(),
    })
}

/// Answers and closes the connection. `headers` are further lines, each with its line end.
///
/// # Errors
/// When the connection breaks.
pub async fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> io::Result<()> {
    let text = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}
