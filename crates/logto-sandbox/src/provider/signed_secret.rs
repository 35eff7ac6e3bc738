//! A client secret that is a JWT, as Apple wants it (RFC 7523 §3): signed with ES256 by a key of the client's. And an ID token
//! the other way round: authenticated with the client secret.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The longest that a secret may be valid, in seconds: six months.
const LONGEST_S: u64 = 15_777_000;

/// Whether a connector's client signs its secrets: its configuration has `clientSecretKey`, the public key in base64.
pub(super) fn is_wanted(config: &Value) -> bool {
    config["clientSecretKey"].is_string()
}

/// Whether a secret is signed by the connector's key (`clientSecretKey`, `keyId`, `teamId`), for this issuer, now.
pub(super) fn is_valid(config: &Value, secret: &str, issuer: &str, now_s: u64) -> bool {
    verified(config, secret).is_some_and(|claims| {
        let until = claims["exp"].as_u64().unwrap_or_default();
        claims["iss"] == config["teamId"]
            && claims["sub"] == config["clientId"]
            && claims["aud"] == issuer
            && claims["iat"].as_u64().is_some_and(|from| from <= now_s)
            && (now_s..now_s + LONGEST_S).contains(&until)
    })
}

/// Returns the claims, if the signature holds.
fn verified(config: &Value, secret: &str) -> Option<Value> {
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let (signed, signature) = secret.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header = json(header)?;
    if header["alg"] != "ES256" || header["kid"] != config["keyId"] {
        return None;
    }
    let key = STANDARD.decode(config["clientSecretKey"].as_str()?).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(signed.as_bytes(), &signature).ok()?;
    json(claims)
}

/// Returns claims with a MAC by the client secret (`HS256`).
pub(super) fn by_client_secret(config: &Value, claims: &Value) -> String {
    let encoded = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", encoded(&json!({ "alg": "HS256", "typ": "JWT" })), encoded(claims));
    let key =
        hmac::Key::new(hmac::HMAC_SHA256, config["clientSecret"].as_str().unwrap_or_default().as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}
