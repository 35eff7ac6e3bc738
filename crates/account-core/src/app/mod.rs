//! The façade: one method per use case. Each file next to this one holds the use cases of one area.

mod access_tokens;
mod account;
mod browser;
mod contact;
mod identifiers;
mod keeping;
mod links;
mod password;
mod request;
mod revocation;
mod sessions;
mod settings;
mod sign_in;
mod sign_out;
mod social;
mod social_link;
mod start;
mod state;
mod step_up;
mod step_up_browser;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::accounts::KnownAccounts;
use crate::config::Config;
use crate::dependencies::Dependencies;
use crate::error::Error;
use crate::identity::Identity;
use crate::last_known::LastKnownViews;
use crate::newest_token::NewestTokens;
use crate::picture::Pictures;
use crate::provider::Provider;
use crate::remembered_server::RememberedServer;
use crate::settings_file::SettingsFile;
use crate::token_store::TimeoutStore;

/// How long an issuer's metadata is used before it is fetched again.
const PROVIDER_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The app without a window. Created once, shared, and started once.
pub struct App {
    config: Config,
    dependencies: Dependencies,
    pictures: Pictures,
    settings_file: SettingsFile,
    remembered_server: RememberedServer,
    accounts: KnownAccounts,
    views: LastKnownViews,
    /// Sealed copies of the newest refresh tokens.
    copies: Arc<NewestTokens>,
    providers: tokio::sync::Mutex<HashMap<String, Arc<Provider>>>,
    inner: Mutex<state::Inner>,
    /// Held while a state is composed and shown, so that states arrive in order.
    showing: Mutex<()>,
    /// Whether a task is waiting to retry.
    contact_planned: AtomicBool,
    /// The longest `Retry-After` since the servers were last contacted.
    asked_pause: Mutex<Duration>,
    /// Held while revocations are sent, and from before the browser opens until a new session exists: Logto keeps one
    /// grant per browser session and client, so a late revocation would end the new session, too.
    revoking: tokio::sync::Mutex<()>,
    /// Held from the start of erasing a session until the app is signed out: a session is erased once, and its
    /// successor never.
    erasing: tokio::sync::Mutex<()>,
}

impl App {
    /// Creates an app that has not started: its state is `Starting`. It has read the settings of this device, so that
    /// a window can open in the right theme.
    #[must_use]
    pub fn new(config: Config, mut dependencies: Dependencies) -> Arc<Self> {
        dependencies.store = Arc::new(TimeoutStore::new(dependencies.store, Arc::clone(&dependencies.clock)));
        let settings_file = SettingsFile::new(&config.config_dir);
        let remembered_server = RememberedServer::new(&config.data_dir);
        let settings = settings_file.load();
        let server = start::configured_server(&config, &settings, &remembered_server);
        Arc::new(Self {
            pictures: Pictures::new(),
            settings_file,
            remembered_server,
            accounts: KnownAccounts::new(&config.data_dir),
            views: LastKnownViews::new(&config.data_dir),
            copies: Arc::new(NewestTokens::new(&config.data_dir)),
            providers: tokio::sync::Mutex::default(),
            inner: Mutex::new(state::Inner::new(settings, server)),
            showing: Mutex::default(),
            contact_planned: AtomicBool::new(false),
            asked_pause: Mutex::default(),
            revoking: tokio::sync::Mutex::default(),
            erasing: tokio::sync::Mutex::default(),
            config,
            dependencies,
        })
    }

    /// Returns the issuer's metadata and keys, fetched at most every ten minutes.
    async fn provider(&self, issuer: &str) -> Result<Arc<Provider>, Error> {
        let mut providers = self.providers.lock().await;
        let now = self.dependencies.clock.elapsed();
        if let Some(known) = providers.get(issuer)
            && now.saturating_sub(known.fetched_at) < PROVIDER_LIFETIME
        {
            return Ok(Arc::clone(known));
        }
        let provider = Arc::new(Provider::discover(&self.dependencies.http, issuer, now).await?);
        providers.insert(issuer.to_owned(), Arc::clone(&provider));
        Ok(provider)
    }

    /// Returns the path of the lock file that keeps two processes from renewing one account's tokens at once.
    fn lock_file(&self, identity: &Identity) -> PathBuf {
        self.config.data_dir.join("locks").join(identity.digest())
    }
}
