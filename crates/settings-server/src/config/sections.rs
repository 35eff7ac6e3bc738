//! The shape of the configuration file, section by section, and the rules of each field.
//!
//! Each field's comment, type and default become its row of docs/CONFIGURATION.md (see `reference`);
//! docs/latchkey-server.example.toml says more to operators.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::{LevelFilter, Targets};
use url::Url;
use utoipa::ToSchema;

use super::custom_fields::{self, CustomFieldSection};
use super::limits::LimitsSection;
use super::load::ConfigError;
use super::public_url::check_transport;
use super::smtp::SmtpSection;
use super::social::{self, OpenIdSection, SocialSection};
use super::store::StoreSection;
use super::{Access, App, Config, Journal, Listen, Logto, PublicUrl, SecretOrigin};
use crate::http::client_ip;
use crate::policy::values::names_a_host;
use crate::telemetry::logging;
use crate::telemetry::metrics_hosts;

pub(super) const DEFAULT_MANAGEMENT_RESOURCE: &str = "https://default.logto.app/api";
pub(super) const DEFAULT_LOG_LEVEL: LevelFilter = LevelFilter::INFO;

/// What a user may do with a field, as the operator writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FieldMode {
    /// Users see and change it.
    Edit,
    /// Users see it.
    ReadOnly,
    /// Users neither see nor change it.
    Off,
}

/// What users may do with each field. Where Logto's account center is disabled this decides (absent: `edit`, and `off`
/// for `custom_data`); where it is enabled this can only narrow (absent: no narrowing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FieldTable {
    /// The display name.
    #[schema(inline)]
    pub name: Option<FieldMode>,
    /// The picture.
    #[schema(inline)]
    pub avatar: Option<FieldMode>,
    /// The user name.
    #[schema(inline)]
    pub username: Option<FieldMode>,
    /// The e-mail address.
    #[schema(inline)]
    pub email: Option<FieldMode>,
    /// The phone number.
    #[schema(inline)]
    pub phone: Option<FieldMode>,
    /// The password.
    #[schema(inline)]
    pub password: Option<FieldMode>,
    /// The standard profile: names, web pages, birth date, language, address and so on.
    #[schema(inline)]
    pub profile: Option<FieldMode>,
    /// Custom data, where the preferences that follow the account and the custom fields are kept.
    #[schema(inline)]
    pub custom_data: Option<FieldMode>,
    /// Seeing and ending sessions and the access of apps.
    #[schema(inline)]
    pub sessions: Option<FieldMode>,
    /// Personal access tokens; off unless set. A token outlives every session, and applications must be allowed to exchange it.
    #[schema(inline)]
    pub access_tokens: Option<FieldMode>,
    /// Linked social accounts.
    #[schema(inline)]
    pub social: Option<FieldMode>,
}

/// The rule of scopes of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeRule {
    /// Each operation requires its scope.
    #[default]
    Enforce,
    /// A token for this server may do everything: for tenants that issue no scopes.
    AudienceOnly,
}

/// The whole file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The address under which apps reach this server, which is the resource indicator in Logto: https, no trailing
    /// slash; http on this machine only.
    public_url: String,
    #[serde(default)]
    listen: ListenSection,
    logto: LogtoSection,
    app: AppSection,
    #[serde(default)]
    access: AccessSection,
    #[serde(default)]
    fields: FieldTable,
    #[serde(default)]
    custom_fields: Vec<CustomFieldSection>,
    #[serde(default)]
    social: SocialSection,
    #[serde(default)]
    social_openid: Vec<OpenIdSection>,
    #[serde(default)]
    limits: LimitsSection,
    #[serde(default)]
    store: StoreSection,
    #[serde(default)]
    log: LogSection,
    smtp: Option<SmtpSection>,
    #[serde(default)]
    journal: JournalSection,
}

/// Where to listen. Plain HTTP: a proxy in front terminates TLS.
#[derive(Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct ListenSection {
    /// Address and port. One that is not loopback is accepted only behind a proxy.
    #[schema(value_type = String, default = json!("127.0.0.1:4800"))]
    address: SocketAddr,
    /// The address at which Prometheus finds `/metrics`; absent: the metrics are off.
    #[schema(value_type = Option<String>)]
    metrics_address: Option<SocketAddr>,
    /// Names by which `/metrics` may be requested, each with or without a port, in addition to the address itself and,
    /// on this machine, `localhost`. Any other `Host` is refused.
    #[schema(default = json!([]))]
    metrics_hosts: Vec<String>,
    /// Whether a proxy in front terminates TLS.
    #[schema(default = false)]
    behind_proxy: bool,
    /// The proxies in front, as networks or single addresses: the `X-Forwarded-For` of what they pass on is trusted.
    #[schema(default = json!([]))]
    trusted_proxies: Vec<String>,
    /// Accepted by the parser only to be refused with an explanation.
    #[schema(ignore)]
    tls: Option<figment::value::Value>,
}

