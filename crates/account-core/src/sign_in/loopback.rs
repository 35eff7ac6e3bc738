//! The listener that the browser returns to: one GET path on an ephemeral port of 127.0.0.1 (RFC 8252 §7.3, N6).
//!
//! It answers exactly one address by number (`Host` is compared, so that a name rebound to this machine gets
//! nothing), accepts exactly one answer that belongs to this sign-in, and is closed afterwards. Requests that are not
//! that answer (a prefetch, a favicon, a scan) are refused and change nothing. The URL of a request is never logged:
//! it holds the code.
//!
//! Browsers open connections in advance and leave them idle, and other programs of the machine can do so on purpose.
//! None of them blocks the answer: a new connection is always accepted, and ends the one that has been waiting the
//! longest.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use url::Url;

use super::answer::{Callback, Query, read_answer};
use super::page::{self, Page};
use super::sender::{self, Sender};

/// The largest head of a request, in bytes. Cookies belong to a host and not to a port, so browsers add the cookies of every
/// program on 127.0.0.1 (RFC 6265 §8.5).
const LARGEST_HEAD: usize = 64 * 1024;
/// The most header fields of a request.
const MOST_HEADERS: usize = 256;
/// The most connections that may not have sent a complete request yet.
const MOST_WAITING: usize = 64;
/// How long a connection may take to send its request, and then to receive the page.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const PAGE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long further input is read after the page was sent.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause after a connection could not be accepted, e.g. for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
const PATH: &str = "/callback";

/// The listener of one sign-in. Its port closes when it is dropped.
pub(crate) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

impl Loopback {
    /// Listens on a free port of 127.0.0.1, never by the name `localhost`.
    pub(crate) async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// `http://127.0.0.1:<port>/callback`
    pub(crate) fn redirect_uri(&self) -> Option<Url> {
        Url::parse(&format!("http://{}{PATH}", self.address)).ok()
    }

