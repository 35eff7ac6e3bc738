//! The configuration, checked: a [`Config`] cannot hold a value that the server would have to check again later.
//!
//! `load` reads it from one TOML file and the environment; [`Config::for_loopback`] makes one for tests and
//! demonstrations. `sections` has the file's shape and every rule.

mod budgets;
mod custom_fields;
mod limits;
mod load;
mod public_url;
mod reference;
mod secret;
mod sections;
mod smtp;
mod social;
mod store;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use tracing_subscriber::filter::Targets;

pub use crate::custom_fields::Definition as CustomFieldDefinition;
pub use budgets::{Budgets, Rule};
pub use load::{ConfigError, environment};
pub use public_url::PublicUrl;
pub use reference::{Setting, reference, settings};
pub use secret::SecretOrigin;
pub use sections::{FieldMode, FieldTable, ScopeRule};
pub use smtp::{Smtp, SmtpLogin, SmtpSecurity};
pub use social::{OpenIdProvider, ProviderSecret, ResponseMode, Social};
pub use store::{DatabaseLocation, EncryptionKey, Store};

/// Everything that the server needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// The base URL of the settings API, which is its resource indicator in Logto. With port 0 on loopback the
    /// bound port takes its place.
    pub public_url: PublicUrl,
    /// Where to listen.
    pub listen: Listen,
    /// The identity provider.
    pub logto: Logto,
    /// The desktop app.
    pub app: App,
    /// Who may use the API.
    pub access: Access,
    /// The server's own field table.
    pub fields: FieldTable,
    /// The operator's own fields in custom data.
    pub custom_fields: Vec<CustomFieldDefinition>,
    /// How long things may take.
    pub limits: Limits,
    /// How often something may be tried.
    pub budgets: Budgets,
    /// The server's own records.
    pub store: Store,
    /// Which log events are written: levels, by target.
    pub log_filter: Targets,
    /// The mail server; without one no mail goes out.
    pub smtp: Option<Smtp>,
    /// The retention of the audit log.
    pub journal: Journal,
    /// How social accounts are linked.
    pub social: Social,
}

/// The retention of the audit log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// How long it is kept; absent: forever.
    pub retention: Option<Duration>,
}

/// Where to listen.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address of the API.
    pub address: SocketAddr,
    /// The address of the metrics, if they are enabled.
    pub metrics_address: Option<SocketAddr>,
    /// Further hosts, each with or without a port, by which the metrics may be requested.
    pub metrics_hosts: Vec<String>,
    /// Whether the operator says that a proxy in front terminates TLS.
    pub behind_proxy: bool,
    /// Networks whose peers are proxies, so that their `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
}

/// The identity provider.
#[derive(Clone, Debug)]
pub struct Logto {
    /// The issuer exactly as it is in tokens, e.g. `https://tenant.logto.app/oidc`.
    pub issuer: String,
    /// The base of the Management API, e.g. `https://tenant.logto.app/api`.
    pub management_api: String,
    /// The Management API's resource indicator.
    pub management_resource: String,
    /// The machine-to-machine application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretOrigin,
}

/// The desktop app.
#[derive(Clone, Debug)]
pub struct App {
    /// The Native application's client id.
    pub client_id: String,
    /// The private scheme, e.g. `app.latchkey`.
    pub scheme: String,
    /// The organisation's name, shown to users.
    pub name: Option<String>,
}

/// Who may use the API.
#[derive(Clone, Debug)]
pub struct Access {
    /// The rule of scopes.
    pub scopes: ScopeRule,
    /// Clients whose tokens are accepted in addition to the desktop app's.
    pub further_client_ids: Vec<String>,
}

