//! A sandbox, a server in front of it, and a user with a token.

pub(crate) mod addresses;
pub(crate) mod app;
pub(crate) mod crash;
pub(crate) mod databases;
pub(crate) mod modes;
#[cfg(target_os = "linux")]
pub(crate) mod proxy;
pub(crate) mod records;
pub(crate) mod signed_in;

use std::sync::Arc;
use std::time::Duration;

use logto_client::{TransportSettings, http_client};
use logto_sandbox::{Fault, FaultAction, Options, Sandbox};
use secrecy::SecretString;
use serde_json::{Value, json};
use settings_server::config::{DatabaseLocation, EncryptionKey, FieldMode, Rule, Store};
use settings_server::{Clock, Config, RunningServer, Server};

/// Every scope of the resource.
pub(crate) const ALL_SCOPES: &str = "account:read account:write account:security account:delete";

/// The sandbox's clock as the server's.
pub(crate) struct SandboxClock(pub(crate) logto_sandbox::Clock);

impl Clock for SandboxClock {
    fn now_unix_ms(&self) -> u64 {
        self.0.now_unix_ms()
    }
}

/// The encryption key of servers that share a database.
pub(crate) const KEY: &str = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";

/// Writes a file that only its owner may read.
pub(crate) fn write_secret(path: &std::path::Path, text: impl AsRef<[u8]>) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// Makes a server keep its records in this place.
pub(crate) fn keep_in(config: &mut Config, place: &databases::Place) {
    let database = match place {
        databases::Place::File(file) => DatabaseLocation::File(file.clone()),
        databases::Place::Postgres(url) => DatabaseLocation::Postgres(SecretString::from(url.as_str())),
    };
    config.store = Store { database, encryption_keys: vec![EncryptionKey::parse(KEY).unwrap()] };
}

/// Raises the budgets of requests and changes, except for the tests that are about them: the clock of a test is
/// frozen, so nothing is refilled.
pub(crate) fn have_time(config: &mut Config) {
    let rules = vec![Rule { most: 1_000_000, within: Duration::from_secs(1) }];
    let budgets = &mut config.budgets;
    for budget in [
        &mut budgets.requests_per_user,
        &mut budgets.requests_per_ip,
        &mut budgets.changes_per_user,
        &mut budgets.changes_per_ip,
    ] {
        budget.clone_from(&rules);
    }
}

