//! Signed tokens in compact form (RFC 7515 §7.1): which headers are accepted, and the claims once the signature holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::auth::jwks::SigningKey;

/// Returns the algorithm of this name: asymmetric ones only, never `none` nor a shared secret. `Ed25519` is RFC 9864's
/// name of EdDSA with that curve.
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

/// A signed token whose signature is not verified yet.
pub(crate) struct SignedToken<'a> {
    /// The id of the key that signed it.
    pub(crate) key_id: String,
    algorithm: Algorithm,
    media_type: Option<String>,
    /// What the signature is about: header and claims.
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> SignedToken<'a> {
    /// Parses a token. Returns `None` unless its header names an accepted algorithm and a key id, and no critical
    /// extension (RFC 7515 §4.1.11): none is understood here.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            kid: String,
            typ: Option<String>,
            #[serde(default)]
            crit: Value,
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        // A map first: a structure can also be read from a list, which is no header.
        let header: Map<String, Value> = decode(header)?;
        let Header { alg, kid, typ, crit } = serde_json::from_value(Value::Object(header)).ok()?;
        let algorithm = algorithm(&alg).filter(|_| crit.is_null())?;
        Some(Self { key_id: kid, algorithm, media_type: typ, message, claims, signature })
    }

    /// Whether `typ` (RFC 7515 §4.1.9) is one of these, ASCII case aside, or absent.
    pub(crate) fn is_of_type(&self, types: &[&str]) -> bool {
        self.media_type.as_deref().is_none_or(|typ| types.iter().any(|known| known.eq_ignore_ascii_case(typ)))
    }

    /// Verifies the signature, and reads the claims. Issuer, audience and times are the caller's to check.
    pub(crate) fn verified<T: DeserializeOwned>(&self, key: &SigningKey) -> Option<T> {
        let Self { algorithm, message, signature, .. } = *self;
        let holds = key.algorithms.contains(&algorithm)
            && jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.key, algorithm) == Ok(true);
        if holds { decode(self.claims) } else { None }
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
    use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData as _};
    use serde_json::{Value, json};

    use super::{SignedToken, algorithm};
    use crate::auth::jwks::SigningKey;

    #[test]
    fn b1_key_verifies_its_own_algorithms_alone() {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(json!({ "alg": "EdDSA", "kid": "a" }).to_string()),
            URL_SAFE_NO_PAD.encode("{}")
        );
        let key = EncodingKey::from_ed_der(pair.serialized_der());
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).unwrap();
        let token = format!("{message}.{signature}");
        let is_verified = |algorithms| {
            let key = SigningKey { key: DecodingKey::from_ed_der(pair.der_bytes()), algorithms };
            SignedToken::parse(&token).unwrap().verified::<Value>(&key).is_some()
        };
        assert!(is_verified(vec![Algorithm::EdDSA]));
        assert!(!is_verified(vec![Algorithm::ES256, Algorithm::RS256]));
        assert!(!is_verified(vec![]));
    }

    #[test]
    fn b1_header_that_is_a_list_is_none() {
        let header = URL_SAFE_NO_PAD.encode(r#"["EdDSA","a",null,null]"#);
        assert!(SignedToken::parse(&format!("{header}.e30.x")).is_none());
    }

    proptest! {
        #[test]
        fn fuzz_token_headers_never_panic(head in "\\PC{0,80}", rest in "\\PC{0,40}") {
            let encoded = URL_SAFE_NO_PAD.encode(&head);
            for token in [format!("{head}.{rest}.x"), format!("{encoded}.{rest}.x"), rest] {
                prop_assert!(SignedToken::parse(&token).is_none(), "no random text has a key id");
            }
        }

        #[test]
        fn fuzz_only_listed_algorithms_pass(alg in "none|None|HS256|HS512|ES256|ES384|ES512|RS256|PS256|EdDSA|Ed25519|[A-Z0-9]{1,6}") {
            let head = serde_json::json!({ "alg": alg, "kid": "a" }).to_string();
            let token = format!("{}.e30.x", URL_SAFE_NO_PAD.encode(head));
            prop_assert_eq!(SignedToken::parse(&token).is_some(), algorithm(&alg).is_some());
            prop_assert!(algorithm(&alg).is_none() || !(alg.starts_with("HS") || alg.eq_ignore_ascii_case("none")));
        }
    }
}
