//! Requests of a session: tokens, retries, and the effect of the answer on the session.
//!
//! Every request names its account, and an answer about another account is dropped (N25).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use account_api::account::AccountView;
use account_api::error::{ApiError, AppCode, Code, Detail, ServerCode};
use account_api::secret::SecretText;
use account_api::sessions::CurrentSessionRequest;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::App;
use super::state::Phase;
use crate::backend::{self, Answered, Credentials, Reply, Request, routes};
use crate::error::Error;
use crate::session::{NumberedAccessToken, Renewal, Session};

/// The longest `Retry-After`, in seconds, that a request waits for and retries itself.
const SHORT_WAIT: u32 = 2;
/// How often the app instance is introduced for one request: with the ID token of the sign-in, and with those of two
/// renewals, of which another caller may have made the first.
const INTRODUCTIONS: u32 = 3;

impl App {
    /// Returns the session of the account that a command names.
    pub(super) fn session(&self, account_id: &str) -> Result<Arc<Session>, Error> {
        match &self.inner().phase {
            Phase::SignedIn(signed_in) if signed_in.session.identity.sub == account_id => {
                Ok(Arc::clone(&signed_in.session))
            }
            Phase::SignedIn(_) => Err(Error::AccountChanged),
            _ => Err(Error::SignedOut),
        }
    }

