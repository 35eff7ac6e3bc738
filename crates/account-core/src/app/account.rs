//! The account: reading it, changing it, and what an answer does to the session.
//!
//! Every request names its account, and an answer about another one is dropped (N25).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use account_api::account::{AccountUpdateRequest, AccountView, ProfileUpdateRequest};
use account_api::app::{Freshness, Persistence};
use account_api::error::{Code, Detail};

use super::App;
use super::state::Phase;
use crate::backend::{self, AccountRequest};
use crate::error::Error;
use crate::last_known::KnownView;
use crate::session::{Lease, Renewal, Session};

/// A server that asks to come back within this time is asked once more by the same request.
const SHORT_WAIT: u32 = 2;

impl App {
    /// Asks the server for the account.
    ///
    /// # Errors
    /// What the server answers, `Offline`, `SessionEnded`, `AccountChanged`, `SignedOut`.
    pub async fn account_refresh(self: &Arc<Self>, account_id: &str) -> Result<AccountView, Error> {
        let session = self.session(account_id)?;
        if self.lacked_permission(&session) {
            session.drop_access_token();
        }
        self.change(|inner| {
            if let Some(signed_in) = inner.signed_in(&session) {
                signed_in.freshness = Freshness::Refreshing { at: signed_in.seen_at() };
            }
        });
        let answer = self.request(&session, AccountRequest::Read).await;
        if answer.is_ok() {
            self.send_unsent_appearance(&session).await;
            self.work_off_revocations().await;
        }
        answer
    }

    /// Changes name or avatar.
    ///
    /// # Errors
    /// As [`App::account_refresh`].
    pub async fn account_update(
        self: &Arc<Self>,
        account_id: &str,
        request: AccountUpdateRequest,
    ) -> Result<AccountView, Error> {
        let session = self.session(account_id)?;
        self.request(&session, AccountRequest::Update(request)).await
    }

    /// Changes standard profile fields.
    ///
    /// # Errors
    /// As [`App::account_refresh`].
    pub async fn profile_update(
        self: &Arc<Self>,
        account_id: &str,
        request: ProfileUpdateRequest,
    ) -> Result<AccountView, Error> {
        let session = self.session(account_id)?;
        self.request(&session, AccountRequest::UpdateProfile(Box::new(request))).await
    }

    /// The session of the account that a command names.
    pub(super) fn session(&self, account_id: &str) -> Result<Arc<Session>, Error> {
        match &self.inner().phase {
            Phase::SignedIn(signed_in) if signed_in.session.identity.sub == account_id => {
                Ok(Arc::clone(&signed_in.session))
            }
            Phase::SignedIn(_) => Err(Error::AccountChanged),
            _ => Err(Error::SignedOut),
        }
    }

    /// Sends a request, shows its answer and draws its consequences for the session.
    pub(super) async fn request(
        self: &Arc<Self>,
        session: &Arc<Session>,
        request: AccountRequest,
    ) -> Result<AccountView, Error> {
        let number = {
            let mut inner = self.inner();
            inner.requests += 1;
            inner.requests
        };
        // A task of its own: a caller that goes away never interrupts a renewal between answer and keyring.
        let app = Arc::clone(self);
        let of = Arc::clone(session);
        let is_read = request.is_read();
        let answer = tokio::spawn(async move { app.send(&of, &request).await })
            .await
            .unwrap_or(Err(Error::Internal("a request broke off")));
        let answer = only_of(&session.identity.sub, answer);
        match &answer {
            Ok(view) => self.show_account(session, number, view),
            Err(Error::Api(error)) => {
                if let Some(Detail::Conflict { present, .. }) = &error.detail {
                    self.show_account(session, number, present);
                }
            }
            Err(_) => {}
        }
        match answer {
            Err(Error::SessionEnded) => {
                self.end_session(session, Code::SessionEnded).await;
                Err(Error::SessionEnded)
            }
            Err(Error::Api(error)) if error.code == Code::AccountNotFound => {
                self.end_session(session, Code::AccountNotFound).await;
                Err(Error::Api(error))
            }
            Err(error) => {
                if is_read {
                    self.show_stale(session, &error);
                }
                Err(error)
            }
            Ok(view) => Ok(view),
        }
    }

