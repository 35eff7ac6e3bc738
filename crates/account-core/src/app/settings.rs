//! The settings of this device, and theme and language where they follow the account.

use std::sync::Arc;

use account_api::account::{
    AccountView, Change, Field, Language, Preferences, PreferencesUpdateRequest, Theme,
};
use account_api::app::{AppSettings, BrowserReturn, ServerSetting, SettingSource};
use account_api::error::Detail;

use super::App;
use super::state::{Inner, Phase, Server};
use crate::backend::routes;
use crate::discovery;
use crate::error::Error;
use crate::server_url::ServerUrl;
use crate::session::Session;

impl App {
    /// Returns the settings of this device.
    #[must_use]
    pub fn settings(&self) -> AppSettings {
        let browser_return = self.inner().settings.browser_return();
        let is_by_link = browser_return == BrowserReturn::Link;
        let links_go_elsewhere = is_by_link && !self.dependencies.host.owns_scheme(&self.config.scheme);
        let inner = self.inner();
        let of_account = shown_account(&inner).map(|account| &account.preferences);
        let here = Preferences { theme: inner.settings.theme, language: inner.settings.language };
        let (follows, preferences) = match of_account {
            Some(Field::Edit { value: Some(kept) }) if !inner.settings.appearance_unsent => {
                (true, or(*kept, here))
            }
            Some(Field::Edit { .. }) => (true, here),
            // What is read-only in the account can be set on this device.
            Some(Field::ReadOnly { value: Some(kept), .. }) if here.theme.is_none() => (false, *kept),
            _ => (false, here),
        };
        AppSettings {
            server: inner
                .server
                .as_ref()
                .map(|server| ServerSetting { url: server.url.as_str().to_owned(), source: server.source }),
            theme: preferences.theme.unwrap_or(Theme::System),
            language: preferences.language,
            preferences_follow_account: follows,
            browser_return,
            links_go_elsewhere,
            version: self.config.version.clone(),
        }
    }

    /// Checks the server and saves its URL.
    ///
    /// # Errors
    /// `ServerUrlInvalid`, those of discovery (`Offline`, `Connection`, `ServerNotTrusted`, `ServerNotLatchkey`), `StorageFailed`; `NotEditable` while signed in or signing in,
    /// or when the URL comes from the command line or the environment.
    pub async fn settings_set_server(self: &Arc<Self>, url: &str) -> Result<AppSettings, Error> {
        self.server_may_change(&self.inner())?;
        let url = ServerUrl::parse(url)?;
        let server =
            discovery::discover(&self.dependencies.http, &url, self.config.pinned_resource.as_deref())
                .await?;
        self.change(|inner| {
            self.server_may_change(inner)?;
            let mut settings = inner.settings.clone();
            settings.server_url = Some(url.as_str().to_owned());
            self.settings_file.save(&inner.settings, &settings)?;
            inner.settings = settings;
            inner.server = Some(Server { url, source: SettingSource::User, appearance: (&server).into() });
            inner.phase = Phase::SignedOut { notice: None };
            Ok::<_, Error>(())
        })?;
        let server = self.inner().server.clone();
        if let Some(server) = server {
            self.remembered_server.keep(&server.url, &server.appearance);
        }
        Ok(self.settings())
    }

    /// Saves theme and language on this device and, where the account allows it, in the account.
    ///
    /// # Errors
    /// `StorageFailed`, or why the account did not take them; they then apply on this device and are sent again after
    /// the next refresh.
    pub async fn settings_set_appearance(
        self: &Arc<Self>,
        theme: Theme,
        language: Option<Language>,
    ) -> Result<AppSettings, Error> {
        let session = self.session_with_preferences();
        self.change_settings(|settings| {
            settings.theme = Some(theme);
            settings.language = language;
            settings.appearance_unsent = session.is_some();
        })?;
        if let Some(session) = session {
            self.send_appearance(&session).await?;
        }
        Ok(self.settings())
    }