/// How long things may take, and how many connections there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One request to this server, its body included.
    pub request_timeout: Duration,
    /// One request to Logto.
    pub upstream_timeout: Duration,
    /// The head of a request, from the first byte (or from the last answer) on.
    pub header_timeout: Duration,
    /// How long a peer may read nothing of its answer.
    pub write_timeout: Duration,
    /// How long a connection lives; a request that is under way then is still answered.
    pub connection_lifetime: Duration,
    /// Connections at once; further ones may request `/livez` only.
    pub connections: usize,
    /// Connections at once of one peer (of IPv6, one /64) that is no trusted proxy.
    pub connections_per_peer: usize,
    /// How long a refusal takes when a request is over a budget of requests or changes.
    pub refusal_delay: Duration,
    /// How long running requests may continue once the server stops.
    pub shutdown_grace: Duration,
    /// How long a user's data are cached for further reads, at most five seconds; zero: caching is off.
    pub read_cache: Duration,
    /// The minimum time that an answer about a code takes, whether one was sent or not.
    pub code_answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(20),
            upstream_timeout: Duration::from_secs(8),
            header_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(20),
            connection_lifetime: Duration::from_secs(300),
            connections: 512,
            connections_per_peer: 256,
            refusal_delay: Duration::from_secs(1),
            shutdown_grace: Duration::from_secs(10),
            read_cache: Duration::from_secs(5),
            code_answer: Duration::from_millis(300),
        }
    }
}

impl Config {
    /// Returns a configuration for a server on a free loopback port with base path `/api`, in front of a Logto at
    /// `logto_endpoint` (no trailing slash) on this machine, its records in memory. The read cache is off, so that the
    /// next read sees what a test changes in Logto, and refusals over a budget are immediate. Every field may be
    /// changed afterwards.
    pub fn for_loopback(
        logto_endpoint: &str,
        machine_client_id: &str,
        machine_client_secret: &str,
        app_client_id: &str,
    ) -> Self {
        Self {
            public_url: PublicUrl::loopback(0, "/api"),
            listen: Listen {
                address: SocketAddr::from(([127, 0, 0, 1], 0)),
                metrics_address: None,
                metrics_hosts: Vec::new(),
                behind_proxy: false,
                trusted_proxies: Vec::new(),
            },
            logto: Logto {
                issuer: format!("{logto_endpoint}/oidc"),
                management_api: format!("{logto_endpoint}/api"),
                management_resource: sections::DEFAULT_MANAGEMENT_RESOURCE.to_owned(),
                client_id: machine_client_id.to_owned(),
                client_secret: SecretOrigin::Value(SecretString::from(machine_client_secret)),
            },
            app: App {
                client_id: app_client_id.to_owned(),
                scheme: "app.latchkey.dev".to_owned(),
                name: None,
            },
            access: Access { scopes: ScopeRule::Enforce, further_client_ids: Vec::new() },
            fields: FieldTable::default(),
            custom_fields: Vec::new(),
            limits: Limits { read_cache: Duration::ZERO, refusal_delay: Duration::ZERO, ..Limits::default() },
            budgets: Budgets::default(),
            store: Store { database: DatabaseLocation::Memory, encryption_keys: Vec::new() },
            log_filter: Targets::new().with_default(sections::DEFAULT_LOG_LEVEL),
            smtp: None,
            journal: Journal::default(),
            social: Social::default(),
        }
    }

    /// Reads the file at `path`, overridden by `environment` (names beginning with `LATCHKEY_`, `__` for nesting).
    ///
    /// # Errors
    /// [`ConfigError`] names the field that is missing, unknown, wrong or weak.
    pub fn load(
        path: &std::path::Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: PathBuf::from(path),
            reason: error.kind().to_string(),
        })?;
        Self::parse(&text, environment, path.parent())
    }

    /// Reads TOML text, overridden by `environment`; relative file names are relative to `folder`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
        folder: Option<&std::path::Path>,
    ) -> Result<Self, ConfigError> {
        load::parse(text, environment, folder)
    }

    /// Whether tokens of this client are accepted.
    pub(crate) fn accepts_client(&self, client_id: &str) -> bool {
        self.app.client_id == client_id
            || self.access.further_client_ids.iter().any(|known| known == client_id)
    }
}

/// Whether a URL's host is this machine by name.
pub(crate) fn is_loopback(url: &url::Url) -> bool {
    public_url::is_loopback(url)
}
