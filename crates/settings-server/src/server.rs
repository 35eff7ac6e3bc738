//! The server itself: it binds, answers and stops.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use logto_client::{
    Clock, Connection, LogtoClient, SecretUnavailable, SystemClock, TransportSettings, http_client,
};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::audit_log::{self, AuditLogReport, AuditLogRow};
use crate::check;
use crate::config::{Config, is_loopback};
use crate::http::connections::{Terms, accept};
use crate::http::router;
use crate::jobs;
use crate::randomness;
use crate::social::openid::{OpenIdClients, misfits};
use crate::state::{AppState, RequestIds};
use crate::store::{Store, StoreStartError};
use crate::telemetry::metrics_hosts;

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be bound.
    #[error("listen: {address} cannot be bound: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// No HTTP client can be created, usually because of the certificate store.
    #[error("no HTTP client can be created: {0}")]
    HttpClient(#[from] reqwest::Error),
    /// The configured endpoint of Logto is not a URL.
    #[error("logto.endpoint: not a URL")]
    Endpoint,
    /// The operating system provides no random numbers.
    #[error("the operating system provides no random numbers")]
    Randomness,
    /// A provider of `[[social_openid]]` is not that of Logto's connector.
    #[error("social_openid: {target}: {reason}")]
    Provider {
        /// Its target.
        target: String,
        /// What differs.
        reason: String,
    },
    /// The server's own records cannot be used.
    #[error(transparent)]
    Store(#[from] StoreStartError),
}

/// Checks every hash chain of the audit log in the store that `config` names.
///
/// # Errors
/// [`StoreStartError`] when the store cannot be read.
pub async fn verify_audit_log(config: &Config) -> Result<AuditLogReport, StoreStartError> {
    let store = Store::open(&config.store, Arc::new(SystemClock)).await?;
    Ok(audit_log::verify(&*store.database).await?)
}

/// Returns the audit log of one user in the store that `config` names, in order.
///
/// # Errors
/// [`StoreStartError`] when the store cannot be read.
pub async fn show_audit_log(config: &Config, user: &str) -> Result<Vec<AuditLogRow>, StoreStartError> {
    let store = Store::open(&config.store, Arc::new(SystemClock)).await?;
    Ok(audit_log::rows_of(&store, user).await?)
}

/// Refuses to start with a provider whose accounts would not be those of Logto's connector. While Logto does not answer, they
/// are not offered.
async fn refuse_misfits(config: &Config, logto: &LogtoClient) -> Result<(), StartError> {
    if config.social.openid.is_empty() {
        return Ok(());
    }
    let connectors = match logto.connectors().await {
        Ok(connectors) => connectors,
        Err(error) => {
            tracing::warn!(%error, "social_openid: not compared with Logto's connectors yet");
            return Ok(());
        }
    };
    match misfits(&config.social, &connectors).next() {
        Some((provider, misfit)) => {
            Err(StartError::Provider { target: provider.target.clone(), reason: misfit.to_string() })
        }
        None => Ok(()),
    }
}

/// A server that has bound its addresses and does not answer yet.
pub struct Server {
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    state: Arc<AppState>,
}

impl Server {
    /// Binds, with the operating system's clock, and opens the store. Logto's connectors are read where `[[social_openid]]` has
    /// providers, and nothing else: a server starts even while Logto is down.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind(config: Config) -> Result<Self, StartError> {
        Self::bind_with_clock(config, Arc::new(SystemClock)).await
    }

    /// Binds as [`Self::bind`], with another clock.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind_with_clock(mut config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let listener = listen(config.listen.address).await?;
        let metrics_listener = match config.listen.metrics_address {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let bound = listener.local_addr().map(|address| address.port()).unwrap_or_default();
        config.public_url = config.public_url.with_bound_port(bound);
        let upstreams = connect(&config, Arc::clone(&clock))?;
        let seed = randomness::bytes().map_err(|_| StartError::Randomness)?;
        let request_ids = RequestIds::new(u64::from_ne_bytes(seed));
        if config.listen.behind_proxy && config.listen.trusted_proxies.is_empty() {
            tracing::warn!("{}", check::PROXY_NOT_NAMED);
        }
        refuse_misfits(&config, &upstreams.logto).await?;
        let store = Store::open(&config.store, clock).await?;
        let state = Arc::new(AppState::new(config, upstreams, store, request_ids));
        Ok(Self { listener, metrics_listener, state })
    }

    /// Returns the public base URL, which is also the resource indicator.
    pub fn base_url(&self) -> String {
        self.state.config.public_url.to_string()
    }

    /// Returns the address that was bound.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Returns the address of the metrics, if they are enabled.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Answers requests until `shutdown` completes. Then it accepts no new connections and lets running requests
    /// finish, and changes that outlast their request, as long as `limits.shutdown_grace` allows.
    pub async fn run_until(self, shutdown: impl Future<Output = ()> + Send) {
        let (limits, terms) = (self.state.config.limits, Terms::of(&self.state.config));
        let (stop, stopped) = watch::channel(());
        let metrics = self.metrics_listener.map(|listener| {
            let address = listener.local_addr().unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
            let router = metrics_hosts::router(Arc::clone(&self.state), address);
            let beyond = router::beyond(Arc::clone(&self.state));
            tokio::spawn(accept(
                listener,
                router,
                beyond,
                terms.clone(),
                limits.shutdown_grace,
                stopped.clone(),
            ))
        });
        let store = self.state.store.clone();
        let maintenance = tokio::spawn(async move { store.run_maintenance().await });
        let jobs = tokio::spawn(jobs::run(Arc::clone(&self.state), stopped.clone()));
        let router = router::router(Arc::clone(&self.state));
        let beyond = router::beyond(Arc::clone(&self.state));
        let api = tokio::spawn(accept(self.listener, router, beyond, terms, limits.shutdown_grace, stopped));
        shutdown.await;
        tracing::info!("stopping");
        drop(stop);
        let end = tokio::time::Instant::now() + limits.shutdown_grace;
        let _ = api.await;
        let _ = tokio::time::timeout_at(end, self.state.locks.idle()).await;
        let stopping = jobs.abort_handle();
        if tokio::time::timeout_at(end, jobs).await.is_err() {
            stopping.abort();
        }
        maintenance.abort();
        if let Some(metrics) = metrics {
            let _ = metrics.await;
        }
        tracing::info!("stopped");
    }

    /// Runs the server in a task of its own, until it is stopped. For tests and demonstrations.
    pub fn spawn(self) -> RunningServer {
        let (base_url, metrics_address) = (self.base_url(), self.metrics_address());
        let state = Arc::clone(&self.state);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(self.run_until(async move {
            let _ = stopped.await;
        }));
        RunningServer { base_url, metrics_address, state, stop, task }
    }
}

