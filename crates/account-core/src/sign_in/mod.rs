//! Through the system browser: what the identity provider is asked there, and what an ordinary sign-in brings home.

pub(crate) mod id_token;
pub(crate) mod loopback;
mod page;
mod sender;
mod trip;

use openidconnect::OAuth2TokenResponse as _;
use secrecy::SecretString;

use crate::error::Error;
use crate::identity::Identity;
use crate::session::{AccessToken, OwedIdToken};
pub(crate) use trip::{Home, Trip};

/// What a sign-in brings home.
pub(crate) struct SignedIn {
    pub(crate) identity: Identity,
    pub(crate) refresh_token: SecretString,
    pub(crate) access_token: AccessToken,
    pub(crate) id_token: OwedIdToken,
}

impl SignedIn {
    /// The session that a trip brought.
    ///
    /// # Errors
    /// `SignInFailed` without a refresh token.
    pub(crate) fn new(issuer: &str, client_id: &str, home: Home) -> Result<Self, Error> {
        let Home { person, id_token, tokens, received_at } = home;
        let refresh_token = tokens.refresh_token().ok_or_else(|| {
            tracing::warn!("the identity provider gave no refresh token");
            Error::SignInFailed
        })?;
        Ok(Self {
            identity: Identity {
                issuer: issuer.to_owned(),
                client_id: client_id.to_owned(),
                sub: person.sub,
            },
            refresh_token: SecretString::from(refresh_token.secret().as_str()),
            access_token: AccessToken::new(tokens.access_token().secret(), tokens.expires_in(), received_at),
            id_token: OwedIdToken { token: id_token, expires_at: person.expires_at },
        })
    }
}
