//! HTTP to the settings server and the identity provider, with every limit in one place (N20).
//!
//! https only, or http to this machine; TLS 1.2 or later with the system's certificate authorities; no redirects; no
//! cookies; bodies of at most 1 MiB; every request has a timeout. Nothing here retries or interprets answers.

mod certificate;
mod problem;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Request};
use rustls::pki_types::CertificateDer;
use url::{Host, Url};

pub use self::problem::ConnectionProblem;

/// The largest body that is read, in bytes after decompression.
pub(crate) const MAX_BODY: usize = 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an idle connection is kept: shorter than the 5 s after which Logto closes one (measured).
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpError {
    /// The URL is neither https nor http to this machine: nothing was sent.
    #[error("the URL is not allowed")]
    UrlRefused,
    /// The connection failed.
    #[error("no connection")]
    Unreachable,
    /// The answer was not complete in time. Whether the request was carried out is unknown.
    #[error("no answer in time")]
    TimedOut,
    /// The connection failed for a known reason.
    #[error(transparent)]
    Connection(ConnectionProblem),
    /// The connection broke after the request was sent, before the answer was complete.
    #[error("the answer was lost")]
    AnswerLost,
    /// The answer is a redirect, which was not followed.
    #[error("the answer is a redirect")]
    Redirected,
    /// The identity provider cannot answer now (5xx, 429).
    #[error("the server is unavailable")]
    Unavailable,
    /// The body is larger than 1 MiB.
    #[error("the answer is too large")]
    TooLarge,
}

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The clients of the app: one that uses the system's proxy, and one for this machine that never does (cleartext to a
/// loopback address must not travel to a proxy).
///
/// Each is created when it is first needed: it reads the system's TLS roots, and most starts need only one.
#[derive(Clone, Debug)]
pub struct Http {
    version: String,
    timeout: Duration,
    /// Certificate authorities that are trusted in addition to the system's.
    authorities: Vec<CertificateDer<'static>>,
    /// The proxy to other machines, instead of the system's.
    proxy: Option<reqwest::Proxy>,
    remote: Arc<OnceLock<Client>>,
    loopback: Arc<OnceLock<Client>>,
}

impl Http {
    /// Creates both clients with the limits of this module.
    #[must_use]
    pub fn new(version: &str) -> Self {
        Self::with_timeout(version, TOTAL_TIMEOUT)
    }

    /// As [`Http::new`], with another timeout of a request.
    #[must_use]
    pub fn with_timeout(version: &str, timeout: Duration) -> Self {
        Self {
            version: version.to_owned(),
            timeout,
            authorities: Vec::new(),
            proxy: None,
            remote: Arc::default(),
            loopback: Arc::default(),
        }
    }

    /// Adds certificate authorities (DER). For tests that bring their own.
    #[must_use]
    pub fn trusting(mut self, authorities: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.authorities = authorities.into_iter().map(CertificateDer::from).collect();
        self
    }

    /// Uses this proxy (http, https, socks5 or socks5h) instead of the system's. For tests that bring their own.
    ///
    /// # Errors
    /// When `proxy` is not the URL of a proxy.
    pub fn through(mut self, proxy: &str) -> Result<Self, reqwest::Error> {
        self.proxy = Some(reqwest::Proxy::all(proxy)?);
        Ok(self)
    }

    fn client(&self, url: &Url) -> Result<&Client, HttpError> {
        let place = if is_loopback(url) { &self.loopback } else { &self.remote };
        if place.get().is_none() {
            // Two callers may both have created one: the first stays.
            drop(place.set(self.new_client(is_loopback(url))?));
        }
        place.get().ok_or(HttpError::Unreachable)
    }

    fn new_client(&self, loopback: bool) -> Result<Client, HttpError> {
        let tls = certificate::tls(&self.authorities).map_err(|error| {
            tracing::error!(%error, "certificate authorities: none found (install the system's CA certificates)");
            HttpError::Connection(ConnectionProblem::NoTrustedCertificates)
        })?;
        let builder = limited(&self.version, self.timeout).tls_backend_preconfigured(tls);
        let builder = match &self.proxy {
            _ if loopback => builder.no_proxy(),
            Some(proxy) => builder.proxy(proxy.clone()),
            None => builder,
        };
        builder.build().map_err(|error| {
            tracing::error!(%error, "HTTP client: not created");
            HttpError::Unreachable
        })
    }

    /// Starts a request to an allowed URL.
    pub(crate) fn request(
        &self,
        method: http::Method,
        url: &Url,
    ) -> Result<reqwest::RequestBuilder, HttpError> {
        if !is_allowed(url) {
            return Err(HttpError::UrlRefused);
        }
        Ok(self.client(url)?.request(method, url.clone()))
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, HttpError> {
        let request = request.build().map_err(|_| HttpError::UrlRefused)?;
        self.execute(request).await
    }

    async fn execute(&self, request: Request) -> Result<Answer, HttpError> {
        if !is_allowed(request.url()) {
            return Err(HttpError::UrlRefused);
        }
        let client = self.client(request.url())?;
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let unreachable = |error: reqwest::Error| {
            // Without the URL: its query may hold what must not be logged.
            let error = error.without_url();
            let failure = lost(&error);
            let (timeout, connect) = (error.is_timeout(), error.is_connect());
            tracing::info!(%host, timeout, connect, reason = %failure, "no answer");
            failure
        };
        let response = client.execute(request).await.map_err(unreachable)?;
        let status = response.status();
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            return Err(HttpError::Redirected);
        }
        let headers = response.headers().clone();
        let body = bounded_body(response, MAX_BODY).await?;
        Ok(Answer { status, headers, body })
    }

    /// Sends a request that the OAuth library composed. It goes only to endpoints, so a body is a form.
    pub(crate) async fn oauth(
        &self,
        request: oauth2::HttpRequest,
    ) -> Result<oauth2::HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| HttpError::UrlRefused)?;
        let request = self.request(parts.method, &url)?.headers(parts.headers).body(body);
        let answer = self.send(request).await?;
        if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::Unavailable);
        }
        let mut response = oauth2::HttpResponse::new(answer.body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

/// Reads a body, and fails as soon as it is larger than `limit` bytes.
pub(crate) async fn bounded_body(response: reqwest::Response, limit: usize) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| lost(&error))?;
        if body.len() + chunk.len() > limit {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns the error of a request. A failed connection or a timeout is no lost answer: the request is not repeated.
fn lost(error: &reqwest::Error) -> HttpError {
    if error.is_connect() {
        ConnectionProblem::of(error).map_or(HttpError::Unreachable, HttpError::Connection)
    } else if error.is_timeout() {
        HttpError::TimedOut
    } else {
        HttpError::AnswerLost
    }
}

fn limited(version: &str, timeout: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(format!("Latchkey/{version}"))
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .pool_idle_timeout(IDLE_TIMEOUT)
}

/// Whether the URL is allowed: https to any host, http only to 127.0.0.1, `[::1]` or localhost (N20); never with a
/// user name or password.
pub(crate) fn is_allowed(url: &Url) -> bool {
    let plain = url.username().is_empty() && url.password().is_none() && url.host().is_some();
    plain && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
}

/// Whether the URL names this machine by one of the three names of N20.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
