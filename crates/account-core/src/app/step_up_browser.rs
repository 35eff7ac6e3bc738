//! Step-up by a fresh sign-in in the system browser: one at a time, and always completed or undone.
//!
//! The tokens of this sign-in are dropped and never revoked: in the same browser session they belong to the app's own
//! grant, so revoking them would end the session (measured).

use std::sync::Arc;

use account_api::app::StepUpProgress;
use account_api::error::{Detail, ServerCode};
use account_api::secret::SecretText;
use account_api::step_up::StepUpBrowserRequest;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use url::Url;

use super::App;
use super::browser;
use super::state::BrowserStepUp;
use crate::backend::routes;
use crate::error::Error;
use crate::provider::AuthorizationPurpose;
use crate::session::Session;
use crate::sign_in::{AuthorizationFlow, AuthorizationResult};
use crate::step_up::PendingChallenge;

/// The slot of the one step-up that may use the browser. Dropping it frees the slot, however the step-up ends.
struct BrowserSlot(Arc<App>);

impl Drop for BrowserSlot {
    fn drop(&mut self) {
        self.0.inner().browser_step_up = None;
    }
}

impl App {
    /// Opens the system browser for a fresh sign-in and returns when it is proven or failed.
    ///
    /// # Errors
    /// `StepUpOver` when this step-up does not exist or is over, `SignInInProgress` while another one uses the
    /// browser, how the flow through the browser failed, `StepUpOtherPerson`, the server's code, and as
    /// [`App::account_refresh`].
    pub async fn step_up_browser(
        self: &Arc<Self>,
        account_id: &str,
        step_up: &str,
    ) -> Result<StepUpProgress, Error> {
        let session = self.session(account_id)?;
        let challenge = self.pending_challenge(&session, step_up)?;
        let (cancel, cancelled) = watch::channel(false);
        let slot = {
            let mut inner = self.inner();
            if inner.browser_step_up.is_some() {
                return Err(Error::SignInInProgress);
            }
            // Ending a session marks it first and looks for its step-up afterwards, so this check misses none.
            if session.is_over() {
                return Err(Error::SignedOut);
            }
            inner.browser_step_up = Some(BrowserStepUp { url: None, cancel });
            BrowserSlot(Arc::clone(self))
        };
        // A separate task: a caller that is dropped leaves no step-up half-done.
        let app = Arc::clone(self);
        let proving = async move {
            let authorization = app.fresh_sign_in(&session, &challenge, cancelled).await;
            drop(slot);
            let answer = match authorization {
                Ok(authorization) if session.is_over() => {
                    drop(authorization);
                    Err(Error::SignedOut)
                }
                Ok(authorization) => app.prove_with(&session, &challenge, authorization).await,
                Err(_) if session.is_over() => Err(Error::SignedOut),
                Err(error) => Err(error),
            };
            answer.inspect_err(|error| tracing::info!(%error, "step-up in the browser: failed"))
        };
        tokio::spawn(proving).await.unwrap_or(Err(Error::Internal("the step-up broke off")))
    }

    /// Opens the browser again for the running step-up.
    ///
    /// # Errors
    /// `StepUpOver` when none waits for the browser, `BrowserUnavailable`.
    pub async fn step_up_browser_reopen(&self) -> Result<(), Error> {
        let url = self.step_up_url()?;
        self.dependencies.host.open_in_browser(&url)?;
        Ok(())
    }

    /// Copies the step-up's URL to the clipboard.
    ///
    /// # Errors
    /// `StepUpOver` when no step-up waits for the browser, `ClipboardUnavailable`.
    pub async fn step_up_browser_copy_link(&self) -> Result<(), Error> {
        let url = self.step_up_url()?;
        self.dependencies.host.copy_to_clipboard(url.as_str())?;
        Ok(())
    }

    /// Cancels waiting for the browser. Does nothing when no step-up waits, or when its answer has already arrived.
    pub async fn step_up_browser_cancel(&self) {
        self.give_up_browser_step_up();
    }

    /// Cancels the running step-up, if there is one.
    pub(super) fn give_up_browser_step_up(&self) {
        if let Some(step_up) = &self.inner().browser_step_up {
            step_up.cancel.send_replace(true);
        }
    }

    fn step_up_url(&self) -> Result<Url, Error> {
        let inner = self.inner();
        inner.browser_step_up.as_ref().and_then(|step_up| step_up.url.clone()).ok_or(Error::StepUpOver)
    }

    fn step_up_waits_at(&self, url: Option<Url>) {
        if let Some(step_up) = &mut self.inner().browser_step_up {
            step_up.url = url;
        }
    }

    async fn fresh_sign_in(
        &self,
        session: &Session,
        challenge: &PendingChallenge,
        cancelled: watch::Receiver<bool>,
    ) -> Result<AuthorizationResult, Error> {
        let mut cancelled = std::pin::pin!(browser::given_up(cancelled));
        let provider = tokio::select! {
            provider = self.provider(&session.identity.issuer) => provider?,
            () = &mut cancelled => return Err(Error::SignInCancelled),
        };
        let purpose = AuthorizationPurpose::Proof { nonce: &challenge.nonce };
        let (randomness, now) = (self.dependencies.randomness.as_ref(), self.dependencies.clock.elapsed());
        let (client_id, redirect) = (&session.identity.client_id, self.redirect().await?);
        let mut flow = AuthorizationFlow::prepare(&provider, client_id, purpose, redirect, randomness, now)?;
        self.step_up_waits_at(Some(flow.url()));
        let code = self.through_browser(&mut flow, &mut cancelled).await?;
        self.step_up_waits_at(None);
        let tokens = flow.exchange(&code).await?;
        flow.check(&tokens, self.dependencies.clock.as_ref()).await
    }

    /// Sends the ID token to the server. The other tokens are dropped, and not revoked. The token of another user is
    /// sent as well, so that the server can return that user's name; it proves nothing, whatever the server answers.
    async fn prove_with(
        self: &Arc<Self>,
        session: &Arc<Session>,
        challenge: &PendingChallenge,
        authorization: AuthorizationResult,
    ) -> Result<StepUpProgress, Error> {
        let AuthorizationResult { user, id_token, .. } = authorization;
        let request = routes::step_up_browser(&browser_request(challenge, &id_token))?;
        if user.sub == session.identity.sub {
            return self.prove(session, challenge, request).await;
        }
        tracing::warn!("step-up in the browser: another user signed in");
        let named = match self.ask(session, request).await {
            Err(Error::Api(error)) if error.code == ServerCode::StepUpOtherPerson => match error.detail {
                Some(Detail::OtherPerson { name }) => name,
                _ => None,
            },
            _ => None,
        };
        Err(Error::StepUpOtherPerson(named.or(user.name)))
    }
}

fn browser_request(challenge: &PendingChallenge, id_token: &SecretString) -> StepUpBrowserRequest {
    StepUpBrowserRequest {
        nonce: challenge.nonce.clone(),
        id_token: SecretText::new(id_token.expose_secret().to_owned()),
    }
}
