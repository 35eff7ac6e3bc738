//! The keys of the OpenID provider: RS256 and ES256. Written by hand, as Logto's are, because forged tokens need signatures
//! that a careful library refuses to write.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::keys::{KeyError, coordinates};

/// Both keys.
pub(super) struct ProviderKeys {
    rsa: RsaKeyPair,
    rsa_jwk: Value,
    ec: EcdsaKeyPair,
    ec_jwk: Value,
}

impl ProviderKeys {
    pub(super) fn generate() -> Result<Self, KeyError> {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError)?;
        let (n, e) = modulus_and_exponent(rsa.public_key().as_ref()).ok_or(KeyError)?;
        let kid = thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
        let rsa_jwk = json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e});
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError)?;
        let (x, y) = coordinates(ec.public_key().as_ref());
        let kid = thumbprint(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
        let ec_jwk =
            json!({"kty": "EC", "use": "sig", "alg": "ES256", "kid": kid, "crv": "P-256", "x": x, "y": y});
        Ok(Self { rsa, rsa_jwk, ec, ec_jwk })
    }

    /// Returns the published key set.
    pub(super) fn jwks(&self) -> Value {
        json!({ "keys": [self.rsa_jwk, self.ec_jwk] })
    }

    /// Signs claims with `RS256` or `ES256`; any other algorithm leaves the signature empty.
    pub(super) fn sign(&self, algorithm: &str, claims: &Value) -> Result<String, KeyError> {
        let jwk = if algorithm == "ES256" { &self.ec_jwk } else { &self.rsa_jwk };
        let header = json!({"alg": algorithm, "typ": "JWT", "kid": jwk["kid"]});
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let random = SystemRandom::new();
        let signature = match algorithm {
            "ES256" => self.ec.sign(&random, input.as_bytes()).map_err(|_| KeyError)?.as_ref().to_vec(),
            "RS256" => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                self.rsa
                    .sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature)
                    .map_err(|_| KeyError)?;
                signature
            }
            _ => Vec::new(),
        };
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Returns the thumbprint of a key (RFC 7638).
fn thumbprint(members: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()).as_ref())
}

/// Reads an RSA public key of 2048 bits (PKCS #1): a sequence of two integers, the first with a leading zero.
fn modulus_and_exponent(der: &[u8]) -> Option<(String, String)> {
    let modulus = der.strip_prefix(&[0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00])?;
    let (modulus, rest) = modulus.split_at_checked(256)?;
    let exponent = rest.strip_prefix(&[0x02, 0x03])?;
    Some((URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent)))
}
