//! A tenant, a settings server, a machine with folders and a keyring, and the app on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use account_api::account::AccountView;
use account_api::app::{AppState, Freshness};
use account_core::{App, Config, Dependencies, Http, OperatingSystemRandomness, TokenStore};
use logto_sandbox::{Fault, FaultAction, Options, Sandbox};
use settings_server::{RunningServer, Server};
use tempfile::TempDir;

use super::clock::START;
use super::{ALICE, GatedStore, TestClock, TestHost, TestUser};

/// The differences from the usual world.
pub(crate) struct Setup {
    pub(crate) user: TestUser,
    pub(crate) pinned_resource: Option<String>,
    /// Whether the tenant has providers that can be signed in to.
    pub(crate) social: bool,
    /// The target whose provider answers to the app.
    pub(crate) direct: Option<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { user: ALICE, pinned_resource: None, social: false, direct: None }
    }
}

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) server: RunningServer,
    pub(crate) clock: TestClock,
    /// The settings server's own clock.
    pub(crate) server_clock: TestClock,
    pub(crate) store: GatedStore,
    pub(crate) host: Arc<TestHost>,
    pub(crate) app: Arc<App>,
    pub(crate) folders: TempDir,
    pub(crate) config: Config,
}

impl World {
    /// Creates a world with everything running, the app started and signed out.
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let (clock, server_clock) = (TestClock::new(), TestClock::new());
        let sandbox =
            Sandbox::start(Options { start_at: Some(START), social: setup.social, ..Options::default() })
                .await
                .unwrap();
        sandbox.clock().freeze();
        let mut config = settings_server::Config::for_loopback(
            &sandbox.base_url(),
            &sandbox.m2m_client_id(),
            &sandbox.m2m_client_secret(),
            &sandbox.native_client_id(),
        );
        config.fields.access_tokens = Some(settings_server::config::FieldMode::Edit);
        config.social.direct = setup.direct.map(str::to_owned).into_iter().collect();
        config.app.name = Some("Example & Sons".to_owned());
        let server = Server::bind_with_clock(config, Arc::new(server_clock.clone())).await.unwrap().spawn();
        sandbox.set_resource(server.base_url());
        let folders = tempfile::tempdir().unwrap();
        let config = Config {
            command_line_server: None,
            environment_server: Some(server.base_url().to_owned()),
            pinned_resource: setup.pinned_resource,
            config_dir: folders.path().join("config"),
            data_dir: folders.path().join("data"),
            scheme: "app.latchkey.dev".to_owned(),
            version: "0.1.0-test".to_owned(),
        };
        let store = GatedStore::new();
        let host = TestHost::new(sandbox.browser(), setup.user);
        let app = app(&config, &clock, &store, &host);
        app.start().await;
        Self { sandbox, server, clock, server_clock, store, host, app, folders, config }
    }

    /// Creates a world in which Alice is signed in.
    pub(crate) async fn signed_in() -> Self {
        let world = Self::new().await;
        world.app.sign_in().await.unwrap();
        world
    }

    /// Ends the app and starts it again on the same machine.
    pub(crate) async fn restart(&mut self) {
        self.app = self.another_app();
        self.app.start().await;
    }

    /// Returns a second process on the same machine, not started yet. It shares the host's records.
    pub(crate) fn another_app(&self) -> Arc<App> {
        self.app_with_store(Arc::new(self.store.clone()))
    }

    /// Returns the app on this machine, configured with another server; not started yet.
    pub(crate) fn app_at(&self, server: &str) -> Arc<App> {
        let config = Config { environment_server: Some(server.to_owned()), ..self.config.clone() };
        app(&config, &self.clock, &self.store, &self.host)
    }

    /// Returns the app on this machine, with another keyring; not started yet.
    pub(crate) fn app_with_store(&self, store: Arc<dyn TokenStore>) -> Arc<App> {
        let dependencies = Dependencies {
            clock: Arc::new(self.clock.clone()),
            randomness: Arc::new(OperatingSystemRandomness),
            http: Http::new("0.1.0-test"),
            store,
            host: Arc::<TestHost>::clone(&self.host),
        };
        App::new(self.config.clone(), dependencies)
    }

    /// Advances every clock.
    pub(crate) fn advance(&self, by: Duration) {
        self.sandbox.clock().advance(by);
        self.server_clock.advance(by);
        self.clock.advance(by);
    }

    pub(crate) fn alice(&self) -> String {
        self.sandbox.user_id("alice")
    }

    /// Returns the shown account.
    pub(crate) fn account(&self) -> AccountView {
        match self.app.state() {
            AppState::SignedIn { account: Some(account), .. } => *account,
            other => panic!("no account in {other:?}"),
        }
    }

    pub(crate) fn freshness(&self) -> Freshness {
        match self.app.state() {
            AppState::SignedIn { freshness, .. } => freshness,
            other => panic!("not signed in: {other:?}"),
        }
    }

    /// Makes the identity provider drop every connection whose path contains this, until the faults are cleared.
    pub(crate) fn cut(&self, path_contains: &str) {
        self.fault(path_contains, FaultAction::Drop, None);
    }

    pub(crate) fn fault(&self, path_contains: &str, action: FaultAction, times: Option<u32>) {
        self.sandbox.faults().push(Fault {
            path_contains: path_contains.to_owned(),
            method: None,
            action,
            times,
        });
    }

    /// Returns how many token requests of this grant type the identity provider got.
    pub(crate) fn token_requests(&self, grant_type: &str) -> usize {
        let log = self.sandbox.request_log();
        log.iter().filter(|request| request.grant_type.as_deref() == Some(grant_type)).count()
    }

    /// Returns how many requests to this path the identity provider got.
    pub(crate) fn requests_to(&self, path: &str) -> usize {
        self.sandbox.request_log().iter().filter(|request| request.path == path).count()
    }

    /// Asserts that nothing is left of a session: no item, no view, no known account.
    pub(crate) fn assert_nothing_left(&self) {
        assert_eq!(self.store.memory.names(), Vec::<String>::new());
        assert_eq!(self.view_files(), Vec::<PathBuf>::new());
        let accounts =
            std::fs::read_to_string(self.config.data_dir.join("accounts.json")).unwrap_or_default();
        assert!(!accounts.contains(&self.alice()), "{accounts}");
    }

    /// Returns every file in the machine's folders with its content.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folders.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.clone(), std::fs::read(&path).unwrap()));
                }
            }
        }
        found
    }

    /// Returns the files of last known views.
    pub(crate) fn view_files(&self) -> Vec<PathBuf> {
        let views = self.config.data_dir.join("views");
        self.files().into_iter().map(|(path, _)| path).filter(|path| path.starts_with(&views)).collect()
    }
}

fn app(config: &Config, clock: &TestClock, store: &GatedStore, host: &Arc<TestHost>) -> Arc<App> {
    let dependencies = Dependencies {
        clock: Arc::new(clock.clone()),
        randomness: Arc::new(OperatingSystemRandomness),
        http: Http::new("0.1.0-test"),
        store: Arc::new(store.clone()),
        host: Arc::<TestHost>::clone(host),
    };
    App::new(config.clone(), dependencies)
}