    /// One request, with a renewed token when the server refuses the present one (a server that refuses that one
    /// too has a fault of its own: the identity provider just said that the session lives), and one repetition of a read
    /// that the server asks to repeat soon.
    async fn send(&self, session: &Arc<Session>, request: &AccountRequest) -> Result<AccountView, Error> {
        let http = &self.parts.http;
        let mut lease = self.lease(session, None).await?;
        let mut answer = backend::send(http, &session.server, &lease, request).await;
        if code_of(&answer) == Some(Code::Unauthorized) {
            lease = self.lease(session, Some(lease.generation)).await?;
            answer = backend::send(http, &session.server, &lease, request).await;
        }
        if request.is_read()
            && let Some(seconds) = retry_after(&answer).filter(|seconds| *seconds <= SHORT_WAIT)
        {
            self.parts.clock.sleep(Duration::from_secs(u64::from(seconds))).await;
            answer = backend::send(http, &session.server, &lease, request).await;
        }
        answer
    }

    async fn lease(&self, session: &Arc<Session>, refused: Option<u64>) -> Result<Lease, Error> {
        if let Some(lease) = session.fresh(refused, self.parts.clock.now()) {
            return Ok(lease);
        }
        let before = session.persistence();
        let provider = self.provider(&session.identity.issuer).await?;
        let lock_file = self.lock_file(&session.identity);
        let renewal = Renewal { parts: &self.parts, provider: &provider, lock_file: &lock_file };
        let lease = session.renew(&renewal, refused).await;
        if session.persistence() != before {
            self.persistence_changed(session);
        }
        lease
    }

    /// A keyring that stopped or began to work in mid-session.
    fn persistence_changed(&self, session: &Arc<Session>) {
        if session.persistence() == Persistence::Keyring {
            self.remember(session);
        } else {
            self.views.erase(&session.identity);
        }
        self.change(|_| ());
    }

    fn show_account(&self, session: &Arc<Session>, number: u64, view: &AccountView) {
        let at = self.parts.clock.now();
        let shown = self.change(|inner| {
            let Some(signed_in) = inner.signed_in(session) else { return false };
            if number < signed_in.shown_request {
                return false;
            }
            signed_in.shown_request = number;
            signed_in.account = Some(view.clone());
            signed_in.freshness = Freshness::Live { at };
            true
        });
        if shown && session.persistence() == Persistence::Keyring {
            let known = KnownView { at, view: view.clone() };
            let randomness = self.parts.randomness.as_ref();
            let wanted = || !session.is_over() && session.persistence() == Persistence::Keyring;
            let saved = self.views.save(&session.identity, &session.view_key, randomness, &known, wanted);
            if let Err(error) = saved {
                tracing::warn!(%error, "the last known view is not kept");
            }
        }
    }

    fn show_stale(self: &Arc<Self>, session: &Arc<Session>, error: &Error) {
        let cause = error.code();
        self.change(|inner| {
            if let Some(signed_in) = inner.signed_in(session) {
                signed_in.freshness = Freshness::Stale { at: signed_in.seen_at(), cause };
            }
        });
        if super::contact::is_passing(cause) {
            self.plan_contact(asked_wait(error));
        }
    }

    /// Whether the last answer was that the token lacks the scope: a renewed one may have it by now.
    fn lacked_permission(&self, session: &Arc<Session>) -> bool {
        self.inner().signed_in(session).is_some_and(|signed_in| {
            matches!(signed_in.freshness, Freshness::Stale { cause: Code::InsufficientScope, .. })
        })
    }

    /// Whether a task waits to ask again; for tests of its bounds.
    #[doc(hidden)]
    pub fn waits_to_ask_again(&self) -> bool {
        self.contact_planned.load(Ordering::SeqCst)
    }
}

/// Drops an answer about another account, a conflict's present view included.
fn only_of(sub: &str, answer: Result<AccountView, Error>) -> Result<AccountView, Error> {
    let foreign = match &answer {
        Ok(view) => view.user_id != sub,
        Err(Error::Api(error)) => {
            matches!(&error.detail, Some(Detail::Conflict { present, .. }) if present.user_id != sub)
        }
        Err(_) => false,
    };
    if foreign {
        tracing::error!("the server answered about another account; dropped");
        return Err(Error::AccountChanged);
    }
    answer
}

fn code_of(answer: &Result<AccountView, Error>) -> Option<Code> {
    match answer {
        Err(Error::Api(error)) => Some(error.code),
        _ => None,
    }
}

fn retry_after(answer: &Result<AccountView, Error>) -> Option<u32> {
    match answer {
        Err(Error::Api(error)) => match error.detail {
            Some(Detail::RetryAfter { seconds }) => Some(seconds),
            _ => None,
        },
        _ => None,
    }
}

fn asked_wait(error: &Error) -> Option<Duration> {
    match error {
        Error::Api(error) => match error.detail {
            Some(Detail::RetryAfter { seconds }) => Some(Duration::from_secs(u64::from(seconds))),
            _ => None,
        },
        _ => None,
    }
}
