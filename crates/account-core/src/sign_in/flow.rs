//! One authorization code flow with PKCE through the system browser (RFC 8252, RFC 7636, RFC 9207), for a sign-in or
//! for the proof of a step-up.
//!
//! Everything that proves the answer is ours (`state`, nonce, verifier) is created for this one attempt, lives in
//! this one value and is dropped with it (N2, N3). Only the nonce of a proof comes from the settings server, which
//! has to recognise it.

use std::time::Duration;

use account_api::secret::SecretText;
use secrecy::SecretString;
use url::Url;

use super::answer::{Callback, Refusal};
use super::id_token::{self, Verified};
use super::redirect::Redirect;
use crate::clock::Clock;
use crate::error::Error;
use crate::provider::{AuthorizationPurpose, AuthorizationRequest, Provider, TokenFailure, Tokens};
use crate::randomness::{self, Randomness};

/// How long the app waits for the browser (N6: at most 5 minutes; N3: at most 10).
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// A flow that has been prepared and waits for the browser.
pub(crate) struct AuthorizationFlow<'a> {
    provider: &'a Provider,
    client_id: &'a str,
    purpose: AuthorizationPurpose<'a>,
    redirect: Redirect,
    redirect_uri: Url,
    state: String,
    nonce: SecretText,
    verifier: SecretString,
    expires_at: Duration,
}

/// What a flow returns.
pub(crate) struct AuthorizationResult {
    /// The claims of the ID token.
    pub(crate) user: Verified,
    /// The ID token itself.
    pub(crate) id_token: SecretString,
    /// When the tokens arrived.
    pub(crate) arrival: Arrival,
}

/// The moment at which the token endpoint answered, on three clocks.
pub(crate) struct Arrival {
    /// On the clock that cannot be set.
    pub(crate) at: Duration,
    /// On this computer's clock, in milliseconds since the epoch.
    pub(crate) wall: u64,
    /// On the identity provider's clock, in milliseconds since the epoch, where the answer names it.
    pub(crate) answered_at: Option<u64>,
}

impl<'a> AuthorizationFlow<'a> {
    /// Creates the secrets of this attempt.
    ///
    /// # Errors
    /// `Internal` without randomness; `IssuerNotTrusted` when the browser may not be sent to the
    /// issuer.
    pub(crate) fn prepare(
        provider: &'a Provider,
        client_id: &'a str,
        purpose: AuthorizationPurpose<'a>,
        redirect: Redirect,
        randomness: &dyn Randomness,
        now: Duration,
    ) -> Result<Self, Error> {
        let redirect_uri = redirect.uri()?;
        let nonce = match purpose {
            AuthorizationPurpose::Session { .. } => SecretText::new(randomness::token::<32>(randomness)?),
            AuthorizationPurpose::Proof { nonce } => nonce.clone(),
        };
        let flow = Self {
            provider,
            client_id,
            purpose,
            redirect,
            redirect_uri,
            state: randomness::token::<32>(randomness)?,
            nonce,
            verifier: SecretString::from(randomness::token::<32>(randomness)?),
            expires_at: now.saturating_add(PATIENCE),
        };
        if crate::http::is_allowed(&flow.url()) { Ok(flow) } else { Err(Error::IssuerNotTrusted) }
    }

    /// Returns the URL to open in the browser.
    pub(crate) fn url(&self) -> Url {
        self.provider.authorization_url(&self.request())
    }

    /// Waits for the browser to come back.
    ///
    /// # Errors
    /// `SignInTimedOut`, `SignInDenied`, `SignInFailed`, `SignInMismatch`.
    pub(crate) async fn wait_for_browser(&mut self, clock: &dyn Clock) -> Result<SecretString, Error> {
        let time_is_up = clock.sleep(PATIENCE);
        let callback = tokio::select! {
            callback = self.redirect.wait(&self.state) => callback,
            () = time_is_up => return Err(Error::SignInTimedOut),
        };
        if clock.elapsed() > self.expires_at {
            return Err(Error::SignInTimedOut);
        }
        match callback {
            Callback { iss, .. } if !self.is_issuer(iss.as_deref()) => Err(Error::SignInMismatch("iss")),
            Callback { outcome: Ok(code), .. } => Ok(code),
            Callback { outcome: Err(Refusal::AccessDenied), .. } => Err(Error::SignInDenied),
            Callback { outcome: Err(Refusal::Other), .. } => Err(Error::SignInFailed),
        }
    }

    /// Exchanges the code for tokens. The caller keeps or revokes them, however [`AuthorizationFlow::check`] ends.
    ///
    /// # Errors
    /// `SignInFailed` when the code is refused, `Offline`, `Connection`, `IssuerUnavailable`.
    pub(crate) async fn exchange(&self, code: &SecretString) -> Result<Tokens, Error> {
        let mut answer = self.provider.exchange_code(&self.request(), code).await;
        let is_lost = matches!(answer, Err(TokenFailure::AnswerLost | TokenFailure::TimedOut));
        if is_lost && matches!(self.purpose, AuthorizationPurpose::Session { .. }) {
            // Tokens may have been lost on their way. A code that is used twice ends its grant, and every token with
            // it (RFC 6749 §4.1.2); the grant of a proof is the app's own, so its code is not sent again.
            answer = self.provider.exchange_code(&self.request(), code).await;
        }
        answer.map_err(|failure| match failure {
            TokenFailure::InvalidGrant | TokenFailure::Refused => Error::SignInFailed,
            other => other.into(),
        })
    }

    /// Checks the ID token that came with the tokens.
    ///
    /// # Errors
    /// As [`id_token::verify`].
    pub(crate) async fn check(
        self,
        tokens: &Tokens,
        clock: &dyn Clock,
    ) -> Result<AuthorizationResult, Error> {
        let arrival = Arrival { at: clock.elapsed(), wall: clock.now(), answered_at: tokens.answered_at };
        let id_token = tokens.id_token.clone().ok_or(Error::SignInMismatch("no ID token"))?;
        let nonce = self.nonce.expose();
        let user = id_token::verify(&id_token, self.provider, self.client_id, nonce, &arrival).await?;
        Ok(AuthorizationResult { user, id_token, arrival })
    }

    /// Whether `iss` is the issuer. It must be present when the issuer promises it (RFC 9207 §2.4).
    fn is_issuer(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => iss == self.provider.issuer(),
            None => !self.provider.promises_iss(),
        }
    }

    fn request(&self) -> AuthorizationRequest<'_> {
        AuthorizationRequest {
            client_id: self.client_id,
            redirect_uri: &self.redirect_uri,
            purpose: self.purpose,
            state: &self.state,
            nonce: self.nonce.expose(),
            verifier: &self.verifier,
        }
    }
}
