//! Logto's signing keys: cached for a minute, and fetched again for an unknown key id, but at a limited rate.
//!
//! A key that Logto removed is gone from here within [`KEYS_LIVE_MS`]: an older set is fetched anew, and if that fails
//! no request is accepted with the old one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use logto_client::{Clock, Error, Flight, SingleFlight, read_bounded};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::auth::jws;

/// How long a key set is used.
const KEYS_LIVE_MS: u64 = 60_000;
/// The minimum time between two fetches that unknown key ids cause.
const LOOK_PAUSE_MS: u64 = 1_000;
/// More keys than any issuer has: a larger set is refused.
const MOST_KEYS: usize = 64;

/// A set of keys, as it was fetched at one moment.
pub(crate) struct KeySet {
    keys: HashMap<String, SigningKey>,
    fingerprint: [u8; 32],
    fetched_at_ms: u64,
}

/// One public key and what it may be used with.
pub(crate) struct SigningKey {
    pub(crate) key: DecodingKey,
    pub(crate) algorithms: Vec<Algorithm>,
}

impl KeySet {
    pub(crate) fn key(&self, id: &str) -> Option<&SigningKey> {
        self.keys.get(id)
    }

    /// Changes whenever any key changes.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

/// Why no key of an id is returned.
pub(crate) enum Unknown {
    /// Logto was asked after the id was presented, and has no such key.
    Absent,
    /// Logto was asked a moment ago and is not asked again yet: it is unknown whether the key exists.
    TooSoon,
    /// Logto could not be reached.
    Failed(Error),
}

/// Caches and fetches the keys.
pub(crate) struct SigningKeys {
    shared: Arc<Shared>,
    flight: SingleFlight<Result<Arc<KeySet>, Error>>,
}

struct Shared {
    http: reqwest::Client,
    url: String,
    clock: Arc<dyn Clock>,
    present: Mutex<Option<Arc<KeySet>>>,
    /// When an unknown key id last caused a fetch that did not fail.
    last_look_ms: Mutex<Option<u64>>,
}

impl SigningKeys {
    pub(crate) fn new(http: reqwest::Client, issuer: &str, clock: Arc<dyn Clock>) -> Self {
        let (present, last_look_ms) = (Mutex::new(None), Mutex::new(None));
        let shared = Shared { http, url: format!("{issuer}/jwks"), clock, present, last_look_ms };
        Self { shared: Arc::new(shared), flight: SingleFlight::default() }
    }

    /// Returns the key set, if it is cached and at most a minute old.
    pub(crate) fn fresh(&self) -> Option<Arc<KeySet>> {
        self.shared.fresh()
    }

    /// Returns a key set that is at most a minute old.
    ///
    /// # Errors
    /// The error of the fetch when none is cached and none can be fetched.
    pub(crate) async fn current(&self) -> Result<Arc<KeySet>, Error> {
        match self.shared.fresh() {
            Some(keys) => Ok(keys),
            None => self.fetch(None).await,
        }
    }

    /// Returns a key set with the key `key_id`: the cached one, or one that is fetched because that lacks the key.
    ///
    /// # Errors
    /// See [`Unknown`].
    pub(crate) async fn with_key(&self, key_id: &str) -> Result<Arc<KeySet>, Unknown> {
        let keys = self.current().await.map_err(Unknown::Failed)?;
        if keys.key(key_id).is_some() { Ok(keys) } else { self.look_for(key_id).await }
    }

    /// Returns a key set with a key that the cached one lacked a moment ago. A fetch under way is waited for;
    /// otherwise one is started, at most one in a second unless it fails.
    ///
    /// # Errors
    /// See [`Unknown`]: only [`Unknown::Absent`] says that the key does not exist. An answer that was asked for
    /// before the id was presented does not, because the key may be newer.
    async fn look_for(&self, key_id: &str) -> Result<Arc<KeySet>, Unknown> {
        let (flight, otherwise) = {
            // Held until the fetch has begun: a caller that finds the pause taken finds the fetch, too.
            let mut last = self.shared.last_look_ms.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.shared.clock.now_unix_ms();
            if let Some(flight) = self.flight.running() {
                (flight, Unknown::TooSoon)
            } else if let Some(keys) = self.shared.fresh().filter(|keys| keys.key(key_id).is_some()) {
                return Ok(keys);
            } else if last.is_some_and(|last| now.abs_diff(last) < LOOK_PAUSE_MS) {
                return Err(Unknown::TooSoon);
            } else {
                *last = Some(now);
                (self.fetch(Some(key_id.to_owned())), Unknown::Absent)
            }
        };
        let keys = flight.await.map_err(Unknown::Failed)?;
        if keys.key(key_id).is_some() { Ok(keys) } else { Err(otherwise) }
    }

    /// Fetches the set, unless there is a fresh one with the wanted key.
    fn fetch(&self, wanted: Option<String>) -> Flight<Result<Arc<KeySet>, Error>> {
        let shared = Arc::clone(&self.shared);
        self.flight.run(move || async move {
            let will_do = |keys: &Arc<KeySet>| wanted.as_ref().is_none_or(|id| keys.key(id).is_some());
            if let Some(keys) = shared.fresh().filter(will_do) {
                return Ok(keys);
            }
            match shared.request().await {
                Ok(keys) => {
                    let keys = Arc::new(keys);
                    *shared.present.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&keys));
                    Ok(keys)
                }
                Err(error) => {
                    *shared.last_look_ms.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    Err(error)
                }
            }
        })
    }
}

impl Shared {
    fn fresh(&self) -> Option<Arc<KeySet>> {
        let now = self.clock.now_unix_ms();
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.as_ref().filter(|keys| now.abs_diff(keys.fetched_at_ms) < KEYS_LIVE_MS).cloned()
    }

    async fn request(&self) -> Result<KeySet, Error> {
        let fetched_at_ms = self.clock.now_unix_ms();
        let mut response = self.http.get(&self.url).send().await?;
        let status = response.status().as_u16();
        let body = read_bounded(&mut response).await?;
        if status != 200 {
            return Err(Error::Refused(logto_client::RefusedAnswer { status, ..Default::default() }));
        }
        let keys = parse_keys(&body)
            .ok_or(Error::Unusable { reason: "the key set cannot be read", logto_request_id: None })?;
        tracing::debug!(keys = keys.len(), "fetched the issuer's keys");
        Ok(KeySet { keys, fingerprint: Sha256::digest(&body).into(), fetched_at_ms })
    }
}

/// Reads a JWK set (RFC 7517 §5). Keys that cannot verify an access token are left out. Returns `None` for what is not
/// a set.
fn parse_keys(body: &[u8]) -> Option<HashMap<String, SigningKey>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(body).ok()?;
    if set.keys.len() > MOST_KEYS {
        return None;
    }
    Some(set.keys.into_iter().filter_map(parse_key).collect())
}

fn parse_key(mut value: Value) -> Option<(String, SigningKey)> {
    // Read here: the library knows neither every algorithm's name nor every way to write `key_ops`.
    let members = value.as_object_mut()?;
    let named = members.remove("alg").filter(|name| !name.is_null());
    members.remove("key_ops");
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let id = jwk.common.key_id.clone()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let mut algorithms = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => return None,
        },
        AlgorithmParameters::RSA(_) => vec![
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            vec![Algorithm::EdDSA]
        }
        // A symmetric key in a public document is no key.
        _ => return None,
    };
    if let Some(named) = named {
        let named = jws::algorithm(named.as_str()?)?;
        algorithms.retain(|algorithm| *algorithm == named);
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    (!algorithms.is_empty()).then_some((id, SigningKey { key, algorithms }))
}