impl Default for ListenSection {
    fn default() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 4800));
        Self {
            address,
            metrics_address: None,
            metrics_hosts: Vec::new(),
            behind_proxy: false,
            trusted_proxies: Vec::new(),
            tls: None,
        }
    }
}

/// The identity provider.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LogtoSection {
    /// Logto's own address, as its `ENDPOINT` has it, including the path it is published under, if there is one.
    endpoint: String,
    /// The issuer; absent: `{endpoint}/oidc`.
    issuer: Option<String>,
    /// The identifier of the API resource "Logto Management API".
    #[schema(default = json!("https://default.logto.app/api"))]
    management_resource: Option<String>,
    /// The machine-to-machine application.
    client_id: String,
    /// A file that holds its secret and nothing else, in which only its owner and group have rights; read again for
    /// each new token. It, or the secret in the environment, must be set.
    #[schema(value_type = Option<String>)]
    client_secret_file: Option<PathBuf>,
    /// The secret itself, instead of a file.
    #[schema(value_type = Option<String>, write_only)]
    client_secret: Option<SecretString>,
}

/// The desktop app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AppSection {
    /// The Native application.
    client_id: String,
    /// The private scheme of the installed app.
    #[schema(default = json!("app.latchkey"))]
    scheme: Option<String>,
    /// The organisation's name, as shown to users.
    name: Option<String>,
}

/// Who may use the API.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct AccessSection {
    /// Whether each operation requires its scope, or a token for this server may do everything.
    #[schema(inline, default = json!("enforce"))]
    scopes: ScopeRule,
    /// Further first-party applications whose tokens are accepted.
    #[schema(default = json!([]))]
    further_client_ids: Vec<String>,
}

/// What is logged, as JSON lines on standard error.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct LogSection {
    /// A level for all events, or one for a target, as in `info,logto_client=debug`.
    #[schema(default = json!("info"))]
    filter: Option<String>,
}

/// The retention of the audit log.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct JournalSection {
    /// For how many days the audit log is kept; absent: forever.
    #[schema(minimum = 30, maximum = 36500)]
    retention_days: Option<u64>,
}

impl JournalSection {
    fn check(self) -> Result<Journal, ConfigError> {
        match self.retention_days {
            None => Ok(Journal { retention: None }),
            Some(days @ 30..=36_500) => {
                Ok(Journal { retention: Some(Duration::from_secs(days * 24 * 60 * 60)) })
            }
            Some(_) => Err(ConfigError::field("journal.retention_days", "must be between 30 and 36500 days")),
        }
    }
}

impl File {
    /// Applies every rule. Relative file names are relative to `folder`.
    pub(super) fn check(mut self, folder: Option<&Path>) -> Result<Config, ConfigError> {
        let public_url =
            PublicUrl::parse(&self.public_url).map_err(|reason| ConfigError::field("public_url", reason))?;
        let log_filter = match self.log.filter {
            Some(text) => logging::filter(&text)
                .ok_or(ConfigError::field("log.filter", "not a list of levels, by target"))?,
            None => Targets::new().with_default(DEFAULT_LOG_LEVEL),
        };
        for (index, client) in self.access.further_client_ids.iter().enumerate() {
            if client.trim().is_empty() || self.access.further_client_ids[..index].contains(client) {
                return Err(ConfigError::field(
                    "access.further_client_ids",
                    "holds an empty or repeated client id",
                ));
            }
        }
        Ok(Config {
            public_url,
            listen: self.listen.check()?,
            logto: self.logto.check(folder)?,
            app: self.app.check()?,
            access: Access { scopes: self.access.scopes, further_client_ids: self.access.further_client_ids },
            fields: self.fields,
            custom_fields: custom_fields::check(self.custom_fields)?,
            budgets: self.limits.budgets()?,
            limits: self.limits.times()?,
            store: self.store.check(folder)?,
            log_filter,
            smtp: self.smtp.map(|section| section.check(folder)).transpose()?,
            journal: self.journal.check()?,
            social: social::check(self.social, self.social_openid, folder)?,
        })
    }
}

