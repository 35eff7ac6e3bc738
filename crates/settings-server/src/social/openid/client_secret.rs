//! What authenticates the client at a provider's token endpoint: a shared secret, or the JWT that Apple wants in its place.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use openidconnect::ClientSecret;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::config::{OpenIdProvider, ProviderSecret};

/// How long a signed secret is valid, in seconds. Apple accepts up to six months.
const LIFETIME_S: u64 = 300;

/// Returns the secret for one request. `now_s` is in seconds since the epoch.
///
/// # Errors
/// What is wrong with it, in words without any part of it.
pub(super) fn read(provider: &OpenIdProvider, now_s: u64) -> Result<ClientSecret, String> {
    match &provider.client_secret {
        ProviderSecret::Shared(secret) => {
            Ok(ClientSecret::new(secret.read_of_any_strength()?.expose_secret().to_owned()))
        }
        ProviderSecret::Apple { team_id, key_id, private_key } => {
            let key = private_key.read_of_any_strength()?;
            let key = EncodingKey::from_ec_pem(key.expose_secret().as_bytes())
                .map_err(|_| "the private key is no PEM of an elliptic curve key (PKCS #8)".to_owned())?;
            let mut header = Header::new(Algorithm::ES256);
            header.kid = Some(key_id.clone());
            let claims = json!({
                "iss": team_id, "iat": now_s, "exp": now_s + LIFETIME_S, "aud": provider.issuer,
                "sub": provider.client_id
            });
            jsonwebtoken::encode(&header, &claims, &key)
                .map(ClientSecret::new)
                .map_err(|_| "the private key cannot sign with ES256".to_owned())
        }
    }
}
