//! What the app knows at this moment, and how it becomes the one state that the page draws.

use std::sync::{Arc, MutexGuard, PoisonError};

use account_api::account::AccountView;
use account_api::app::{AppState, Freshness, Page, ServerView, SettingSource, SignInStage};
use account_api::error::{AppCode, Code};
use tokio::sync::watch;
use url::Url;

use super::App;
use crate::remembered_server::Appearance;
use crate::server_url::ServerUrl;
use crate::session::Session;
use crate::settings_file::DeviceSettings;

/// Everything that changes while the app runs. Locked for moments only, never across a wait.
pub(super) struct Inner {
    pub(super) phase: Phase,
    pub(super) server: Option<Server>,
    pub(super) settings: DeviceSettings,
    /// A page that a link asked for before the page listened.
    pub(super) pending_page: Option<Page>,
    pub(super) page_listens: bool,
    /// The answer to a sign-in started the app: the first signed-out state says "start again".
    pub(super) start_again: bool,
    /// The step-up that has the browser, one at most.
    pub(super) browser_step_up: Option<BrowserStepUp>,
    /// Counts requests about the account, so that an older answer never covers a newer one.
    pub(super) requests: u64,
}

/// Where the app is; one to one with [`AppState`].
pub(super) enum Phase {
    Starting { waiting_for_keyring: bool },
    SignedOut { notice: Option<Code> },
    SigningIn(Attempt),
    SignedIn(Box<SignedIn>),
}

/// The configured server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) url: ServerUrl,
    pub(super) source: SettingSource,
    pub(super) appearance: Appearance,
}

/// A sign-in under way.
pub(super) struct Attempt {
    pub(super) stage: SignInStage,
    /// The address in the browser; there is one while the browser has the word.
    pub(super) url: Option<Url>,
    pub(super) cancel: watch::Sender<bool>,
}

/// A step-up by a fresh sign-in, under way.
pub(super) struct BrowserStepUp {
    /// The address in the browser; there is one while the browser has the word.
    pub(super) url: Option<Url>,
    pub(super) cancel: watch::Sender<bool>,
}

/// A signed-in account.
pub(super) struct SignedIn {
    pub(super) session: Arc<Session>,
    pub(super) account: Option<AccountView>,
    pub(super) freshness: Freshness,
    /// The number of the request whose answer is shown.
    pub(super) shown_request: u64,
}

impl Inner {
    pub(super) fn new(settings: DeviceSettings, server: Option<Server>) -> Self {
        Self {
            phase: Phase::Starting { waiting_for_keyring: false },
            server,
            settings,
            pending_page: None,
            page_listens: false,
            start_again: false,
            browser_step_up: None,
            requests: 0,
        }
    }

    /// Nobody is signed in, for no bad reason, at the end of the start.
    pub(super) fn start_signed_out(&mut self) {
        let notice = std::mem::take(&mut self.start_again).then_some(Code::App(AppCode::SignInStartAgain));
        self.phase = Phase::SignedOut { notice };
    }

    /// The signed-in part, when it is this session's.
    pub(super) fn signed_in(&mut self, session: &Arc<Session>) -> Option<&mut SignedIn> {
        match &mut self.phase {
            Phase::SignedIn(signed_in) if Arc::ptr_eq(&signed_in.session, session) => Some(signed_in),
            _ => None,
        }
    }
}

impl SignedIn {
    /// When the shown view was true.
    pub(super) fn seen_at(&self) -> Option<u64> {
        match &self.freshness {
            Freshness::Live { at } => Some(*at),
            Freshness::Refreshing { at } | Freshness::Stale { at, .. } => *at,
        }
    }
}

impl App {
    /// The present state.
    #[must_use]
    pub fn state(&self) -> AppState {
        let inner = self.inner();
        if let Phase::Starting { waiting_for_keyring } = inner.phase {
            return AppState::Starting { waiting_for_keyring };
        }
        let Some(server) = &inner.server else { return AppState::NoServer };
        let server = self.server_view(server);
        match &inner.phase {
            Phase::Starting { waiting_for_keyring } => {
                AppState::Starting { waiting_for_keyring: *waiting_for_keyring }
            }
            Phase::SignedOut { notice } => AppState::SignedOut { server, notice: *notice },
            Phase::SigningIn(attempt) => AppState::SigningIn { server, stage: attempt.stage },
            Phase::SignedIn(signed_in) => AppState::SignedIn {
                server,
                account_id: signed_in.session.identity.sub.clone(),
                account: signed_in.account.clone().map(Box::new),
                freshness: signed_in.freshness.clone(),
                persistence: signed_in.session.persistence(),
            },
        }
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known and shows the page what became of it.
    pub(super) fn change<T>(&self, edit: impl FnOnce(&mut Inner) -> T) -> T {
        let _in_order = self.showing.lock().unwrap_or_else(PoisonError::into_inner);
        let result = edit(&mut self.inner());
        self.dependencies.host.show_state(&self.state());
        result
    }

    fn server_view(&self, server: &Server) -> ServerView {
        let pinned = self.config.pinned_resource.as_ref();
        ServerView {
            url: server.url.as_str().to_owned(),
            name: server.appearance.name.clone(),
            branding: server.appearance.branding.clone(),
            pinned_resource: pinned.filter(|resource| *resource != server.url.as_str()).cloned(),
            insecure: server.url.is_insecure(),
            source: server.source,
        }
    }
}