    /// Accepts connections until the answer has arrived and its page was sent.
    pub(crate) async fn wait(&mut self, state: &str) -> Callback {
        let (sender, mut answers) = mpsc::channel(1);
        let expected = Arc::new(Expected { host: self.address.to_string(), state: state.to_owned(), sender });
        let mut waiting = Waiting::default();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Some(callback) = answers.recv() => {
                    tokio::spawn(end(connections, waiting));
                    return callback;
                }
                accepted = self.listener.accept() => {
                    let Ok((stream, peer)) = accepted else {
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    };
                    if peer.ip().is_loopback() {
                        connections.spawn(serve(stream, waiting.admit(), Arc::clone(&expected)));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// Gives connections the time to end by themselves, so that the browser receives its page.
async fn end(mut connections: JoinSet<io::Result<()>>, waiting: Waiting) {
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, all).await;
    drop(waiting);
}

struct Expected {
    host: String,
    state: String,
    sender: mpsc::Sender<Callback>,
}

/// Connections that have not sent a complete request yet, the oldest first. Dropping the sender ends the connection.
#[derive(Default)]
struct Waiting(VecDeque<oneshot::Sender<()>>);

impl Waiting {
    /// Adds a connection; the oldest is ended for it if necessary. The caller drops the receiver once the request has
    /// arrived.
    fn admit(&mut self) -> oneshot::Receiver<()> {
        self.0.retain(|place| !place.is_closed());
        if self.0.len() >= MOST_WAITING {
            self.0.pop_front();
        }
        let (place, ended) = oneshot::channel();
        self.0.push_back(place);
        ended
    }
}

/// Reads a request and answers it.
async fn serve(
    mut stream: TcpStream,
    mut ended: oneshot::Receiver<()>,
    expected: Arc<Expected>,
) -> io::Result<()> {
    let head = tokio::select! {
        // A complete request is answered, even on a connection that was ended for a newer one.
        biased;
        head = tokio::time::timeout(REQUEST_TIMEOUT, read_head(&mut stream)) => head??,
        _ = &mut ended => return Err(io::ErrorKind::ConnectionAborted.into()),
    };
    answer(&mut stream, &head, &expected).await?;
    drop(head);
    // Closing with input unread resets the connection, and the page may be lost.
    let mut sink = tokio::io::sink();
    let rest = tokio::io::copy(&mut stream, &mut sink);
    tokio::select! {
        _ = tokio::time::timeout(DRAIN_TIMEOUT, rest) => {}
        _ = &mut ended => {}
    }
    Ok(())
}

/// Answers a request. The answer to this sign-in is passed on once its page was sent.
async fn answer(stream: &mut TcpStream, head: &[u8], expected: &Expected) -> io::Result<()> {
    let request = Request::parse(head, &expected.host);
    let german = request.as_ref().is_ok_and(|request| request.german);
    let (page, callback) = match request {
        Err(refused) => (refused, None),
        Ok(request) => match read_answer(&request.query, &expected.state) {
            Query::Nothing => (Page::NotFound, None),
            Query::ForeignState => {
                tracing::warn!("sign-in listener: answer of another sign-in, refused");
                (Page::WrongSignIn, None)
            }
            Query::Answer(_) if sender::of(stream).await == Sender::AnotherUser => {
                tracing::warn!("sign-in listener: answer of another user of this machine, refused");
                (Page::WrongSignIn, None)
            }
            Query::Answer(callback) => {
                tracing::info!("the browser came back");
                let page = if callback.outcome.is_ok() { Page::Finished } else { Page::NotSignedIn };
                (page, Some(callback))
            }
        },
    };
    // The slot for the one answer is taken before the page is written: a second answer is not passed on. A browser
    // may send the same request twice and show the second response, which is the same page.
    let permit = callback.and_then(|callback| Some((expected.sender.try_reserve().ok()?, callback)));
    let page = page::response(page, german);
    let sent = async {
        stream.write_all(&page).await?;
        stream.shutdown().await
    };
    let sent = tokio::time::timeout(PAGE_TIMEOUT, sent).await;
    if let Some((permit, callback)) = permit {
        permit.send(callback);
    }
    sent?
}

/// Reads the head of a request, or more than [`LARGEST_HEAD`] bytes of it.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] as soon as the first byte cannot start a method, as of a TLS ClientHello: browsers
/// that try HTTPS first fall back to HTTP once the connection is closed.
async fn read_head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(1024);
    loop {
        let from = head.len().saturating_sub(3);
        let read = stream.read_buf(&mut head).await?;
        if head.first().is_some_and(|first| !first.is_ascii_uppercase()) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let unseen = head.get(from..).unwrap_or_default();
        if unseen.windows(4).any(|window| window == b"\r\n\r\n") || head.len() > LARGEST_HEAD {
            return Ok(head);
        }
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A request for the one path.
struct Request {
    query: String,
    german: bool,
}

impl Request {
    fn parse(head: &[u8], host: &str) -> Result<Self, Page> {
        if head.len() > LARGEST_HEAD {
            return Err(Page::BadRequest);
        }
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        if !matches!(request.parse(head), Ok(httparse::Status::Complete(_))) {
            return Err(Page::BadRequest);
        }
        let values = |name: &str| {
            let name = name.to_owned();
            request.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(&name))
        };
        let mut hosts = values("host");
        if hosts.next().is_none_or(|header| header.value != host.as_bytes()) || hosts.next().is_some() {
            return Err(Page::WrongHost);
        }
        if request.method != Some("GET") {
            return Err(Page::WrongMethod);
        }
        let target = request.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != PATH {
            return Err(Page::NotFound);
        }
        let german = values("accept-language")
            .next()
            .and_then(|header| std::str::from_utf8(header.value).ok())
            .is_some_and(page::prefers_german);
        Ok(Self { query: query.to_owned(), german })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Request;

    proptest! {
        #[test]
        fn n6_no_request_makes_the_listener_panic(head in proptest::collection::vec(any::<u8>(), 0..4096)) {
            // Noise has no valid `Host`: it never becomes a request.
            prop_assert!(Request::parse(&head, "127.0.0.1:4711").is_err());
        }
    }
}
