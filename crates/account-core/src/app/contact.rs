//! Retries after the servers were unreachable: one task at most, with growing pauses.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use account_api::app::Freshness;
use account_api::error::{AppCode, Code, ServerCode};

use super::App;
use super::state::Phase;

const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
/// The longest pause that a `Retry-After` of the server can cause.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Whether the cause may pass by waiting.
pub(super) fn is_passing(cause: Code) -> bool {
    matches!(
        cause,
        Code::App(AppCode::Offline)
            | Code::App(AppCode::CertificateUntrusted)
            | Code::App(AppCode::CertificateExpired)
            | Code::App(AppCode::CertificateNotYetValid)
            | Code::App(AppCode::CertificateWrongName)
            | Code::App(AppCode::NoTrustedCertificates)
            | Code::App(AppCode::TlsFailed)
            | Code::App(AppCode::ProxyAuthenticationRequired)
            | Code::App(AppCode::ProxyRefused)
            | Code::App(AppCode::ProxyUnreachable)
            | Code::Server(ServerCode::UpstreamUnavailable)
            | Code::Server(ServerCode::UpstreamFailed)
            | Code::Server(ServerCode::RateLimited)
            | Code::Server(ServerCode::TimedOut)
    )
}

impl App {
    /// Schedules a retry, after at least this long, unless a task is already waiting. The task ends when nothing is
    /// left to request, or when the app is gone.
    pub(super) fn plan_contact(self: &Arc<Self>, at_least: Option<Duration>) {
        if let Some(at_least) = at_least {
            let mut asked = self.asked_pause();
            *asked = asked.max(at_least.min(LONGEST_ASKED_PAUSE));
        }
        if self.contact_planned.swap(true, Ordering::SeqCst) {
            return;
        }
        let app = Arc::downgrade(self);
        let clock = Arc::clone(&self.dependencies.clock);
        let mut pause = FIRST_PAUSE.max(std::mem::take(&mut *self.asked_pause()));
        // Boxed: a retry may schedule the next one, and a future cannot contain itself.
        let asking: futures_util::future::BoxFuture<'static, ()> = Box::pin(async move {
            loop {
                clock.sleep(pause).await;
                let Some(app) = app.upgrade() else { return };
                app.ask_again().await;
                if !app.has_something_to_ask() {
                    app.contact_planned.store(false, Ordering::SeqCst);
                    return;
                }
                let asked = std::mem::take(&mut *app.asked_pause());
                pause = (pause * 2).min(LONGEST_PAUSE).max(asked);
            }
        });
        drop(tokio::spawn(asking));
    }

    fn asked_pause(&self) -> MutexGuard<'_, Duration> {
        self.asked_pause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask_again(self: &Arc<Self>) {
        if let Some(account_id) = self.stale_account() {
            drop(self.account_refresh(&account_id).await);
        }
        self.work_off_revocations().await;
    }

    fn has_something_to_ask(&self) -> bool {
        self.stale_account().is_some() || !self.accounts.pending_revocations().is_empty()
    }

    fn stale_account(&self) -> Option<String> {
        match &self.inner().phase {
            Phase::SignedIn(signed_in) => match &signed_in.freshness {
                Freshness::Stale { cause, .. } if is_passing(*cause) => {
                    Some(signed_in.session.identity.sub.clone())
                }
                _ => None,
            },
            _ => None,
        }
    }
}
