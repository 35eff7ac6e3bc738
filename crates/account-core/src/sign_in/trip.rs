//! One trip through the system browser: authorization code with PKCE (RFC 8252, RFC 7636, RFC 9207), for whatever the
//! browser is wanted.
//!
//! Everything that proves the answer is ours (`state`, nonce, verifier) is made for this one try, lives in this
//! one value and dies with it (N2, N3). Only the nonce of a proof comes from the settings server, which has to know
//! it again.

use std::time::Duration;

use openidconnect::TokenResponse as _;
use openidconnect::core::CoreTokenResponse;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::id_token::{self, Verified};
use super::loopback::{self, Callback, Loopback};
use crate::clock::Clock;
use crate::error::Error;
use crate::provider::{AuthorizationRequest, Provider, TokenFailure, Wish};
use crate::randomness::{self, Randomness};

/// How long the app waits for the browser (N6: at most 5 minutes; N3: at most 10).
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// A trip that has been prepared and waits for the browser.
pub(crate) struct Trip<'a> {
    provider: &'a Provider,
    client_id: &'a str,
    wish: Wish<'a>,
    loopback: Loopback,
    redirect_uri: Url,
    state: String,
    nonce: SecretString,
    verifier: SecretString,
    expires_at: u64,
}

/// What a trip brings home.
pub(crate) struct Home {
    /// What the ID token says.
    pub(crate) person: Verified,
    /// The ID token itself.
    pub(crate) id_token: SecretString,
    /// Everything the token endpoint gave.
    pub(crate) tokens: CoreTokenResponse,
    /// When it came, in milliseconds since the epoch.
    pub(crate) received_at: u64,
}

impl<'a> Trip<'a> {
    /// Makes the secrets of this try and listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// `Internal` without randomness or without a port; `IssuerNotTrusted` when the browser may not go there.
    pub(crate) async fn prepare(
        provider: &'a Provider,
        client_id: &'a str,
        wish: Wish<'a>,
        randomness: &dyn Randomness,
        now: u64,
    ) -> Result<Self, Error> {
        let loopback = Loopback::bind().await.map_err(|error| {
            tracing::error!(%error, "no port of 127.0.0.1 to listen on");
            Error::Internal("no loopback port")
        })?;
        let redirect_uri = loopback.redirect_uri().ok_or(Error::Internal("no redirect URI"))?;
        let nonce = match wish {
            Wish::Session { .. } => SecretString::from(randomness::token::<32>(randomness)?),
            Wish::Proof { nonce } => nonce.clone(),
        };
        let trip = Self {
            provider,
            client_id,
            wish,
            loopback,
            redirect_uri,
            state: randomness::token::<32>(randomness)?,
            nonce,
            verifier: SecretString::from(randomness::token::<32>(randomness)?),
            expires_at: now.saturating_add(u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX)),
        };
        if crate::http::is_allowed(&trip.url()) { Ok(trip) } else { Err(Error::IssuerNotTrusted) }
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

    /// Exchanges the code and checks the ID token that comes back.
    ///
    /// # Errors
    /// `SignInMismatch` when the ID token is not ours, `SignInFailed` when the code is refused, `Offline`,
    /// `IssuerUnavailable`.
    pub(crate) async fn finish(self, code: &SecretString, clock: &dyn Clock) -> Result<Home, Error> {
        let tokens =
            self.provider.exchange_code(&self.request(), code).await.map_err(|failure| match failure {
                TokenFailure::InvalidGrant | TokenFailure::Refused => Error::SignInFailed,
                TokenFailure::Unreachable | TokenFailure::AnswerLost => Error::Offline,
                TokenFailure::Unavailable => Error::IssuerUnavailable,
            })?;
        let received_at = clock.now();
        let id_token = tokens.id_token().ok_or(Error::SignInMismatch("no ID token"))?;
        let nonce = self.nonce.expose_secret();
        let person = id_token::verify(id_token, self.provider, self.client_id, nonce, clock).await?;
        let id_token = SecretString::from(id_token.to_string());
        Ok(Home { person, id_token, tokens, received_at })
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
            client_id: self.client_id,
            redirect_uri: &self.redirect_uri,
            wish: self.wish,
            state: &self.state,
            nonce: self.nonce.expose_secret(),
            verifier: &self.verifier,
        }
    }
}
