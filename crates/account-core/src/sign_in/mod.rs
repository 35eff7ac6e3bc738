//! One sign-in: authorization code with PKCE through the system browser (RFC 8252, RFC 7636, RFC 9207).
//!
//! Everything that proves the answer is ours (`state`, nonce, verifier) is made for this one try, lives in this
//! one value and dies with it (N2, N3).

pub(crate) mod id_token;
pub(crate) mod loopback;
mod page;

use std::time::Duration;

use openidconnect::{OAuth2TokenResponse as _, TokenResponse as _};
use secrecy::SecretString;
use url::Url;

use crate::clock::Clock;
use crate::discovery::Server;
use crate::error::Error;
use crate::identity::Identity;
use crate::provider::{AuthorizationRequest, Provider, TokenFailure};
use crate::randomness::{self, Randomness};
use crate::session::AccessToken;
use loopback::{Callback, Loopback};

/// How long the app waits for the browser (N6: at most 5 minutes; N3: at most 10).
pub(crate) const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// A sign-in that has been prepared and waits for the browser.
pub(crate) struct SignIn<'a> {
    server: &'a Server,
    provider: &'a Provider,
    loopback: Loopback,
    redirect_uri: Url,
    state: String,
    nonce: String,
    verifier: SecretString,
    expires_at: u64,
}

/// What a sign-in brings home.
pub(crate) struct SignedIn {
    pub(crate) identity: Identity,
    pub(crate) refresh_token: SecretString,
    pub(crate) access_token: AccessToken,
}

impl<'a> SignIn<'a> {
    /// Makes the secrets of this try and listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// `Internal` without randomness or without a port.
    pub(crate) async fn prepare(
        server: &'a Server,
        provider: &'a Provider,
        randomness: &dyn Randomness,
        now: u64,
    ) -> Result<Self, Error> {
        let loopback = Loopback::bind().await.map_err(|error| {
            tracing::error!(%error, "no port of 127.0.0.1 to listen on");
            Error::Internal("no loopback port")
        })?;
        let redirect_uri = loopback.redirect_uri().ok_or(Error::Internal("no redirect URI"))?;
        Ok(Self {
            server,
            provider,
            loopback,
            redirect_uri,
            state: randomness::token::<32>(randomness)?,
            nonce: randomness::token::<32>(randomness)?,
            verifier: SecretString::from(randomness::token::<32>(randomness)?),
            expires_at: now.saturating_add(u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX)),
        })
    }

    /// The address to open in the browser.
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
            callback = self.loopback.wait(&self.state) => callback,
            () = time_is_up => return Err(Error::SignInTimedOut),
        };
        if clock.now() > self.expires_at {
            return Err(Error::SignInTimedOut);
        }
        match callback {
            Callback { iss, .. } if !self.is_issuer(iss.as_deref()) => Err(Error::SignInMismatch("iss")),
            Callback { outcome: Ok(code), .. } => Ok(code),
            Callback { outcome: Err(loopback::Refusal::AccessDenied), .. } => Err(Error::SignInDenied),
            Callback { outcome: Err(loopback::Refusal::Other), .. } => Err(Error::SignInFailed),
        }
    }

    /// Exchanges the code and checks what comes back.
    ///
    /// # Errors
    /// `SignInMismatch` when the ID token is not ours, `SignInFailed` when the code is refused, `Offline`,
    /// `IssuerUnavailable`.
    pub(crate) async fn finish(self, code: &SecretString, clock: &dyn Clock) -> Result<SignedIn, Error> {
        let tokens =
            self.provider.exchange_code(&self.request(), code).await.map_err(|failure| match failure {
                TokenFailure::InvalidGrant | TokenFailure::Refused => Error::SignInFailed,
                TokenFailure::Unreachable | TokenFailure::AnswerLost => Error::Offline,
                TokenFailure::Unavailable => Error::IssuerUnavailable,
            })?;
        let received_at = clock.now();
        let id_token = tokens.id_token().ok_or(Error::SignInMismatch("no ID token"))?;
        let sub =
            id_token::verify(id_token, self.provider, &self.server.client_id, &self.nonce, clock).await?;
        let refresh_token = tokens.refresh_token().ok_or_else(|| {
            tracing::warn!("the identity provider gave no refresh token");
            Error::SignInFailed
        })?;
        Ok(SignedIn {
            identity: Identity {
                issuer: self.server.issuer.clone(),
                client_id: self.server.client_id.clone(),
                sub,
            },
            refresh_token: SecretString::from(refresh_token.secret().as_str()),
            access_token: AccessToken::new(tokens.access_token().secret(), tokens.expires_in(), received_at),
        })
    }

    /// RFC 9207 §2.4: `iss` must be the issuer, and must be there when the issuer promises it.
    fn is_issuer(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => iss == self.provider.issuer().as_str(),
            None => !self.provider.promises_iss(),
        }
    }

    fn request(&self) -> AuthorizationRequest<'_> {
        AuthorizationRequest {
            client_id: &self.server.client_id,
            redirect_uri: &self.redirect_uri,
            resource: &self.server.resource,
            state: &self.state,
            nonce: &self.nonce,
            verifier: &self.verifier,
        }
    }
}
