//! The start of the app: settings (read when the app is created), keyring, last known view, then the servers. The
//! page sees each step at once.

use std::sync::Arc;
use std::time::Duration;

use account_api::app::{Freshness, SettingSource};
use secrecy::SecretString;

use super::App;
use super::state::{Inner, Phase, Server, SignedIn};
use crate::accounts::KnownAccount;
use crate::config::Config;
use crate::discovery;
use crate::error::Error;
use crate::remembered_server::RememberedServer;
use crate::server_url::ServerUrl;
use crate::session::Session;
use crate::settings_file::DeviceSettings;
use crate::stored_session::StoredSession;
use crate::token_store::StoreError;

/// After this long the page says that the keyring is probably waiting for its password.
const KEYRING_PATIENCE: Duration = Duration::from_secs(2);

/// Returns the configured server: command line before environment before the user's own setting. An invalid one is
/// not skipped: the next one could send the user to a server that is not meant.
pub(super) fn configured_server(
    config: &Config,
    settings: &DeviceSettings,
    remembered: &RememberedServer,
) -> Option<Server> {
    let candidates = [
        (config.command_line_server.as_ref(), SettingSource::CommandLine),
        (config.environment_server.as_ref(), SettingSource::Environment),
        (settings.server_url.as_ref(), SettingSource::User),
    ];
    let (raw, source) = candidates.into_iter().find_map(|(raw, source)| Some((raw?, source)))?;
    match ServerUrl::parse(raw) {
        Ok(url) => {
            let appearance = remembered.appearance_of(&url);
            Some(Server { url, source, appearance })
        }
        Err(_) => {
            tracing::error!(
                ?source,
                "configured server: not a valid URL (use https, or http on this machine)"
            );
            None
        }
    }
}

impl App {
    /// Reads the keyring and the last known view, shows them, and refreshes the account. Returns after the first
    /// refresh, successful or not. Must be called once, inside the tokio runtime.
    pub async fn start(self: &Arc<Self>) {
        let server = self.inner().server.clone();
        let Some(server) = server else {
            self.change(Inner::start_signed_out);
            self.work_off_revocations().await;
            return;
        };
        if server.url.is_insecure() {
            tracing::warn!(server = ?server.url, "configured server: uses http (for development on this machine only)");
        }
        match self.restore(&server.url).await {
            Ok(Some(session)) => {
                let account_id = session.identity.sub.clone();
                self.show_last_known(session);
                let account = self.account_refresh(&account_id);
                let (account, ()) = tokio::join!(account, self.refresh_appearance(&server.url));
                if let Err(error) = account {
                    tracing::info!(code = ?error.code(), "account: not refreshed at start");
                }
            }
            Ok(None) => {
                self.change(Inner::start_signed_out);
                self.refresh_appearance(&server.url).await;
            }
            Err(problem) => {
                tracing::warn!(%problem, "keyring: the stored session cannot be read (unlock or start the keyring)");
                self.change(|inner| inner.phase = Phase::SignedOut { notice: Some(problem.code()) });
                self.refresh_appearance(&server.url).await;
                if matches!(problem, Error::Store(_)) {
                    // Reading on would query the keyring again, with another dialog.
                    return;
                }
            }
        }
        self.work_off_revocations().await;
    }

    /// Returns the session that the keyring holds for this server.
    ///
    /// # Errors
    /// `Store`, `StoredSessionDamaged`.
    async fn restore(&self, server: &ServerUrl) -> Result<Option<Arc<Session>>, Error> {
        let Some(known) = self.accounts.at(server.as_str()) else { return Ok(None) };
        let Some(secret) = self.read_item_visibly(&known).await? else {
            // Another keyring service may be running today. The next sign-in replaces what is known here.
            tracing::info!("keyring: no session of the known account");
            return Ok(None);
        };
        let expected_resource = self.config.pinned_resource.as_deref().unwrap_or(server.as_str());
        let Some(mut stored) = StoredSession::read(&secret, &known.identity) else {
            // A keyring that ended too early keeps an item without its content; a newer version may write another
            // format.
            tracing::warn!("keyring: the item of the session cannot be read, left unchanged (sign in again)");
            return Err(Error::StoredSessionDamaged);
        };
        if stored.server != server.as_str() || stored.resource != expected_resource {
            tracing::info!("keyring: the stored session is for another resource, left unchanged");
            return Ok(None);
        }
        let copy = self.copies.load(&known.identity, &stored.view_key);
        stored.newest = stored.newest.or_newer(copy);
        Ok(Some(Session::new(&stored, server.clone(), &self.copies, None)))
    }

    async fn read_item_visibly(&self, known: &KnownAccount) -> Result<Option<SecretString>, StoreError> {
        let mut reading = self.dependencies.store.get(&StoredSession::item(&known.identity));
        tokio::select! {
            biased;
            secret = &mut reading => return secret,
            () = self.dependencies.clock.sleep(KEYRING_PATIENCE) => {}
        }
        self.change(|inner| inner.phase = Phase::Starting { waiting_for_keyring: true });
        reading.await
    }

    fn show_last_known(&self, session: Arc<Session>) {
        let known = self.views.load(&session.identity, &session.view_key);
        let (account, at) = known.map_or((None, None), |known| (Some(known.view), Some(known.at)));
        let freshness = Freshness::Refreshing { at };
        self.change(|inner| {
            inner.phase =
                Phase::SignedIn(Box::new(SignedIn { session, account, freshness, shown_request: 0 }));
        });
    }

    /// Requests the server's name and branding; a failure changes nothing.
    async fn refresh_appearance(&self, url: &ServerUrl) {
        match discovery::discover(&self.dependencies.http, url, self.config.pinned_resource.as_deref()).await
        {
            Ok(server) => self.remember_appearance(url, &server),
            Err(error) => tracing::info!(code = ?error.code(), "settings server: metadata not read"),
        }
    }

    pub(super) fn remember_appearance(&self, url: &ServerUrl, server: &discovery::Server) {
        let appearance = server.into();
        let is_new = self
            .inner()
            .server
            .as_ref()
            .is_some_and(|configured| configured.url == *url && configured.appearance != appearance);
        if is_new {
            self.remembered_server.keep(url, &appearance);
            self.change(|inner| {
                if let Some(configured) = inner.server.as_mut().filter(|configured| configured.url == *url) {
                    configured.appearance = appearance;
                }
            });
        }
    }

    /// Returns the configured server.
    ///
    /// # Errors
    /// `NoServer`, `ServerUrlInvalid`.
    pub(super) fn server(&self) -> Result<ServerUrl, Error> {
        self.inner().server.as_ref().map(|server| server.url.clone()).ok_or(Error::NoServer)
    }
}