    /// Saves how the browser returns after a sign-in on this device.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn settings_set_browser_return(&self, browser_return: BrowserReturn) -> Result<AppSettings, Error> {
        self.change_settings(|settings| settings.browser_return = Some(browser_return))?;
        Ok(self.settings())
    }

    /// Sends what the account did not take before. A failure waits for the next refresh.
    pub(super) async fn send_unsent_appearance(self: &Arc<Self>, session: &Arc<Session>) {
        if !self.inner().settings.appearance_unsent {
            return;
        }
        if self.session_with_preferences().is_none() {
            // The account takes no preferences any more: the choice now belongs to this device alone.
            drop(self.change_settings(|settings| settings.appearance_unsent = false));
        } else if let Err(error) = self.send_appearance(session).await {
            tracing::info!(code = ?error.code(), "theme and language: not saved in the account yet (sent again after the next refresh)");
        }
    }

    /// Sends theme and language. The user has just chosen, so this choice replaces one made elsewhere meanwhile: one
    /// retry after a conflict.
    async fn send_appearance(self: &Arc<Self>, session: &Arc<Session>) -> Result<(), Error> {
        let mut answer = Ok(());
        for _ in 0..2 {
            let request = self.appearance_request();
            if request == PreferencesUpdateRequest::default() {
                answer = Ok(());
                break;
            }
            answer = match self.account_request(session, routes::preferences_update(&request)?).await {
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            if !matches!(&answer, Err(Error::Api(error)) if matches!(error.detail, Some(Detail::Conflict { .. })))
            {
                break;
            }
        }
        answer?;
        // A newer choice may be on its way: until the account has it, this device's choice applies.
        let is_sent = self.appearance_request() == PreferencesUpdateRequest::default();
        self.change_settings(|settings| settings.appearance_unsent = !is_sent)
    }

    /// Returns what differs between this device's choice and the account's, as a request.
    fn appearance_request(&self) -> PreferencesUpdateRequest {
        let inner = self.inner();
        let present = match shown_account(&inner).map(|account| &account.preferences) {
            Some(Field::Edit { value }) => value.unwrap_or_default(),
            _ => return PreferencesUpdateRequest::default(),
        };
        PreferencesUpdateRequest {
            theme: changed(present.theme, inner.settings.theme),
            language: changed(present.language, inner.settings.language),
        }
    }

    fn session_with_preferences(&self) -> Option<Arc<Session>> {
        match &self.inner().phase {
            Phase::SignedIn(signed_in) => {
                let editable = signed_in
                    .account
                    .as_ref()
                    .is_some_and(|account| matches!(account.preferences, Field::Edit { .. }));
                editable.then(|| Arc::clone(&signed_in.session))
            }
            _ => None,
        }
    }

    fn change_settings(
        &self,
        edit: impl FnOnce(&mut crate::settings_file::DeviceSettings),
    ) -> Result<(), Error> {
        let mut inner = self.inner();
        let mut settings = inner.settings.clone();
        edit(&mut settings);
        if settings != inner.settings {
            self.settings_file.save(&inner.settings, &settings)?;
            inner.settings = settings;
        }
        Ok(())
    }

    fn server_may_change(&self, inner: &Inner) -> Result<(), Error> {
        let fixed = self.config.command_line_server.is_some() || self.config.environment_server.is_some();
        let signed_out = matches!(inner.phase, Phase::SignedOut { .. });
        if fixed || !signed_out { Err(Error::NotEditable("server_url")) } else { Ok(()) }
    }
}

fn shown_account(inner: &Inner) -> Option<&AccountView> {
    match &inner.phase {
        Phase::SignedIn(signed_in) => signed_in.account.as_ref(),
        _ => None,
    }
}

/// Returns the chosen preferences, completed by `rest`.
fn or(chosen: Preferences, rest: Preferences) -> Preferences {
    Preferences { theme: chosen.theme.or(rest.theme), language: chosen.language.or(rest.language) }
}

fn changed<T: PartialEq>(from: Option<T>, to: Option<T>) -> Option<Change<T>> {
    (from != to).then_some(Change { from, to })
}
