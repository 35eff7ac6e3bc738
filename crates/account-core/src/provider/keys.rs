//! The identity provider's signing keys (RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The most keys of a set, more than any issuer has: a larger set is refused.
const MOST: usize = 64;

/// The usable keys of one key set.
#[derive(Clone)]
pub(crate) struct Keys(Vec<Key>);

/// One public key and the algorithms that it verifies.
#[derive(Clone)]
pub(crate) struct Key {
    id: Option<String>,
    /// The algorithm that the key names, where it names one.
    named: Option<Algorithm>,
    family: Vec<Algorithm>,
    pub(crate) key: DecodingKey,
}

impl Keys {
    /// Reads a key set. Keys of an unknown type, for encryption, or without an asymmetric algorithm are left out.
    ///
    /// # Errors
    /// The reason, for the log: not a key set, or more than 64 keys.
    pub(super) fn read(body: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(body).map_err(|_| "not a key set")?;
        if set.keys.len() > MOST {
            return Err("too many keys");
        }
        Ok(Self(set.keys.into_iter().filter_map(key).collect()))
    }

    /// Returns the key for a signature: the one of this id or, where the token names none, the only one for its
    /// algorithm.
    pub(crate) fn of(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| key.verifies(algorithm));
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }
}

impl Key {
    fn verifies(&self, algorithm: Algorithm) -> bool {
        self.named.map_or_else(|| self.family.contains(&algorithm), |named| named == algorithm)
    }
}

/// Returns the algorithm of this name: asymmetric ones only, never `none`, never a shared secret. `Ed25519` is RFC
/// 9864's name for EdDSA with that curve.
pub(crate) fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "EdDSA" | "Ed25519" => Algorithm::EdDSA,
        _ => return None,
    })
}

fn key(mut value: Value) -> Option<Key> {
    // Read by name: the library knows neither every algorithm nor every form of `key_ops`.
    let members = value.as_object_mut()?;
    let named = members.remove("alg");
    members.remove("key_ops");
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let family = match &jwk.algorithm {
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
        _ => return None,
    };
    let named = match named {
        None | Some(Value::Null) => None,
        Some(name) => Some(algorithm(name.as_str()?).filter(|named| family.contains(named))?),
    };
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, named, family, key })
}