/// A running server. Dropping it stops it too, without waiting.
pub struct RunningServer {
    base_url: String,
    metrics_address: Option<SocketAddr>,
    state: Arc<AppState>,
    stop: tokio::sync::oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl RunningServer {
    /// Returns the public base URL, e.g. `http://127.0.0.1:40123/api`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the address of the metrics, if they are enabled.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Settles changes and delivers notices now, instead of within a minute.
    pub async fn run_jobs(&self) {
        jobs::run_once(&self.state).await;
    }

    /// Stops the server and waits for requests under way.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// The servers that this one sends requests to.
pub(crate) struct Upstreams {
    /// Logto's Management API.
    pub(crate) logto: LogtoClient,
    /// Logto's documents and keys.
    pub(crate) http: reqwest::Client,
    /// The providers whose code flow this server runs itself.
    pub(crate) openid: OpenIdClients,
}

/// Creates the clients that a configuration describes.
pub(crate) fn connect(config: &Config, clock: Arc<dyn Clock>) -> Result<Upstreams, StartError> {
    let api_base = Url::parse(&config.logto.management_api).map_err(|_| StartError::Endpoint)?;
    let token_endpoint =
        Url::parse(&format!("{}/token", config.logto.issuer)).map_err(|_| StartError::Endpoint)?;
    let http = http_client(TransportSettings {
        request_timeout: config.limits.upstream_timeout,
        without_proxy: is_loopback(&api_base),
        ..TransportSettings::default()
    })?;
    let secret = config.logto.client_secret.clone();
    let connection = Connection {
        api_base,
        token_endpoint,
        resource: config.logto.management_resource.clone(),
        client_id: config.logto.client_id.clone(),
        secret: Box::new(move || {
            secret.read().map_err(|reason| {
                tracing::error!(reason, "logto.client_secret: cannot be used");
                SecretUnavailable
            })
        }),
    };
    let openid = OpenIdClients::new(config, Arc::clone(&clock))?;
    Ok(Upstreams { logto: LogtoClient::new(connection, http.clone(), clock), http, openid })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}
