//! Step-up: commands that need a proof, and the methods to give one (RFC 9470).
//!
//! The page repeats its command after the proof; the grant is found here by what the command requires.

use std::sync::Arc;

use account_api::app::{Outcome, StepUpProgress, StepUpView};
use account_api::error::{Code, ServerCode};
use account_api::secret::SecretText;
use account_api::step_up::{
    CodeConfirmRequest, CodeRoute, CodeSentView, StepUpAnswer, StepUpCodeConfirmRequest, StepUpCodeRequest,
    StepUpPasswordRequest,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::App;
use crate::backend::{self, Answered, Request, routes};
use crate::error::Error;
use crate::session::Session;
use crate::step_up::{PendingChallenge, StepUpRequirement};

/// The longest grant that is accepted. A settings server's are shorter.
const LONGEST_GRANT: usize = 256;

impl App {
    /// Proves the identity with the current password.
    ///
    /// # Errors
    /// `StepUpOver` when this step-up does not exist or is over, the server's code, and as [`App::account_refresh`].
    pub async fn step_up_password(
        self: &Arc<Self>,
        account_id: &str,
        step_up: &str,
        password: SecretText,
    ) -> Result<StepUpProgress, Error> {
        let session = self.session(account_id)?;
        let challenge = self.pending_challenge(&session, step_up)?;
        let body = StepUpPasswordRequest { nonce: challenge.nonce.clone(), password };
        self.prove(&session, &challenge, routes::step_up_password(&body)?).await
    }

    /// Requests a code to an address of the account.
    ///
    /// # Errors
    /// As [`App::step_up_password`].
    pub async fn step_up_code_send(
        self: &Arc<Self>,
        account_id: &str,
        step_up: &str,
        route: CodeRoute,
    ) -> Result<CodeSentView, Error> {
        let session = self.session(account_id)?;
        let challenge = self.pending_challenge(&session, step_up)?;
        let body = StepUpCodeRequest { nonce: challenge.nonce.clone(), route };
        let answer = self.ask(&session, routes::step_up_code(&body)?).await;
        close_if_refused(&session, &challenge, answer).map(backend::presentable_sent)
    }

    /// Proves the identity with the code that was sent.
    ///
    /// # Errors
    /// As [`App::step_up_password`].
    pub async fn step_up_code_confirm(
        self: &Arc<Self>,
        account_id: &str,
        step_up: &str,
        request: CodeConfirmRequest,
    ) -> Result<StepUpProgress, Error> {
        let session = self.session(account_id)?;
        let challenge = self.pending_challenge(&session, step_up)?;
        let body = StepUpCodeConfirmRequest {
            nonce: challenge.nonce.clone(),
            transaction: request.transaction,
            code: request.code,
        };
        self.prove(&session, &challenge, routes::step_up_code_confirm(&body)?).await
    }

    /// Sends a command that may need a proof, with its grant if there is one. Returns the result or the step-up that
    /// is needed.
    pub(super) async fn sensitive<A: DeserializeOwned + Send + 'static>(
        self: &Arc<Self>,
        session: &Arc<Session>,
        requirement: StepUpRequirement,
        request: Request<A>,
    ) -> Result<Outcome<A>, Error> {
        let grant = session.step_ups.grant(&requirement, self.dependencies.clock.elapsed());
        let answered = self.ask_with(session, request, grant.clone()).await;
        if let Some(grant) = &grant {
            match &answered {
                Ok(Answered::Done(_)) => session.step_ups.used(grant),
                Ok(Answered::StepUp(_)) => session.step_ups.refused(grant),
                Err(error) if error.code() == Code::Server(ServerCode::StepUpRefused) => {
                    session.step_ups.refused(grant)
                }
                Err(_) => {}
            }
        }
        let challenge = match answered? {
            Answered::Done(answer) => return Ok(Outcome::Done { answer }),
            Answered::StepUp(challenge) => challenge,
        };
        if session.is_over() {
            return Err(Error::SignedOut);
        }
        let (randomness, now) = (self.dependencies.randomness.as_ref(), self.dependencies.clock.elapsed());
        let id = session.step_ups.begin(requirement, &challenge, randomness, now)?;
        tracing::info!(purpose = ?challenge.purpose, "step-up: required");
        let backend::Challenge { purpose, methods, .. } = challenge;
        Ok(Outcome::StepUp { step_up: StepUpView { id, purpose, methods } })
    }

    /// Returns the challenge of the step-up with this id.
    ///
    /// # Errors
    /// `StepUpOver`.
    pub(super) fn pending_challenge(&self, session: &Session, id: &str) -> Result<PendingChallenge, Error> {
        session.step_ups.pending(id, self.dependencies.clock.elapsed()).ok_or(Error::StepUpOver)
    }

    /// Sends a proof and keeps the grant that it yields.
    pub(super) async fn prove(
        self: &Arc<Self>,
        session: &Arc<Session>,
        challenge: &PendingChallenge,
        request: Request<StepUpAnswer>,
    ) -> Result<StepUpProgress, Error> {
        let answer = self.ask(session, request).await;
        match close_if_refused(session, challenge, answer)? {
            StepUpAnswer::Granted { grant, .. } => {
                let grant = grant.expose();
                if grant.is_empty()
                    || grant.len() > LONGEST_GRANT
                    || !grant.bytes().all(|byte| byte.is_ascii_graphic())
                {
                    return Err(Error::ServerNotLatchkey);
                }
                if session.is_over() {
                    return Err(Error::SignedOut);
                }
                session.step_ups.granted(
                    challenge,
                    SecretString::from(grant),
                    self.dependencies.clock.elapsed(),
                );
                Ok(StepUpProgress::Granted)
            }
            StepUpAnswer::More { methods } => {
                Ok(StepUpProgress::More { methods: backend::presentable(methods) })
            }
        }
    }
}

/// Closes a challenge that the server refused: the command has to be repeated to get another one.
fn close_if_refused<A>(
    session: &Session,
    challenge: &PendingChallenge,
    answer: Result<A, Error>,
) -> Result<A, Error> {
    if let Err(error) = &answer
        && error.code() == Code::Server(ServerCode::StepUpRefused)
    {
        session.step_ups.close(&challenge.id);
    }
    answer
}
