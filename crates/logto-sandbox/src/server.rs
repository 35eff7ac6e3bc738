//! The HTTP server around the router: loopback listener, request ids, faults, the log, and connections that
//! can be cut without an answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State as Extracted;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use http::Method;
use http::header::{HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

use crate::clock::http_date;
use crate::control::faults::FaultAction;
use crate::control::log::LoggedRequest;
use crate::http::{Reply, Request};
use crate::options::ServiceTimes;
use crate::random;
use crate::router;
use crate::state::State;

/// Logto's limit of a request body; a larger one is answered 404.
const BODY_LIMIT: usize = 1024 * 1024;

/// The request log keeps at least half of this many entries, so that a load test does not fill the memory.
const LOG_LIMIT: usize = 100_000;

/// One of the sandbox's two web servers.
pub(crate) struct Entrance {
    /// Put before the paths in the request log, and for faults.
    pub(crate) prefix: &'static str,
    pub(crate) dispatch: fn(&mut State, &Request) -> Reply,
    /// What is ordered for a request in another way than by a fault.
    pub(crate) ordered: fn(&mut State, &Request) -> Option<FaultAction>,
}

/// Logto.
pub(crate) static LOGTO: Entrance =
    Entrance { prefix: "", dispatch: router::dispatch, ordered: |_state, _request| None };

/// What the server, the browser and the public handle share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    stop: watch::Receiver<bool>,
    service_times: Option<ServiceTimes>,
    /// Held by the request that the one worker works on.
    worker: tokio::sync::Mutex<()>,
}

impl Shared {
    pub(crate) fn new(
        state: State,
        stop: watch::Receiver<bool>,
        service_times: Option<ServiceTimes>,
    ) -> Self {
        Self { state: Mutex::new(state), stop, service_times, worker: tokio::sync::Mutex::default() }
    }

    /// Waits for the worker and then for the database, as long as a request of this method takes.
    async fn take_its_time(&self, method: &Method) {
        let Some(times) = self.service_times else { return };
        // A timer of the runtime would be late by up to a millisecond.
        let wait = |time| tokio::task::spawn_blocking(move || std::thread::sleep(time));
        {
            let _turn = self.worker.lock().await;
            let _ = wait(times.worker).await;
        }
        let database = if method == Method::GET { times.read } else { times.write };
        if !database.is_zero() {
            let _ = wait(database).await;
        }
    }

    /// Returns the state, locked. Never held across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request; `None` cuts the connection. A body that was too large was not read.
    pub(crate) async fn answer(
        &self,
        entrance: &Entrance,
        request: Request,
        too_large: bool,
    ) -> Option<Reply> {
        let request_id = random::id(16);
        let is_logto = entrance.prefix.is_empty();
        let is_control = is_logto && request.path.starts_with("/__sandbox");
        let path = format!("{}{}", entrance.prefix, request.path);
        let route = || self.route(entrance, &request, too_large);
        let fault = {
            let mut state = self.state();
            if !is_control {
                let mut entry = LoggedRequest::start(&request, &request_id, state.now_ms());
                entry.path.clone_from(&path);
                if state.request_log.len() >= LOG_LIMIT {
                    state.request_log.drain(..LOG_LIMIT / 2);
                }
                state.request_log.push(entry);
            }
            let fault = state.faults.take(&request.method, &path);
            fault.or_else(|| (entrance.ordered)(&mut state, &request))
        };
        if is_logto && !is_control {
            self.take_its_time(&request.method).await;
        }
        let reply = match fault {
            Some(FaultAction::Drop) => None,
            Some(FaultAction::DropAfter) => {
                route();
                None
            }
            Some(FaultAction::Hang) => {
                self.stopped().await;
                None
            }
            Some(FaultAction::HangAfter) => {
                route();
                self.stopped().await;
                None
            }
            Some(FaultAction::Hold) => {
                let mut cleared = self.state().faults.cleared();
                let reply = route();
                tokio::select! {
                    _ = cleared.changed() => Some(reply),
                    () = self.stopped() => None,
                }
            }
            Some(FaultAction::Status(status, body)) => {
                Some(body.map_or_else(|| Reply::empty(status), |body: Value| Reply::json(status, &body)))
            }
            Some(FaultAction::Delay(ms)) => {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(ms)) => {}
                    () = self.stopped() => return None,
                }
                Some(route())
            }
            None => Some(route()),
        };
        let mut state = self.state();
        let now_ms = state.now_ms();
        if let Some(entry) = state.request_log.iter_mut().rev().find(|entry| entry.request_id == request_id) {
            entry.status = reply.as_ref().map_or(0, |reply| reply.status);
            entry.finished_ms = now_ms;
        }
        let reply = reply?;
        let reply = reply.with("date", &http_date(now_ms / 1000));
        Some(if is_logto { reply.with("logto-core-request-id", &request_id) } else { reply })
    }

    fn route(&self, entrance: &Entrance, request: &Request, too_large: bool) -> Reply {
        if too_large {
            return Reply::text(404, "Not Found");
        }
        (entrance.dispatch)(&mut self.state(), request)
    }

    /// Resolves when the sandbox is stopped.
    pub(crate) async fn stopped(&self) {
        let mut stop = self.stop.clone();
        // An error means that the sandbox itself is gone: that is stopped, too.
        let _ = stop.wait_for(|stopped| *stopped).await;
    }
}

