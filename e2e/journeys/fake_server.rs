//! A server of the journey: one that is not Latchkey, or lies about what it is, or another program of the machine.

use std::cell::RefCell;
use std::rc::Rc;

use e2e::http::{self, Received};
use e2e::{Failure, Outcome};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The answer to every request: status line, further headers (each with its line end), body.
pub(crate) type Answer = (&'static str, String, String);

/// The entry of a TLS handshake in [`FakeServer::asked`].
pub(crate) const TLS: &str = "TLS";

/// Listens on loopback until it is dropped.
pub(crate) struct FakeServer {
    /// `http://127.0.0.1:<port>`
    pub(crate) url: String,
    task: JoinHandle<()>,
    asked: Rc<RefCell<Vec<String>>>,
}

impl FakeServer {
    /// Starts a server that answers every request the same; `answer` gets the server's own URL.
    pub(crate) async fn start(answer: impl FnOnce(&str) -> Answer) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|error| Failure::infrastructure("a server on loopback", error))?;
        let url = format!("http://{}", listener.local_addr()?);
        let (status, headers, body) = answer(&url);
        let asked = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&asked);
        let task = tokio::task::spawn_local(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                match http::receive(&mut stream).await {
                    Ok(Received::Request(request)) => {
                        log.borrow_mut().push(format!("{} {}", request.method, request.target));
                        let _ = http::answer(&mut stream, status, &headers, &body).await;
                    }
                    // Closing it is an answer: a browser that tried HTTPS falls back to HTTP.
                    Ok(Received::Tls) => log.borrow_mut().push(TLS.to_owned()),
                    Ok(Received::Nothing) | Err(_) => {}
                }
            }
        });
        Ok(Self { url, task, asked })
    }

    /// Returns the requests in order: method and target of each, [`TLS`] for the start of a handshake.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
