//! Signing keys: ES384 (P-384), rotation as Logto does it, and JWS by hand. By hand because the tables of
//! forged tokens need headers and signatures that a careful library refuses to write.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::random;

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyStatus {
    /// Published, signs from `effective_at_ms` on.
    Next { effective_at_ms: u64 },
    /// Signs now.
    Current,
    /// Still published, so that its tokens verify.
    Previous,
}

/// One signing key.
#[derive(Debug)]
pub(crate) struct SigningKey {
    /// Logto's id of the key, which is not the `kid`.
    pub(crate) id: String,
    pub(crate) kid: String,
    pub(crate) created_at_s: u64,
    pub(crate) status: KeyStatus,
    pair: EcdsaKeyPair,
}

/// Why a key could not be made or used.
#[derive(Debug)]
pub(crate) struct KeyError;

impl SigningKey {
    /// Makes a new P-384 key.
    pub(crate) fn generate(now_s: u64, status: KeyStatus) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(|_| KeyError)?;
        let (x, y) = coordinates(pair.public_key().as_ref());
        // RFC 7638: members in lexicographic order, no spaces.
        let thumbprint = format!(r#"{{"crv":"P-384","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, thumbprint.as_bytes()).as_ref());
        Ok(Self { id: random::id(21), kid, created_at_s: now_s, status, pair })
    }

    /// Returns the public key as a JWK.
    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = coordinates(self.pair.public_key().as_ref());
        json!({"kty": "EC", "use": "sig", "kid": self.kid, "alg": "ES384", "crv": "P-384", "x": x, "y": y})
    }

    /// Signs `header.claims`; the header is written exactly as given.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> Result<String, KeyError> {
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes()).map_err(|_| KeyError)?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }

    fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, self.pair.public_key().as_ref())
            .verify(input, signature)
            .is_ok()
    }
}

/// Returns the x and y of an uncompressed point, base64url.
pub(crate) fn coordinates(point: &[u8]) -> (String, String) {
    let half = (point.len().saturating_sub(1)) / 2;
    let x = point.get(1..1 + half).unwrap_or_default();
    let y = point.get(1 + half..).unwrap_or_default();
    (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
}

/// Why a token does not verify, with the name that Logto's JWT library gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenFault {
    Malformed,
    NoMatchingKey,
    BadSignature,
    Expired,
    WrongClaim,
}

/// All keys of the tenant, newest first.
#[derive(Debug)]
pub(crate) struct KeyRing {
    keys: Vec<SigningKey>,
}

impl KeyRing {
    /// Returns a ring with one current key.
    pub(crate) fn new(now_s: u64) -> Result<Self, KeyError> {
        Ok(Self { keys: vec![SigningKey::generate(now_s, KeyStatus::Current)?] })
    }

    /// Lets a `Next` key whose time has come take over.
    pub(crate) fn settle(&mut self, now_ms: u64) {
        let due = self.keys.iter().any(
            |key| matches!(key.status, KeyStatus::Next { effective_at_ms } if effective_at_ms <= now_ms),
        );
        if !due {
            return;
        }
        self.keys.retain(|key| key.status != KeyStatus::Previous);
        for key in &mut self.keys {
            key.status = match key.status {
                KeyStatus::Current => KeyStatus::Previous,
                KeyStatus::Next { .. } | KeyStatus::Previous => KeyStatus::Current,
            };
        }
    }

    /// Adds a key: it signs at once, or after `grace_s` seconds during which it is only published.
    pub(crate) fn rotate(&mut self, now_ms: u64, grace_s: Option<u64>) -> Result<(), KeyError> {
        let status = match grace_s {
            Some(grace) if grace > 0 => KeyStatus::Next { effective_at_ms: now_ms + grace * 1000 },
            Some(_) | None => KeyStatus::Current,
        };
        let key = SigningKey::generate(now_ms / 1000, status)?;
        if status == KeyStatus::Current {
            self.keys.retain(|old| old.status == KeyStatus::Current);
            for old in &mut self.keys {
                old.status = KeyStatus::Previous;
            }
        } else {
            self.keys.retain(|old| !matches!(old.status, KeyStatus::Next { .. }));
        }
        self.keys.insert(0, key);
        Ok(())
    }

    /// Removes every previous key. Returns whether there was one.
    pub(crate) fn remove_previous(&mut self) -> bool {
        let before = self.keys.len();
        self.keys.retain(|key| key.status != KeyStatus::Previous);
        self.keys.len() < before
    }

    /// Removes the key with this id.
    pub(crate) fn remove(&mut self, id: &str) {
        self.keys.retain(|key| key.id != id);
    }

    /// Returns all keys, newest first.
    pub(crate) fn keys(&self) -> &[SigningKey] {
        &self.keys
    }

    /// Returns the key that signs now.
    pub(crate) fn current(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.status == KeyStatus::Current)
    }

    /// Returns the published key set.
    pub(crate) fn jwks(&self) -> Value {
        json!({"keys": self.keys.iter().map(SigningKey::jwk).collect::<Vec<_>>()})
    }

    /// Checks a token's signature and expiry and returns its claims.
    pub(crate) fn verify(&self, token: &str, now_s: u64) -> Result<Value, TokenFault> {
        let claims = self.verify_signature(token)?;
        match claims.get("exp").and_then(Value::as_u64) {
            Some(exp) if exp > now_s => Ok(claims),
            Some(_) => Err(TokenFault::Expired),
            None => Err(TokenFault::WrongClaim),
        }
    }

    /// Checks a token's signature only (an ID-token hint may be old).
    pub(crate) fn verify_signature(&self, token: &str) -> Result<Value, TokenFault> {
        let (input, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = input.split_once('.').ok_or(TokenFault::Malformed)?;
        let header = decode_json(header).ok_or(TokenFault::Malformed)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenFault::Malformed)?;
        if header.get("alg").and_then(Value::as_str) != Some("ES384") {
            return Err(TokenFault::NoMatchingKey);
        }
        let kid = header.get("kid").and_then(Value::as_str);
        let key = self
            .keys
            .iter()
            .find(|key| kid.is_none_or(|wanted| wanted == key.kid))
            .ok_or(TokenFault::NoMatchingKey)?;
        if !key.verifies(input.as_bytes(), &signature) {
            return Err(TokenFault::BadSignature);
        }
        decode_json(payload).ok_or(TokenFault::Malformed)
    }
}

fn decode_json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_token_verifies_until_it_expires() {
        let ring = KeyRing::new(0).unwrap();
        let key = ring.current().unwrap();
        let token = key.sign(&json!({"alg": "ES384", "kid": key.kid}), &json!({"exp": 10})).unwrap();
        assert_eq!(ring.verify(&token, 9).unwrap()["exp"], 10);
        assert_eq!(ring.verify(&token, 10), Err(TokenFault::Expired));
        assert_eq!(ring.verify("garbage", 0), Err(TokenFault::Malformed));
    }

    #[test]
    fn rotation_publishes_the_previous_key_until_it_is_removed() {
        let mut ring = KeyRing::new(0).unwrap();
        let old = ring.current().unwrap().kid.clone();
        ring.rotate(1000, None).unwrap();
        assert_ne!(ring.current().unwrap().kid, old);
        assert_eq!(ring.keys().len(), 2);
        assert!(ring.remove_previous());
        assert_eq!(ring.keys().len(), 1);
        ring.rotate(2000, Some(3)).unwrap();
        let current = ring.current().unwrap().kid.clone();
        ring.settle(4000);
        assert_eq!(ring.current().unwrap().kid, current);
        ring.settle(5000);
        assert_ne!(ring.current().unwrap().kid, current);
    }
}
