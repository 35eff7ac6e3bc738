//! The ID token that a trip through the browser brings (OpenID Connect Core 1.0 §3.1.3.7, N5).

use std::time::Duration;

use openidconnect::core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm};
use openidconnect::{ClaimsVerificationError, ClientId, Nonce, SignatureVerificationError};

use crate::clock::Clock;
use crate::error::Error;
use crate::provider::Provider;

/// How far the clocks of this machine and of the identity provider may be apart.
const SKEW: Duration = Duration::from_secs(60);

/// Asymmetric algorithms only: never `none`, never a shared secret.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// What a good ID token says. Not for a log: `name` is a person's.
pub(crate) struct Verified {
    /// The user id.
    pub(crate) sub: String,
    /// What the identity provider calls them: name, user name or e-mail address, where the scopes open one.
    pub(crate) name: Option<String>,
    /// Until when the token is good, in milliseconds since the epoch.
    pub(crate) expires_at: u64,
}

/// Checks signature, algorithm, issuer, audience, authorised party, times and nonce. Whose token it has to be is the
/// caller's to know. When no key has the token's key id, the keys are fetched once more.
///
/// # Errors
/// [`Error::SignInMismatch`]; never with a word of the token.
pub(crate) async fn verify(
    token: &CoreIdToken,
    provider: &Provider,
    client_id: &str,
    nonce: &str,
    clock: &dyn Clock,
) -> Result<Verified, Error> {
    let now = clock.now();
    let claims =
        match claims(token, provider, client_id, nonce, now) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) if provider.refetch_keys(now).await? => claims(token, provider, client_id, nonce, now),
            result => result,
        };
    let claims = claims.map_err(|error| {
        let fault = fault(&error);
        tracing::warn!(fault, "the ID token is not acceptable");
        Error::SignInMismatch(fault)
    })?;
    if claims.authorized_party().is_some_and(|party| party.as_str() != client_id) {
        return Err(Error::SignInMismatch("azp"));
    }
    let sub = claims.subject().as_str();
    if sub.is_empty() || sub.len() > 255 || !sub.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::SignInMismatch("sub"));
    }
    let name = claims.name().and_then(|names| names.get(None)).map(|name| name.as_str());
    let name = name
        .or_else(|| claims.preferred_username().map(|name| name.as_str()))
        .or_else(|| claims.email().map(|address| address.as_str()));
    Ok(Verified {
        sub: sub.to_owned(),
        name: name.map(str::to_owned),
        expires_at: u64::try_from(claims.expiration().timestamp_millis()).unwrap_or_default(),
    })
}

fn claims<'a>(
    token: &'a CoreIdToken,
    provider: &Provider,
    client_id: &str,
    nonce: &str,
    now: u64,
) -> Result<&'a CoreIdTokenClaims, ClaimsVerificationError> {
    let at = |milliseconds: u64| {
        i64::try_from(milliseconds).ok().and_then(chrono::DateTime::from_timestamp_millis).unwrap_or_default()
    };
    let skew = u64::try_from(SKEW.as_millis()).unwrap_or_default();
    let earliest = at(now.saturating_sub(skew));
    let latest = at(now.saturating_add(skew));
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(client_id.to_owned()),
        provider.issuer().clone(),
        provider.keys(),
    )
    .set_allowed_algs(ALGORITHMS)
    // `exp` has no leeway in the library: the time it compares with is early by the skew.
    .set_time_fn(move || earliest)
    .set_issue_time_verifier_fn(move |issued| {
        if issued <= latest { Ok(()) } else { Err("issued in the future".to_owned()) }
    });
    token.claims(&verifier, &Nonce::new(nonce.to_owned()))
}

/// What is wrong, without the values.
fn fault(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "times",
        ClaimsVerificationError::InvalidAudience(_) => "aud",
        ClaimsVerificationError::InvalidIssuer(_) => "iss of the ID token",
        ClaimsVerificationError::InvalidNonce(_) => "nonce",
        ClaimsVerificationError::SignatureVerification(_) => "signature",
        _ => "ID token",
    }
}
