//! The account: reading it, changing it, and showing what the server returned.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use account_api::account::{AccountUpdateRequest, AccountView, ProfileUpdateRequest};
use account_api::app::{Freshness, Outcome, Persistence};
use account_api::custom_fields::CustomFieldsUpdateRequest;
use account_api::error::{Code, Detail, ServerCode};
use account_api::memberships::MembershipsView;

use super::App;
use crate::backend::{Request, routes};
use crate::error::Error;
use crate::last_known::KnownView;
use crate::session::Session;
use crate::step_up::StepUpRequirement;

impl App {
    /// Requests the account from the server.
    ///
    /// # Errors
    /// The server's code, `Offline`, `SessionEnded`, `AccountChanged`, `SignedOut`.
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
        let answer = self.account_request(&session, routes::account()).await;
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
        self.account_request(&session, routes::account_update(&request)?).await
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
        self.account_request(&session, routes::profile_update(&request)?).await
    }

    /// Changes fields that the organisation adds.
    ///
    /// # Errors
    /// `InvalidValue` for what does not fit a field's definition, and as [`App::account_refresh`].
    pub async fn custom_fields_update(
        self: &Arc<Self>,
        account_id: &str,
        request: CustomFieldsUpdateRequest,
    ) -> Result<AccountView, Error> {
        let session = self.session(account_id)?;
        self.account_request(&session, routes::custom_fields_update(&request)?).await
    }

    /// Requests the user's organisations and roles.
    ///
    /// # Errors
    /// As [`App::account_refresh`].
    pub async fn memberships(self: &Arc<Self>, account_id: &str) -> Result<MembershipsView, Error> {
        let session = self.session(account_id)?;
        self.ask(&session, routes::memberships()).await
    }

    /// Sends a request about the account and shows the account it returns.
    pub(super) async fn account_request(
        self: &Arc<Self>,
        session: &Arc<Session>,
        request: Request<AccountView>,
    ) -> Result<AccountView, Error> {
        let number = self.next_request();
        let is_read = request.is_read();
        let answer = self.ask(session, request).await;
        let answer = answer.and_then(|view| self.shown(session, number, view));
        if let Err(error) = &answer
            && is_read
            && !session.is_over()
        {
            self.show_stale(session, error);
        }
        answer
    }

    /// Sends a change that may need a proof, and shows the account it returns.
    pub(super) async fn sensitive_account_request(
        self: &Arc<Self>,
        session: &Arc<Session>,
        requirement: StepUpRequirement,
        request: Request<AccountView>,
    ) -> Result<Outcome<AccountView>, Error> {
        let number = self.next_request();
        match self.sensitive(session, requirement, request).await? {
            Outcome::Done { answer } => Ok(Outcome::Done { answer: self.shown(session, number, answer)? }),
            step_up @ Outcome::StepUp { .. } => Ok(step_up),
        }
    }

    /// Returns the number of a request that is sent now. The answer of a lower number never replaces that of a higher
    /// one.
    pub(super) fn next_request(&self) -> u64 {
        let mut inner = self.inner();
        inner.requests += 1;
        inner.requests
    }

    /// Shows and returns the account of an answer. An account of another user is dropped.
    fn shown(&self, session: &Arc<Session>, number: u64, view: AccountView) -> Result<AccountView, Error> {
        if view.user_id != session.identity.sub {
            tracing::error!("settings server: answer about another account, dropped");
            return Err(Error::AccountChanged);
        }
        self.show_account(session, number, &view);
        Ok(view)
    }

    /// Shows the account of an answer, unless the answer to a later request is shown already.
    pub(super) fn show_account(&self, session: &Arc<Session>, number: u64, view: &AccountView) {
        let at = self.dependencies.clock.now();
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
            let randomness = self.dependencies.randomness.as_ref();
            let wanted = || !session.is_over() && session.persistence() == Persistence::Keyring;
            let saved = self.views.save(&session.identity, &session.view_key, randomness, &known, wanted);
            if let Err(error) = saved {
                tracing::warn!(%error, "last known view: not saved");
            }
        }
    }

    fn show_stale(self: &Arc<Self>, session: &Arc<Session>, error: &Error) {
        let (cause, detail) = (error.code(), error.detail());
        self.change(|inner| {
            if let Some(signed_in) = inner.signed_in(session) {
                signed_in.freshness = Freshness::Stale { at: signed_in.seen_at(), cause, detail };
            }
        });
        if super::contact::is_passing(cause) {
            self.plan_contact(asked_wait(error));
        }
    }

    /// Whether the last answer was that the token lacks the scope. A renewed token may have it by now.
    fn lacked_permission(&self, session: &Arc<Session>) -> bool {
        self.inner().signed_in(session).is_some_and(|signed_in| {
            matches!(
                signed_in.freshness,
                Freshness::Stale { cause: Code::Server(ServerCode::InsufficientScope), .. }
            )
        })
    }

    /// Whether a task is waiting to retry. For tests of its limits.
    #[doc(hidden)]
    pub fn waits_to_ask_again(&self) -> bool {
        self.contact_planned.load(Ordering::SeqCst)
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
