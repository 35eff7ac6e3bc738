//! Signing in: one at a time, and always completed or undone.

use std::sync::Arc;

use account_api::app::{Freshness, Persistence, SignInStage};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::App;
use super::browser;
use super::revocation::Settled;
use super::state::{Attempt, Phase, SignedIn};
use crate::accounts::KnownAccount;
use crate::discovery;
use crate::error::Error;
use crate::instance::InstanceSecret;
use crate::newest_token::NumberedToken;
use crate::provider::AuthorizationPurpose;
use crate::sealed_files::FileKey;
use crate::server_url::ServerUrl;
use crate::session::Session;
use crate::sign_in::{self, AuthorizationFlow};
use crate::stored_session::StoredSession;

impl App {
    /// Opens the system browser and returns when the user is signed in or the sign-in failed. Succeeds at once when
    /// signed in already.
    ///
    /// # Errors
    /// `NoServer`, `SignInInProgress`, those of discovery (`Offline`, `Connection`, `ServerNotTrusted`,
    /// `ServerNotLatchkey`), `IssuerNotTrusted`, and how the sign-in itself failed.
    pub async fn sign_in(self: &Arc<Self>) -> Result<(), Error> {
        let server = self.server()?;
        let (cancel, cancelled) = watch::channel(false);
        let attempt = Attempt { stage: SignInStage::Preparing, url: None, cancel };
        let begun = self.change(|inner| match inner.phase {
            Phase::SignedOut { .. } => {
                inner.phase = Phase::SigningIn(attempt);
                Ok(true)
            }
            Phase::SignedIn(_) => Ok(false),
            Phase::Starting { .. } | Phase::SigningIn(_) => Err(Error::SignInInProgress),
        })?;
        if !begun {
            return Ok(());
        }
        // A separate task: a caller that is dropped leaves no sign-in half-done.
        let app = Arc::clone(self);
        let broke_off = Error::Internal("the sign-in broke off");
        tokio::spawn(async move { app.run_sign_in(&server, cancelled).await }).await.unwrap_or_else(|_| {
            self.change(|inner| {
                if matches!(inner.phase, Phase::SigningIn(_)) {
                    inner.phase = Phase::SignedOut { notice: Some(broke_off.code()) };
                }
            });
            Err(broke_off)
        })
    }

    /// Opens the browser again for the running sign-in.
    ///
    /// # Errors
    /// `SignInStartAgain` when none waits for the browser, `BrowserUnavailable`.
    pub async fn sign_in_reopen(&self) -> Result<(), Error> {
        let url = self.sign_in_url()?;
        self.dependencies.host.open_in_browser(&url)?;
        Ok(())
    }

    /// Copies the sign-in URL to the clipboard.
    ///
    /// # Errors
    /// `SignInStartAgain` when no sign-in waits for the browser, `ClipboardUnavailable`.
    pub async fn sign_in_copy_link(&self) -> Result<(), Error> {
        let url = self.sign_in_url()?;
        self.dependencies.host.copy_to_clipboard(url.as_str())?;
        Ok(())
    }

    /// Cancels the running sign-in. Does nothing when there is none, or when its answer has already arrived.
    pub async fn sign_in_cancel(&self) {
        if let Phase::SigningIn(attempt) = &self.inner().phase {
            attempt.cancel.send_replace(true);
        }
    }

    fn sign_in_url(&self) -> Result<url::Url, Error> {
        match &self.inner().phase {
            Phase::SigningIn(Attempt { url: Some(url), .. }) => Ok(url.clone()),
            _ => Err(Error::SignInStartAgain),
        }
    }

    async fn run_sign_in(
        self: Arc<Self>,
        server: &ServerUrl,
        cancelled: watch::Receiver<bool>,
    ) -> Result<(), Error> {
        match self.try_sign_in(server, cancelled).await {
            Ok((session, settled)) => {
                tracing::info!("signed in");
                let account_id = session.identity.sub.clone();
                self.change(|inner| {
                    inner.phase = Phase::SignedIn(Box::new(SignedIn {
                        session: Arc::clone(&session),
                        account: None,
                        freshness: Freshness::Refreshing { at: None },
                        shown_request: 0,
                    }));
                });
                drop(settled);
                // The state says why there is no account yet; the sign-in itself succeeded.
                match self.account_refresh(&account_id).await {
                    Ok(_) => tracing::info!("the account was read"),
                    Err(error) => {
                        tracing::info!(code = ?error.code(), "signed in, but the account could not be read")
                    }
                }
                self.report_own_session(&session).await;
                Ok(())
            }
            Err(error) => {
                tracing::info!(%error, "not signed in");
                let notice = (!matches!(error, Error::SignInCancelled)).then(|| error.code());
                self.change(|inner| inner.phase = Phase::SignedOut { notice });
                Err(error)
            }
        }
    }

