//! Access tokens: their verification (B1), the user taken from `sub` alone (B2), and only from clients that are
//! accepted (B3).
//!
//! A verified token is remembered by its SHA-256 for at most a minute, never past its `exp`, and forgotten when
//! the key set changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use account_api::error::ServerCode;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use logto_client::{Clock, UserId};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::auth::jwks::{SigningKeys, Unknown};
use crate::auth::jws::SignedToken;
use crate::config::{Config, ScopeRule};
use crate::error::Failure;
use crate::http::router::Scope;
use crate::logto::upstream::{self, Purpose};

/// How far our clock and Logto's may differ.
pub(crate) const SKEW_SECONDS: u64 = 60;
/// How long a verified token is remembered.
const REMEMBER_MS: u64 = 60_000;
/// How many verified tokens are remembered.
const MOST_REMEMBERED: usize = 10_000;
/// Longer bearer tokens are rejected unread.
const LONGEST_TOKEN: usize = 8 * 1024;
/// The types of an access token (RFC 9068 §2.1).
const TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];

/// The user behind a request: what a verified token says, and nothing else.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    /// The app the token was issued to.
    pub(crate) client_id: String,
    /// When the token was issued, in whole seconds on Logto's clock, if it says so.
    pub(crate) issued_at: Option<u64>,
    /// Whether another party acts for the user with this token (`act`, RFC 8693 §4.1).
    pub(crate) is_delegated: bool,
    scopes: BTreeSet<String>,
    all_scopes: bool,
}

impl Caller {
    /// Whether the token carries a scope, or the operator requires none.
    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.all_scopes || self.scopes.contains(scope.as_str())
    }
}

/// The claims that are read. Each is optional here, so that a token without it is a 401 and not a parser's error.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<Value>,
    sub: Option<String>,
    client_id: Option<String>,
    scope: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    organization_id: Option<Value>,
    /// Whether there is an `act` claim, whatever it holds.
    #[serde(default, deserialize_with = "is_there")]
    act: bool,
}

fn is_there<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(value).map(|_| true)
}

struct Remembered {
    caller: Arc<Caller>,
    until_ms: u64,
}

#[derive(Default)]
struct Memory {
    keys: [u8; 32],
    tokens: HashMap<[u8; 32], Remembered>,
}

/// Verifies access tokens.
pub(crate) struct Authenticator {
    config: Arc<Config>,
    resource: String,
    keys: SigningKeys,
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
}

impl Authenticator {
    pub(crate) fn new(config: Arc<Config>, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let keys = SigningKeys::new(http, &config.logto.issuer, Arc::clone(&clock));
        let resource = config.public_url.to_string();
        Self { config, resource, keys, clock, memory: Mutex::default() }
    }

    /// Returns the issuer's keys.
    pub(crate) fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// Whether the issuer's keys are available.
    pub(crate) async fn is_ready(&self) -> bool {
        self.keys.current().await.is_ok()
    }