/// Everything that a test needs, running.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) server: RunningServer,
    pub(crate) http: reqwest::Client,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Status and code, for tables.
    pub(crate) fn outcome(&self) -> (u16, &str) {
        (self.status, self.code())
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts a stage whose configuration was changed before the start. The clock is frozen.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::with_sandbox(|config, _| change(config)).await
    }

    /// Starts a stage whose records a test can read, and which waits for Logto a moment only.
    pub(crate) async fn impatient() -> (Self, records::Records) {
        let records = records::Records::new();
        let stage = Self::with(|config| {
            records.configure(config);
            config.limits.upstream_timeout = Duration::from_millis(150);
        })
        .await;
        (stage, records)
    }

    /// Starts a stage whose tenant has providers that can be signed in to, and whose records a test can read.
    pub(crate) async fn social() -> (Self, records::Records) {
        let records = records::Records::new();
        let stage = Self::social_with(|config, _| records.configure(config)).await;
        (stage, records)
    }

    /// Starts a stage whose tenant has providers that can be signed in to.
    pub(crate) async fn social_with(change: impl FnOnce(&mut Config, &Sandbox)) -> Self {
        Self::with_options(Options { social: true, ..Options::default() }, change).await
    }

    /// Starts a stage whose notices go to the sandbox's mail server.
    pub(crate) async fn with_mail(records: &records::Records) -> Self {
        Self::with_sandbox(|config, sandbox| {
            records.configure(config);
            config.smtp = Some(settings_server::config::Smtp::for_loopback(sandbox.smtp_address()));
        })
        .await
    }

    async fn with_sandbox(change: impl FnOnce(&mut Config, &Sandbox)) -> Self {
        Self::with_options(Options::default(), change).await
    }

    async fn with_options(options: Options, change: impl FnOnce(&mut Config, &Sandbox)) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        sandbox.clock().freeze();
        let mut config = Config::for_loopback(
            &sandbox.base_url(),
            &sandbox.m2m_client_id(),
            &sandbox.m2m_client_secret(),
            &sandbox.native_client_id(),
        );
        // Enough for what no test measures.
        config.limits.code_answer = Duration::from_millis(1);
        have_time(&mut config);
        // Off as it comes.
        config.fields.access_tokens = Some(FieldMode::Edit);
        change(&mut config, &sandbox);
        let clock = Arc::new(SandboxClock(sandbox.clock()));
        let server = Server::bind_with_clock(config, clock).await.unwrap().spawn();
        sandbox.set_resource(server.base_url());
        Self { sandbox, server, http: client() }
    }

    /// Restarts the stage with another process of the server on the same records, under the same address.
    pub(crate) async fn restart(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { sandbox, server, http } = self;
        let url = server.base_url().to_owned();
        server.stop().await;
        let mut config = Config::for_loopback(
            &sandbox.base_url(),
            &sandbox.m2m_client_id(),
            &sandbox.m2m_client_secret(),
            &sandbox.native_client_id(),
        );
        let authority = url.trim_start_matches("http://").split('/').next().unwrap();
        config.listen.address = authority.parse().unwrap();
        change(&mut config);
        let clock = Arc::new(SandboxClock(sandbox.clock()));
        let server = Server::bind_with_clock(config, clock).await.unwrap().spawn();
        assert_eq!(server.base_url(), url);
        Self { sandbox, server, http }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.base_url())
    }

    /// Returns the URL of a path at the root of the host.
    pub(crate) fn root_url(&self, path: &str) -> String {
        let base = self.server.base_url();
        format!("{}{path}", &base[..base.rfind("/api").unwrap()])
    }

    pub(crate) fn token(&self, user: &str, scope: &str) -> String {
        self.mint(&self.claims(user, scope), &json!({}))
    }

    pub(crate) fn claims(&self, user: &str, scope: &str) -> Value {
        self.sandbox.access_token_claims(user, scope)
    }

    pub(crate) fn mint(&self, claims: &Value, header: &Value) -> String {
        self.sandbox.mint_access_token(claims, header)
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        read(self.http.get(self.url(path)).bearer_auth(token)).await
    }

    pub(crate) async fn account(&self, token: &str) -> Answer {
        self.get("/account", token).await
    }

    /// Reads the account of alice with a fresh token of every scope.
    pub(crate) async fn alice(&self) -> Answer {
        self.account(&self.token("alice", ALL_SCOPES)).await
    }

    pub(crate) async fn patch(&self, path: &str, token: &str, body: &Value) -> Answer {
        read(self.http.patch(self.url(path)).bearer_auth(token).json(body)).await
    }

    /// Sends an edit by alice with a fresh token of every scope.
    pub(crate) async fn alice_patches(&self, path: &str, body: &Value) -> Answer {
        self.patch(path, &self.token("alice", ALL_SCOPES), body).await
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.sandbox.clock().advance(Duration::from_secs(seconds));
    }

    pub(crate) fn fault(&self, path: &str, method: &str, action: FaultAction, times: Option<u32>) {
        let method = (!method.is_empty()).then(|| method.to_owned());
        self.sandbox.faults().push(Fault { path_contains: path.to_owned(), method, action, times });
    }

    /// Returns how many requests Logto got whose path contains this text.
    pub(crate) fn request_count(&self, path: &str) -> usize {
        self.sandbox.request_log().iter().filter(|request| request.path.contains(path)).count()
    }
}

impl Stage {
    /// Returns how many requests Logto's Management API got with this method.
    pub(crate) fn request_count_with(&self, method: &str) -> usize {
        let log = self.sandbox.request_log();
        log.iter()
            .filter(|request| request.method == method && request.path.starts_with("/api/users"))
            .count()
    }
}

pub(crate) fn client() -> reqwest::Client {
    http_client(TransportSettings { without_proxy: true, ..TransportSettings::default() }).unwrap()
}

pub(crate) async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answer { status, headers, text, body }
}

/// `{ field: { from, to } }`
pub(crate) fn change(field: &str, from: impl Into<Value>, to: impl Into<Value>) -> Value {
    json!({ field: { "from": from.into(), "to": to.into() } })
}