    async fn try_sign_in(
        &self,
        server_url: &ServerUrl,
        cancelled: watch::Receiver<bool>,
    ) -> Result<(Arc<Session>, Settled<'_>), Error> {
        let mut cancelled = std::pin::pin!(browser::given_up(cancelled));
        let pinned = self.config.pinned_resource.as_deref();
        let preparing = async {
            let server = discovery::discover(&self.dependencies.http, server_url, pinned).await?;
            self.remember_appearance(server_url, &server);
            let provider = self.provider(&server.issuer).await?;
            let settled = self.settle_revocations(&server.issuer, &server.client_id).await?;
            Ok::<_, Error>((server, provider, settled))
        };
        let (server, provider, settled) = tokio::select! {
            prepared = preparing => prepared?,
            () = &mut cancelled => return Err(Error::SignInCancelled),
        };
        let purpose = AuthorizationPurpose::Session { resource: &server.resource };
        let randomness = self.dependencies.randomness.as_ref();
        let now = self.dependencies.clock.elapsed();
        let redirect = self.redirect().await?;
        let mut flow =
            AuthorizationFlow::prepare(&provider, &server.client_id, purpose, redirect, randomness, now)?;
        self.sign_in_stage(SignInStage::WaitingForBrowser, Some(flow.url()));
        let code = self.through_browser(&mut flow, &mut cancelled).await?;
        self.sign_in_stage(SignInStage::Finishing, None);
        let tokens = flow.exchange(&code).await?;
        let begun = async {
            let authorization = flow.check(&tokens, self.dependencies.clock.as_ref()).await?;
            let signed_in =
                sign_in::SignedIn::new(&server.issuer, &server.client_id, &tokens, authorization)?;
            self.begin_session(server_url, &server.resource, signed_in).await
        };
        let session = match begun.await {
            Ok(session) => session,
            Err(error) => {
                self.discard(&server.issuer, &server.client_id, &tokens).await;
                return Err(error);
            }
        };
        // An item that could not be sent by now would end the session that has just started.
        drop(self.accounts.never_send(&settled.unsent));
        Ok((session, settled))
    }

    fn sign_in_stage(&self, stage: SignInStage, url: Option<url::Url>) {
        self.change(|inner| {
            if let Phase::SigningIn(attempt) = &mut inner.phase {
                attempt.stage = stage;
                attempt.url = url;
            }
        });
    }

    /// Saves the session to the keyring, or keeps it in memory where there is none.
    async fn begin_session(
        &self,
        server: &ServerUrl,
        resource: &str,
        signed_in: sign_in::SignedIn,
    ) -> Result<Arc<Session>, Error> {
        let mut view_key: FileKey = Zeroizing::new([0; 32]);
        self.dependencies.randomness.fill(view_key.as_mut_slice())?;
        let stored = StoredSession {
            server: server.as_str().to_owned(),
            resource: resource.to_owned(),
            identity: signed_in.identity,
            newest: NumberedToken { number: 0, token: signed_in.refresh_token },
            view_key,
            instance: Some(InstanceSecret::new(self.dependencies.randomness.as_ref())?),
        };
        let session = Session::new(&stored, server.clone(), &self.copies, Some(signed_in.access_token));
        session.set_pending_id_token(signed_in.id_token);
        self.views.erase(&session.identity);
        // The name is saved before the item, so that every item in the keyring is known.
        let known_before = self.accounts.knows(&session.identity);
        self.remember(&session);
        session.save(&self.dependencies).await;
        match session.persistence() {
            Persistence::Keyring => {}
            // An item of a former session may be left where the keyring cannot be read now.
            Persistence::MemoryOnly { .. } if known_before => {
                drop(self.accounts.mark_over(&session.identity))
            }
            Persistence::MemoryOnly { .. } => drop(self.accounts.remove(&session.identity)),
        }
        Ok(session)
    }

    /// Records that the keyring has an item of this session. When that fails, the account is signed in until the app
    /// closes.
    pub(super) fn remember(&self, session: &Session) {
        let server = session.server.as_str().to_owned();
        drop(self.accounts.add(KnownAccount::new(server, &session.identity)));
    }
}
