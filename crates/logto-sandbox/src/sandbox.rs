//! The sandbox as tests use it: start, query, control, stop.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::browser::{Browser, BrowserError};
use crate::clock::Clock;
use crate::options::Options;
use crate::provider::tls::TlsListener;
use crate::provider::{self, Providers};
use crate::server::{self, Shared};
use crate::smtp;
use crate::state::State;

/// How long `stop` waits for open connections.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Why the sandbox did not start.
#[derive(Debug)]
pub enum StartError {
    /// The address is not on loopback: a process that discloses its secrets must not be reachable from outside.
    NotLoopback(SocketAddr),
    /// The address could not be bound.
    Bind(io::Error),
    /// No signing key could be made.
    Key,
    /// No certificate could be made.
    Certificate,
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => {
                write!(formatter, "{address} is not a loopback address; the sandbox listens on loopback only")
            }
            Self::Bind(error) => write!(formatter, "the address could not be bound: {error}"),
            Self::Key => formatter.write_str("no signing key could be made"),
            Self::Certificate => formatter.write_str("no certificate could be made"),
        }
    }
}

impl std::error::Error for StartError {}

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
    address: SocketAddr,
    smtp_address: SocketAddr,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts the sandbox; it answers when this returns.
    ///
    /// [`StartError`] when the address is not on loopback or cannot be bound.
    /// When the address is not on loopback or cannot be bound.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        for address in [options.listen, options.smtp_listen, options.provider_listen] {
            if !address.ip().is_loopback() {
                return Err(StartError::NotLoopback(address));
            }
        }
        let listener = TcpListener::bind(options.listen).await.map_err(StartError::Bind)?;
        let address = listener.local_addr().map_err(StartError::Bind)?;
        let smtp_listener = TcpListener::bind(options.smtp_listen).await.map_err(StartError::Bind)?;
        let smtp_address = smtp_listener.local_addr().map_err(StartError::Bind)?;
        let mut state = State::new(&options).map_err(|_| StartError::Key)?;
        state.base_url = format!("http://{address}");
        let providers = if options.social {
            Some(start_providers(&mut state, options.provider_listen).await?)
        } else {
            None
        };
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(state, stopped, options.service_times));
        tokio::spawn(smtp::serve(smtp_listener, Arc::clone(&shared)));
        if let Some((listener, address, config)) = providers {
            let listener = TlsListener::new(listener, address, config, Arc::clone(&shared));
            tokio::spawn(server::serve(listener, Arc::clone(&shared), &provider::routes::ENTRANCE));
        }
        let task = tokio::spawn(server::serve(listener, Arc::clone(&shared), &server::LOGTO));
        Ok(Self { shared, address, smtp_address, stop, task: Some(task) })
    }

    /// Returns the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address of its mail server.
    pub fn smtp_address(&self) -> SocketAddr {
        self.smtp_address
    }

    /// `http://127.0.0.1:PORT`; the Management API is at `{base}/api`.
    pub fn base_url(&self) -> String {
        self.shared.state().base_url.clone()
    }

    /// Changes Logto's `ENDPOINT`: the URL where a proxy publishes the sandbox, perhaps below a path that it removes.
    pub fn set_base_url(&self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.shared.state().base_url);
    }

    /// `http://127.0.0.1:PORT/oidc`.
    pub fn issuer(&self) -> String {
        format!("{}/oidc", self.base_url())
    }

    /// Returns the sandbox's clock.
    pub fn clock(&self) -> Clock {
        self.shared.state().clock.clone()
    }

    /// Returns a new browser with an empty cookie jar.
    pub fn browser(&self) -> Browser {
        Browser::new(Arc::clone(&self.shared))
    }

    /// Signs in with a fresh browser and returns the final redirect URL (with `code`, `state`, `iss`).
    ///
    /// # Errors
    /// [`BrowserError`] when a page or call refuses, for example because of a wrong password.
    pub async fn authenticate(
        &self,
        authorize_url: &str,
        username: &str,
        password: &str,
    ) -> Result<String, BrowserError> {
        self.browser().authorize(authorize_url, username, password).await
    }

    /// Stops listening and waits, at most two seconds, for open connections to close.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout(STOP_WITHIN, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

/// Binds the providers' port, makes their certificate, and adds them to the tenant.
async fn start_providers(
    state: &mut State,
    listen: SocketAddr,
) -> Result<(TcpListener, SocketAddr, ServerConfig), StartError> {
    let listener = TcpListener::bind(listen).await.map_err(StartError::Bind)?;
    let address = listener.local_addr().map_err(StartError::Bind)?;
    let (certificate, config) = provider::certificate::make().map_err(|_| StartError::Certificate)?;
    state.providers = Some(Providers::new(format!("https://{address}"), certificate));
    provider::seed::fill(state);
    Ok((listener, address, config))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}