impl ListenSection {
    fn check(self) -> Result<Listen, ConfigError> {
        if self.tls.is_some() {
            return Err(ConfigError::field(
                "listen.tls",
                "not supported (let a proxy in front terminate TLS and set listen.behind_proxy = true)",
            ));
        }
        if !self.address.ip().is_loopback() && !self.behind_proxy {
            return Err(ConfigError::field(
                "listen.address",
                "not a loopback address (set listen.behind_proxy = true if a proxy in front terminates TLS)",
            ));
        }
        if self.metrics_address.is_some_and(|address| !address.ip().is_loopback()) && !self.behind_proxy {
            return Err(ConfigError::field(
                "listen.metrics_address",
                "not a loopback address (set listen.behind_proxy = true if it may be reached from elsewhere)",
            ));
        }
        if self.metrics_address == Some(self.address) && self.address.port() != 0 {
            return Err(ConfigError::field("listen.metrics_address", "must differ from listen.address"));
        }
        if !self.metrics_hosts.iter().all(|host| metrics_hosts::authority(host).is_some()) {
            return Err(ConfigError::field(
                "listen.metrics_hosts",
                "must be a list of hosts such as metrics.example.com or metrics.example.com:4801",
            ));
        }
        let proxies: Option<Vec<IpNet>> = self.trusted_proxies.iter().map(|text| network(text)).collect();
        let trusted_proxies = proxies.ok_or_else(|| {
            ConfigError::field(
                "listen.trusted_proxies",
                "must be a list of networks such as 10.0.0.0/8 or of single addresses, and must not hold all addresses",
            )
        })?;
        Ok(Listen {
            address: self.address,
            metrics_address: self.metrics_address,
            metrics_hosts: self.metrics_hosts,
            behind_proxy: self.behind_proxy,
            trusted_proxies,
        })
    }
}

/// Reads a network or a single address, but refuses the network of all addresses.
fn network(text: &str) -> Option<IpNet> {
    let network: IpNet = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    // Addresses are compared as IPv4 where they are: `::ffff:10.0.0.0/104` means 10.0.0.0/8.
    let network = match client_ip::canonical(network.addr()) {
        IpAddr::V4(address) if network.prefix_len() >= 96 => {
            IpNet::new(address.into(), network.prefix_len() - 96).ok()?
        }
        _ => network,
    };
    (network.prefix_len() > 0).then_some(network)
}

impl LogtoSection {
    fn check(self, folder: Option<&Path>) -> Result<Logto, ConfigError> {
        let endpoint = base_url("logto.endpoint", &self.endpoint)?;
        let issuer = match self.issuer {
            Some(issuer) => base_url("logto.issuer", &issuer)?,
            None => format!("{endpoint}/oidc"),
        };
        let resource = self.management_resource.unwrap_or_else(|| DEFAULT_MANAGEMENT_RESOURCE.to_owned());
        if Url::parse(&resource).is_err() {
            return Err(ConfigError::field("logto.management_resource", "not a URL"));
        }
        let (field, client_secret) = match (self.client_secret_file, self.client_secret) {
            (Some(file), None) => ("logto.client_secret_file", SecretOrigin::File(within(folder, &file))),
            (None, Some(secret)) => ("logto.client_secret", SecretOrigin::Value(secret)),
            (None, None) => return Err(ConfigError::field("logto.client_secret_file", "missing")),
            (Some(_), Some(_)) => {
                return Err(ConfigError::field(
                    "logto.client_secret",
                    "given in addition to client_secret_file",
                ));
            }
        };
        client_secret.read().map_err(|reason| ConfigError::field(field, &reason))?;
        Ok(Logto {
            management_api: format!("{endpoint}/api"),
            issuer,
            management_resource: resource,
            client_id: not_empty("logto.client_id", self.client_id)?,
            client_secret,
        })
    }
}

impl AppSection {
    fn check(self) -> Result<App, ConfigError> {
        let scheme = self.scheme.unwrap_or_else(|| "app.latchkey".to_owned());
        let labels_ok = scheme.split('.').all(|label| {
            label.starts_with(|first: char| first.is_ascii_lowercase())
                && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        });
        if !labels_ok || !scheme.contains('.') || scheme.len() > 64 {
            return Err(ConfigError::field(
                "app.scheme",
                "must be a reverse domain name in lower case, such as app.latchkey (RFC 8252 §7.1)",
            ));
        }
        if let Some(name) = &self.name
            && (name.trim().is_empty() || name.chars().count() > 128 || name.chars().any(char::is_control))
        {
            return Err(ConfigError::field("app.name", "must have 1 to 128 characters"));
        }
        Ok(App { client_id: not_empty("app.client_id", self.client_id)?, scheme, name: self.name })
    }
}

/// Returns the file that a configuration in `folder` names.
pub(super) fn within(folder: Option<&Path>, file: &Path) -> PathBuf {
    folder.map_or_else(|| file.to_owned(), |folder| folder.join(file))
}

pub(super) fn not_empty(field: &'static str, text: String) -> Result<String, ConfigError> {
    if text.trim().is_empty()
        || text.chars().any(|character| character.is_whitespace() || character.is_control())
    {
        return Err(ConfigError::field(field, "empty or contains white space"));
    }
    Ok(text)
}

/// Reads a base URL: https (http only on this machine), without query or fragment; a trailing slash is dropped.
fn base_url(field: &'static str, text: &str) -> Result<String, ConfigError> {
    let url = Url::parse(text)
        .ok()
        .filter(|_| names_a_host(text))
        .ok_or_else(|| ConfigError::field(field, "not a URL"))?;
    check_transport(&url).map_err(|reason| ConfigError::field(field, reason))?;
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(ConfigError::field(field, "must have no user, query or fragment"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}