    /// Sends a request that needs no proof.
    pub(super) async fn ask<A: DeserializeOwned + Send + 'static>(
        self: &Arc<Self>,
        session: &Arc<Session>,
        request: Request<A>,
    ) -> Result<A, Error> {
        match self.ask_with(session, request, None).await? {
            Answered::Done(answer) => Ok(answer),
            Answered::StepUp(_) => {
                tracing::error!(
                    "settings server: requires a proof where the contract has none (check that app and server versions match)"
                );
                Err(Error::ServerNotLatchkey)
            }
        }
    }

    /// Sends a request, with a proof if there is one, and applies the effect of the answer to the session.
    pub(super) async fn ask_with<A: DeserializeOwned + Send + 'static>(
        self: &Arc<Self>,
        session: &Arc<Session>,
        request: Request<A>,
        grant: Option<SecretString>,
    ) -> Result<Answered<A>, Error> {
        let number = self.next_request();
        // A separate task: a caller that is dropped never interrupts a renewal between answer and keyring.
        let app = Arc::clone(self);
        let of = Arc::clone(session);
        let answer = tokio::spawn(async move { app.send(&of, &request, grant.as_ref()).await })
            .await
            .unwrap_or(Err(Error::Internal("a request broke off")));
        match answer {
            Err(Error::SessionEnded) => {
                self.end_session(session, Code::App(AppCode::SessionEnded)).await;
                Err(Error::SessionEnded)
            }
            Err(Error::Api(error)) if error.code == ServerCode::AccountNotFound => {
                self.end_session(session, Code::Server(ServerCode::AccountNotFound)).await;
                Err(Error::Api(error))
            }
            Err(error)
                if account_in_conflict(&error).is_some_and(|one| one.user_id != session.identity.sub) =>
            {
                tracing::error!("settings server: answer about another account, dropped");
                Err(Error::AccountChanged)
            }
            answer => {
                if let Some(present) = answer.as_ref().err().and_then(account_in_conflict) {
                    self.show_account(session, number, present);
                }
                answer
            }
        }
    }

    /// Sends one request. Renews the token when the server refuses it, and retries a read that the server wants to be
    /// repeated soon. A server that also refuses the renewed token has a fault of its own: the identity provider has
    /// just confirmed the session. A required proof says nothing about the token.
    async fn send<A: DeserializeOwned>(
        &self,
        session: &Arc<Session>,
        request: &Request<A>,
        grant: Option<&SecretString>,
    ) -> Result<Answered<A>, Error> {
        let randomness = self.dependencies.randomness.as_ref();
        let command = request.operation();
        let key = match command {
            Some(command) => {
                Some(session.operations.key(command, randomness, self.dependencies.clock.elapsed())?)
            }
            None => None,
        };
        let once = async |access_token: &NumberedAccessToken| {
            let instance = session.instance(randomness)?;
            let credentials =
                Credentials { access_token, instance: &instance, grant, operation: key.as_deref() };
            Ok::<_, Error>(
                backend::send(&self.dependencies.http, &session.server, &credentials, request).await,
            )
        };
        let introductions = session.introductions.load(Ordering::SeqCst);
        let mut access_token = self.access_token(session, None).await?;
        let mut reply = once(&access_token).await?;
        if reply.code() == Some(ServerCode::Unauthorized) {
            access_token = self.access_token(session, Some(access_token.generation)).await?;
            reply = once(&access_token).await?;
        }
        if reply.code() == Some(ServerCode::InstanceUnknown) {
            access_token = self.introduce(session, access_token, introductions).await?;
            reply = once(&access_token).await?;
        }
        if request.is_read()
            && let Some(seconds) = retry_after(&reply).filter(|seconds| *seconds <= SHORT_WAIT)
        {
            self.dependencies.clock.sleep(Duration::from_secs(u64::from(seconds))).await;
            reply = once(&access_token).await?;
        }
        if let Some(command) = command.filter(|_| reply.decided) {
            session.operations.decided(command);
        }
        reply.answer
    }

    /// Introduces the app instance to the settings server: with the pending ID token of the sign-in, otherwise with
    /// that of a renewal. Callers that are refused at the same time share one introduction: `seen` is the number of
    /// introductions before the request.
    async fn introduce(
        &self,
        session: &Arc<Session>,
        mut access_token: NumberedAccessToken,
        seen: u64,
    ) -> Result<NumberedAccessToken, Error> {
        let _turn = session.introducing.lock().await;
        if session.introductions.load(Ordering::SeqCst) != seen {
            return Ok(access_token);
        }
        for attempt in 0..INTRODUCTIONS {
            let id_token = if attempt == 0 {
                session.pending_id_token(self.dependencies.clock.elapsed())
            } else {
                access_token = self.access_token(session, Some(access_token.generation)).await?;
                session.take_renewed_id_token()
            };
            let Some(id_token) = id_token else { continue };
            let body =
                CurrentSessionRequest { id_token: SecretText::new(id_token.expose_secret().to_owned()) };
            let instance = session.instance(self.dependencies.randomness.as_ref())?;
            let credentials = Credentials {
                access_token: &access_token,
                instance: &instance,
                grant: None,
                operation: None,
            };
            let request = routes::session_current(&body)?;
            let reply = backend::send(&self.dependencies.http, &session.server, &credentials, &request).await;
            match reply.answer {
                Ok(_) => {
                    session.clear_pending_id_token();
                    session.introductions.fetch_add(1, Ordering::SeqCst);
                    return Ok(access_token);
                }
                // Too old, or of a key or session that is gone: a renewal may return a better one.
                Err(Error::Api(error))
                    if matches!(error.code, ServerCode::InstanceUnknown | ServerCode::StepUpRefused) =>
                {
                    session.clear_pending_id_token();
                }
                Err(error) => return Err(error),
            }
        }
        tracing::warn!("app instance: introduction refused by the settings server");
        Err(Error::Api(Box::new(ApiError {
            code: ServerCode::InstanceUnknown,
            message: "the introduction of the app instance was refused".to_owned(),
            field: None,
            request_id: String::new(),
            detail: None,
        })))
    }

    async fn access_token(
        &self,
        session: &Arc<Session>,
        refused: Option<u64>,
    ) -> Result<NumberedAccessToken, Error> {
        if let Some(access_token) = session.fresh(refused, self.dependencies.clock.elapsed()) {
            return Ok(access_token);
        }
        let before = session.persistence();
        let provider = self.provider(&session.identity.issuer).await?;
        let lock_file = self.lock_file(&session.identity);
        let renewal = Renewal {
            dependencies: &self.dependencies,
            provider: &provider,
            accounts: &self.accounts,
            lock_file: &lock_file,
        };
        let access_token = session.renew(&renewal, refused).await;
        if session.persistence() != before {
            self.persistence_changed(session);
        }
        access_token
    }
}

/// Returns the current account from a conflict, which says that it was changed meanwhile.
fn account_in_conflict(error: &Error) -> Option<&AccountView> {
    match error {
        Error::Api(error) => match &error.detail {
            Some(Detail::Conflict { present, .. }) => Some(present),
            _ => None,
        },
        _ => None,
    }
}

fn retry_after<A>(reply: &Reply<A>) -> Option<u32> {
    match &reply.answer {
        Err(Error::Api(error)) => match error.detail {
            Some(Detail::RetryAfter { seconds }) => Some(seconds),
            _ => None,
        },
        _ => None,
    }
}
