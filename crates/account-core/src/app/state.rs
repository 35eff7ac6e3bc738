//! What the app currently knows, and how it becomes the one state that the page draws.

use std::sync::{Arc, MutexGuard, PoisonError};

use account_api::account::AccountView;
use account_api::app::{AppState, Freshness, Page, ServerView, SettingSource, SignInStage};
use account_api::error::{AppCode, Code};
use tokio::sync::watch;
use url::Url;

use super::App;
use super::social_link::SocialLinks;
use crate::remembered_server::Appearance;
use crate::server_url::ServerUrl;
use crate::session::Session;
use crate::settings_file::DeviceSettings;
use crate::sign_in::LinkSender;

/// Everything that changes while the app runs. Locked briefly, never across an await.
pub(super) struct Inner {
    pub(super) phase: Phase,
    pub(super) server: Option<Server>,
    pub(super) settings: DeviceSettings,
    /// The page that a link requested before the page listened.
    pub(super) pending_page: Option<Page>,
    pub(super) page_listens: bool,
    /// Whether the answer to a sign-in started the app: the first signed-out state then says "start again".
    pub(super) start_again: bool,
    /// The running step-up in the browser, at most one.
    pub(super) browser_step_up: Option<BrowserStepUp>,
    /// The flow that the browser returns to by a link.
    pub(super) sign_in_links: Option<LinkSender>,
    /// The social account that is being linked.
    pub(super) social: SocialLinks,
    /// Counts requests about the account, so that an older answer never replaces a newer one.
    pub(super) requests: u64,
}

/// The phase the app is in; one to one with [`AppState`].
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

/// A running sign-in.
pub(super) struct Attempt {
    pub(super) stage: SignInStage,
    /// The URL in the browser, while the sign-in waits for the browser.
    pub(super) url: Option<Url>,
    pub(super) cancel: watch::Sender<bool>,
}

/// A running step-up by a fresh sign-in.
pub(super) struct BrowserStepUp {
    /// The URL in the browser, while the step-up waits for the browser.
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
            sign_in_links: None,
            social: SocialLinks::default(),
            requests: 0,
        }
    }

    /// Ends the start as signed out, without an error to show.
    pub(super) fn start_signed_out(&mut self) {
        let notice = std::mem::take(&mut self.start_again).then_some(Code::App(AppCode::SignInStartAgain));
        self.phase = Phase::SignedOut { notice };
    }

    /// Returns the signed-in part if it is this session's.
    pub(super) fn signed_in(&mut self, session: &Arc<Session>) -> Option<&mut SignedIn> {
        match &mut self.phase {
            Phase::SignedIn(signed_in) if Arc::ptr_eq(&signed_in.session, session) => Some(signed_in),
            _ => None,
        }
    }
}

impl SignedIn {
    /// Returns when the shown view was current.
    pub(super) fn seen_at(&self) -> Option<u64> {
        match &self.freshness {
            Freshness::Live { at } => Some(*at),
            Freshness::Refreshing { at } | Freshness::Stale { at, .. } => *at,
        }
    }
}

impl App {
    /// Returns the current state.
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

    /// Edits what is known and shows the resulting state on the page.
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
