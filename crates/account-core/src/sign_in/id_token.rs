//! The ID token that a sign-in in the browser returns (OpenID Connect Core 1.0 §3.1.3.7, N5).
//!
//! Only the claims that are used are read: a tenant of Logto can give the others any shape.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::flow::Arrival;
use crate::error::Error;
use crate::provider::{self, Keys, Provider};

/// How far the clocks of this machine and of the identity provider may be apart, in milliseconds.
const SKEW: f64 = 60_000.0;
/// The longest ID token that is read, in bytes.
const LONGEST: usize = 16 * 1024;
/// The longest lifetime that is assumed of an ID token when it is sent to the settings server.
const LONGEST_LIFETIME: f64 = 24.0 * 60.0 * 60.0 * 1000.0;

/// The claims of a verified ID token. Must not be logged: `name` is personal data.
pub(crate) struct Verified {
    /// The user id.
    pub(crate) sub: String,
    /// The name that the identity provider has for the user: name, user name or e-mail address, where the scopes
    /// include one.
    pub(crate) name: Option<String>,
    /// How long the token is valid, from the moment it was issued.
    pub(crate) lifetime: Duration,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    #[serde(default)]
    typ: Value,
    #[serde(default)]
    crit: Value,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: Value,
    #[serde(default)]
    aud: Value,
    azp: Option<Value>,
    #[serde(default)]
    sub: Value,
    #[serde(default)]
    exp: Value,
    #[serde(default)]
    iat: Value,
    #[serde(default)]
    nonce: Value,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    username: Value,
    #[serde(default)]
    preferred_username: Value,
    #[serde(default)]
    email: Value,
}

/// Verifies signature, algorithm, issuer, audience, authorised party, nonce and times. The caller compares the user.
/// When no key has the token's key id, the keys are fetched once more.
///
/// # Errors
/// [`Error::SignInMismatch`] with what does not match, never with a text of the token; [`Error::ClockWrong`] when
/// only the times do not match, and they match the identity provider's clock; as [`Provider::refetch_keys`].
pub(crate) async fn verify(
    token: &SecretString,
    provider: &Provider,
    client_id: &str,
    nonce: &str,
    arrival: &Arrival,
) -> Result<Verified, Error> {
    let parts = TokenParts::of(token.expose_secret()).ok_or_else(|| refused("shape"))?;
    let mut verified = parts.verified_with(&provider.keys());
    if matches!(verified, Err(Unverified::NoKey)) && provider.refetch_keys(arrival.at).await? {
        verified = parts.verified_with(&provider.keys());
    }
    let claims = verified.map_err(|unverified| match unverified {
        Unverified::NoKey => refused("no key"),
        Unverified::Refused(fault) => refused(fault),
    })?;
    check(&claims, provider.issuer(), client_id, nonce, arrival)
}

fn check(
    claims: &Claims,
    issuer: &str,
    client_id: &str,
    nonce: &str,
    arrival: &Arrival,
) -> Result<Verified, Error> {
    let for_client = match &claims.aud {
        Value::String(one) => one == client_id,
        Value::Array(several) => matches!(several.as_slice(), [one] if one == client_id),
        _ => false,
    };
    if claims.iss != issuer {
        return Err(refused("iss of the ID token"));
    }
    if !for_client {
        return Err(refused("aud"));
    }
    if claims.azp.as_ref().is_some_and(|party| party != client_id) {
        return Err(refused("azp"));
    }
    if claims.nonce != nonce {
        return Err(refused("nonce"));
    }
    let sub = claims.sub.as_str().unwrap_or_default();
    if sub.is_empty() || sub.len() > 255 || !sub.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused("sub"));
    }
    let lifetime = check_times(claims, arrival)?;
    let names = [&claims.name, &claims.username, &claims.preferred_username, &claims.email];
    let name = names.into_iter().filter_map(Value::as_str).find(|name| !name.trim().is_empty());
    Ok(Verified { sub: sub.to_owned(), name: name.map(str::to_owned), lifetime })
}

/// Checks `exp` and `iat`. Runs after every other check: a wrong clock is reported only for a token that is ours.
fn check_times(claims: &Claims, arrival: &Arrival) -> Result<Duration, Error> {
    let (Some(expires), Some(issued)) = (milliseconds(&claims.exp), milliseconds(&claims.iat)) else {
        return Err(refused("times"));
    };
    let fit = |now: u64| {
        let now = now as f64;
        now < expires + SKEW && issued <= now + SKEW
    };
    if !fit(arrival.wall) {
        return Err(match arrival.answered_at.filter(|answered_at| fit(*answered_at)) {
            Some(answered_at) => clock_wrong(arrival.wall, answered_at),
            None => refused("times"),
        });
    }
    Ok(Duration::from_millis((expires - issued).clamp(0.0, LONGEST_LIFETIME) as u64))
}

fn clock_wrong(wall: u64, right: u64) -> Error {
    let minutes = (wall as f64 - right as f64) / 60_000.0;
    let minutes = minutes.signum() * minutes.abs().round().max(1.0);
    tracing::warn!(minutes, "clock: differs from the identity provider's (set this computer's clock)");
    Error::ClockWrong { minutes: minutes as i32 }
}

fn milliseconds(seconds: &Value) -> Option<f64> {
    seconds.as_f64().map(|seconds| seconds * 1000.0)
}

fn refused(fault: &'static str) -> Error {
    tracing::warn!(fault, "ID token: refused");
    Error::SignInMismatch(fault)
}

/// Why the claims of a token are not verified.
enum Unverified {
    NoKey,
    Refused(&'static str),
}

/// A signed token in its compact form (RFC 7515 §7.1), not verified.
struct TokenParts<'a> {
    header: Header,
    /// The signed part.
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> TokenParts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Header = decoded(header)?;
        let typ_fits = match &header.typ {
            Value::Null => true,
            typ => typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("jwt")),
        };
        // No extension of RFC 7515 §4.1.11 is understood here.
        (typ_fits && header.crit.is_null()).then_some(Self { header, message, claims, signature })
    }

    fn verified_with(&self, keys: &Keys) -> Result<Claims, Unverified> {
        let algorithm = provider::algorithm(&self.header.alg).ok_or(Unverified::Refused("algorithm"))?;
        let key = keys.of(self.header.kid.as_deref(), algorithm).ok_or(Unverified::NoKey)?;
        match jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), &key.key, algorithm) {
            Ok(true) => decoded(self.claims).ok_or(Unverified::Refused("claims")),
            Ok(false) | Err(_) => Err(Unverified::Refused("signature")),
        }
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
