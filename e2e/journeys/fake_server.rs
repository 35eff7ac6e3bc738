//! A server that is not Latchkey, or lies about what it is.

use std::cell::RefCell;
use std::rc::Rc;

use e2e::{Failure, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What it answers to every request: status line, further headers (each with its line end), body.
pub(crate) type Answer = (&'static str, String, String);

/// Listens on loopback until it is dropped.
pub(crate) struct FakeServer {
    /// `http://127.0.0.1:<port>`
    pub(crate) url: String,
    task: JoinHandle<()>,
    asked: Rc<RefCell<Vec<String>>>,
}

impl FakeServer {
    /// Answers every request the same; `answer` is told the server's own URL.
    pub(crate) async fn start(answer: impl FnOnce(&str) -> Answer) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|error| Failure::infrastructure("a server on loopback", error))?;
        let url = format!("http://{}", listener.local_addr()?);
        let (status, headers, body) = answer(&url);
        let text = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let asked = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&asked);
        let task = tokio::task::spawn_local(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0_u8; 8192];
                let length = stream.read(&mut request).await.unwrap_or(0);
                let first = String::from_utf8_lossy(&request[..length]).lines().next().map(str::to_owned);
                log.borrow_mut().extend(first);
                let _ = stream.write_all(text.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Ok(Self { url, task, asked })
    }

    /// The first line of each request.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