    /// Returns the user whose token `headers` carry.
    ///
    /// # Errors
    /// `unauthorized` for any fault of the token, `client_not_allowed` for a valid token of another client,
    /// `upstream_failed` or `upstream_unavailable` when the issuer's keys cannot be fetched.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Failure> {
        let token = bearer_token(headers).ok_or(Failure::unauthorized())?;
        let digest: [u8; 32] = Sha256::digest(token).into();
        let now_ms = self.clock.now_unix_ms();
        if let Some(keys) = self.keys.fresh()
            && let Some(caller) = self.remembered(&keys.fingerprint(), &digest, now_ms)
        {
            return Ok(caller);
        }
        // What cannot be a token of ours causes no request to Logto.
        let token = SignedToken::parse(token).filter(|token| token.is_of_type(&TYPES));
        let token = token.ok_or(Failure::unauthorized())?;
        let keys = self.keys.with_key(&token.key_id).await.map_err(without_key)?;
        let key = keys.key(&token.key_id).ok_or_else(|| refused("unknown key"))?;
        let claims = token.verified(key).ok_or_else(|| refused("signature"))?;
        let (caller, expires_ms) = self.check_claims(claims, now_ms)?;
        let caller = Arc::new(caller);
        self.remember(keys.fingerprint(), digest, Arc::clone(&caller), now_ms, expires_ms);
        Ok(caller)
    }

    fn check_claims(&self, claims: Claims, now_ms: u64) -> Result<(Caller, u64), Failure> {
        let now = now_ms as f64 / 1000.0;
        let skew = SKEW_SECONDS as f64;
        let expires = claims.exp.ok_or_else(|| refused("no exp"))?;
        if claims.iss.as_deref() != Some(self.config.logto.issuer.as_str()) {
            return Err(refused("iss"));
        }
        if !is_for(claims.aud.as_ref(), &self.resource) {
            return Err(refused("aud"));
        }
        if now >= expires + skew {
            return Err(refused("exp"));
        }
        if claims.nbf.is_some_and(|not_before| now + skew < not_before) {
            return Err(refused("nbf"));
        }
        let client_id =
            claims.client_id.filter(|id| !id.is_empty()).ok_or_else(|| refused("no client_id"))?;
        let subject = claims.sub.ok_or_else(|| refused("no sub"))?;
        if subject == client_id || claims.organization_id.is_some() {
            return Err(refused("not a user's token"));
        }
        let user = UserId::parse(&subject).ok_or_else(|| refused("sub"))?;
        let scope = claims.scope.ok_or_else(|| refused("no scope"))?;
        if !self.config.accepts_client(&client_id) {
            return Err(Failure::new(
                ServerCode::ClientNotAllowed,
                "this server does not accept the client of this token",
            ));
        }
        let scopes = scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        let all_scopes = self.config.access.scopes == ScopeRule::AudienceOnly;
        // Past its own `exp` a token is never accepted from memory, whatever the clock skew.
        let issued_at = claims.iat.map(|issued_at| issued_at.max(0.0) as u64);
        let caller = Caller { user, client_id, issued_at, is_delegated: claims.act, scopes, all_scopes };
        Ok((caller, (expires * 1000.0).max(0.0) as u64))
    }

    fn remembered(&self, keys: &[u8; 32], token: &[u8; 32], now_ms: u64) -> Option<Arc<Caller>> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.keys != *keys {
            *memory = Memory { keys: *keys, tokens: HashMap::new() };
            return None;
        }
        memory
            .tokens
            .get(token)
            .filter(|entry| now_ms < entry.until_ms)
            .map(|entry| Arc::clone(&entry.caller))
    }

    fn remember(&self, keys: [u8; 32], token: [u8; 32], caller: Arc<Caller>, now_ms: u64, expires_ms: u64) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.keys != keys {
            *memory = Memory { keys, tokens: HashMap::new() };
        }
        if memory.tokens.len() >= MOST_REMEMBERED {
            memory.tokens.retain(|_, entry| now_ms < entry.until_ms);
            if memory.tokens.len() >= MOST_REMEMBERED {
                memory.tokens.clear();
            }
        }
        let until_ms = (now_ms + REMEMBER_MS).min(expires_ms);
        memory.tokens.insert(token, Remembered { caller, until_ms });
    }
}

/// Returns `unauthorized`; the reason is only logged.
fn refused(reason: &'static str) -> Failure {
    tracing::info!(reason, "refused an access token");
    Failure::unauthorized()
}

/// Returns the failure of a token with an unknown key: 401 only if Logto has just said that there is no such key. An
/// app ends its session at a 401, and the key may be newer than the cached set.
fn without_key(unknown: Unknown) -> Failure {
    match unknown {
        Unknown::Absent => refused("unknown key"),
        Unknown::TooSoon => {
            Failure::new(ServerCode::UpstreamUnavailable, "the token's key is not known yet").retry_after(1)
        }
        Unknown::Failed(error) => upstream::failure(&error, Purpose::Tenant),
    }
}

/// Returns the single bearer token of a request (RFC 6750 §2.1), if there is one.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= LONGEST_TOKEN)
        .then_some(token)
}

/// Whether `aud` names this server and no other.
fn is_for(audience: Option<&Value>, resource: &str) -> bool {
    match audience {
        Some(Value::String(audience)) => audience == resource,
        Some(Value::Array(several)) => several.len() == 1 && several[0].as_str() == Some(resource),
        _ => false,
    }
}

/// The caller, which the router adds to the request. A route without a scope has none.
pub(crate) struct Authenticated(pub(crate) Arc<Caller>);

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Arc<Caller>>().cloned().map(Self).ok_or(Failure::unauthorized())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};
    use proptest::prelude::*;

    use super::{LONGEST_TOKEN, bearer_token};

    proptest! {
        #[test]
        fn fuzz_authorization_headers_never_panic(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.insert(header::AUTHORIZATION, value);
            }
            if let Some(token) = bearer_token(&headers) {
                prop_assert!(!token.is_empty() && token.len() <= LONGEST_TOKEN);
            }
        }
    }
}