/// Answers requests until stopped.
pub(crate) async fn serve<L>(listener: L, shared: Arc<Shared>, entrance: &'static Entrance)
where
    L: Listener<Addr = SocketAddr>,
{
    let app = Router::new()
        .fallback(handle)
        .with_state((Arc::clone(&shared), entrance))
        .into_make_service_with_connect_info::<Connection>();
    let server = axum::serve(CuttableListener(listener), app)
        .with_graceful_shutdown(async move { shared.stopped().await });
    if let Err(error) = server.await {
        tracing::error!(%error, "the sandbox's server ended");
    }
}

async fn handle(
    ConnectInfo(connection): ConnectInfo<Connection>,
    Extracted((shared, entrance)): Extracted<(Arc<Shared>, &'static Entrance)>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path_and_query = parts.uri.path_and_query().map_or("/", |value| value.as_str());
    let mut read = Request::new(parts.method, path_and_query);
    read.headers = parts.headers;
    read.peer = Some(connection.peer);
    let too_large = match to_bytes(body, BODY_LIMIT).await {
        Ok(bytes) => {
            read.body = bytes;
            false
        }
        Err(_) => true,
    };
    match shared.answer(entrance, read, too_large).await {
        Some(reply) => write(reply),
        None => {
            connection.cut.store(true, Ordering::Release);
            Response::new(Body::empty())
        }
    }
}

fn write(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// One connection as a handler sees it.
#[derive(Clone, Debug)]
struct Connection {
    peer: SocketAddr,
    cut: Arc<AtomicBool>,
}

impl<L> Connected<IncomingStream<'_, CuttableListener<L>>> for Connection
where
    L: Listener<Addr = SocketAddr>,
{
    fn connect_info(stream: IncomingStream<'_, CuttableListener<L>>) -> Self {
        Self { peer: *stream.remote_addr(), cut: Arc::clone(&stream.io().cut) }
    }
}

struct CuttableListener<L>(L);

impl<L: Listener<Addr = SocketAddr>> Listener for CuttableListener<L> {
    type Io = CuttableStream<L::Io>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, peer) = self.0.accept().await;
        (CuttableStream { stream, cut: Arc::default() }, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A stream that refuses to write once it was cut, so that the peer sees the connection close unanswered.
struct CuttableStream<S> {
    stream: S,
    cut: Arc<AtomicBool>,
}

impl<S> CuttableStream<S> {
    fn check(&self) -> io::Result<()> {
        if self.cut.load(Ordering::Acquire) { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CuttableStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CuttableStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
