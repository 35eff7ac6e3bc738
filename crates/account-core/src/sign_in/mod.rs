//! Sign-in through the system browser: what is requested of the identity provider, and what an ordinary sign-in
//! returns.

mod answer;
mod flow;
pub(crate) mod id_token;
mod loopback;
mod page;
mod redirect;
mod sender;

use secrecy::SecretString;

use crate::error::Error;
use crate::identity::Identity;
use crate::provider::Tokens;
use crate::session::{AccessToken, PendingIdToken};
pub(crate) use flow::{AuthorizationFlow, AuthorizationResult};
pub(crate) use redirect::{LinkSender, Redirect};

/// The result of a sign-in.
pub(crate) struct SignedIn {
    pub(crate) identity: Identity,
    pub(crate) refresh_token: SecretString,
    pub(crate) access_token: AccessToken,
    pub(crate) id_token: PendingIdToken,
}

impl SignedIn {
    /// Returns the session of these tokens, for the user of `authorization`.
    ///
    /// # Errors
    /// `SignInFailed` without a refresh token.
    pub(crate) fn new(
        issuer: &str,
        client_id: &str,
        tokens: &Tokens,
        authorization: AuthorizationResult,
    ) -> Result<Self, Error> {
        let AuthorizationResult { user, id_token, arrival } = authorization;
        let refresh_token = tokens.refresh.clone().ok_or_else(|| {
            tracing::warn!("identity provider: returned no refresh token");
            Error::SignInFailed
        })?;
        Ok(Self {
            identity: Identity { issuer: issuer.to_owned(), client_id: client_id.to_owned(), sub: user.sub },
            refresh_token,
            access_token: AccessToken::new(&tokens.access, tokens.expires_in, arrival.at),
            id_token: PendingIdToken {
                token: id_token,
                usable_until: arrival.at.saturating_add(user.lifetime),
            },
        })
    }
}
