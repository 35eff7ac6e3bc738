//! Metadata, keys and tokens in which other identity providers and tenants differ from Logto: the parts that are used
//! are read (N4, N5).

use std::sync::Arc;

use account_api::app::AppState;
use account_core::{App, Error};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData as _};
use serde_json::{Value, json};

use crate::support::clock::START;
use crate::support::host::replace;
use crate::support::scripts::{self, Issuer, MakeToken};
use crate::support::{Setup, TestUser, World};

const CLIENT: &str = "a-native-client";

async fn world() -> Arc<World> {
    let user = TestUser::ComesBackAtOnce { change: |url| replace(url, "iss", None) };
    Arc::new(World::with(Setup { user, ..Setup::default() }).await)
}

fn claims(issuer: &str, nonce: &str) -> Value {
    let now = START / 1000;
    json!({
        "iss": issuer, "aud": CLIENT, "sub": "user-of-the-script", "nonce": nonce,
        "iat": now, "exp": now + 3600
    })
}

/// Signs in at an issuer with this document, these keys and these tokens.
async fn sign_in(
    world: &World,
    document: fn(&str) -> Value,
    keys: Value,
    make: Box<MakeToken>,
) -> (Arc<App>, Result<(), Error>) {
    let issuer = Issuer::with_document(&world.host, CLIENT, document, move || keys.clone(), make).await;
    let app = world.app_at(&issuer.settings.base);
    app.start().await;
    let result = app.sign_in().await;
    (app, result)
}

fn with(base: &str, name: &str, value: Value) -> Value {
    let mut document = scripts::discovery(base, base);
    document[name] = value;
    document
}

#[tokio::test]
async fn n4_unusual_metadata_is_accepted_where_used_parts_are_valid() {
    let world = world().await;
    let keys = scripts::keys_of(&world.sandbox).await;
    let documents: [fn(&str) -> Value; 8] = [
        |base| with(base, "authorization_response_iss_parameter_supported", Value::Null),
        |base| with(base, "authorization_response_iss_parameter_supported", "true".into()),
        |base| with(base, "end_session_endpoint", "".into()),
        |base| with(base, "end_session_endpoint", Value::Null),
        |base| with(base, "revocation_endpoint", "".into()),
        |base| with(base, "userinfo_endpoint", "".into()),
        |base| with(base, "registration_endpoint", json!([])),
        |base| with(base, "response_types_supported", "code".into()),
    ];
    for (number, document) in documents.into_iter().enumerate() {
        let signer = Arc::clone(&world);
        let make: Box<MakeToken> = Box::new(move |issuer, nonce| {
            Some(signer.sandbox.mint_access_token(&claims(issuer, nonce), &json!({"typ": "JWT"})))
        });
        let (_, result) = sign_in(&world, document, keys.clone(), make).await;
        assert!(result.is_ok(), "document {number}: {result:?}");
    }
}

#[tokio::test]
async fn n5_unread_claims_may_have_any_shape() {
    let world = world().await;
    let keys = scripts::keys_of(&world.sandbox).await;
    let unusual = [
        ("email_verified", json!("true")),
        ("updated_at", json!("2026-03-01T00:00:00Z")),
        ("address", json!("1 Example Street")),
        ("birthdate", json!(1990)),
        ("name", json!({"given": "A"})),
        ("auth_time", json!("yesterday")),
        ("amr", json!("pwd")),
    ];
    for (name, value) in unusual {
        let signer = Arc::clone(&world);
        let make: Box<MakeToken> = Box::new(move |issuer, nonce| {
            let mut claims = claims(issuer, nonce);
            claims[name] = value.clone();
            Some(signer.sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        });
        let document = |base: &str| scripts::discovery(base, base);
        let (app, result) = sign_in(&world, document, keys.clone(), make).await;
        assert!(result.is_ok(), "{name}: {result:?}");
        assert!(matches!(app.state(), AppState::SignedIn { .. }), "{name}");
    }
}

/// RFC 9864 names EdDSA with this curve; RFC 8037 has the older name. Unusable keys do not make the set unusable.
#[tokio::test]
async fn n5_ed25519_is_another_name_of_eddsa() {
    let world = world().await;
    let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let x = URL_SAFE_NO_PAD.encode(pair.der_bytes());
    for (in_the_token, in_the_key) in [("Ed25519", "Ed25519"), ("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")] {
        let keys = json!({"keys": [
            {"kty": "EC", "crv": "secp256k1", "kid": "a", "alg": "ES256K", "x": "AA", "y": "AA"},
            {"kty": "AKP", "kid": "b", "alg": "ML-DSA-44", "pub": "AA"},
            {"kty": "OKP", "crv": "Ed25519", "kid": "c", "alg": in_the_key, "use": "sig", "x": x},
        ]});
        let key = EncodingKey::from_ed_der(pair.serialized_der());
        let make: Box<MakeToken> = Box::new(move |issuer, nonce| {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let header = json!({"alg": in_the_token, "typ": "JWT", "kid": "c"});
            let message = format!("{}.{}", part(&header), part(&claims(issuer, nonce)));
            let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).unwrap();
            Some(format!("{message}.{signature}"))
        });
        let document = |base: &str| scripts::discovery(base, base);
        let (_, result) = sign_in(&world, document, keys, make).await;
        assert!(result.is_ok(), "{in_the_token}, {in_the_key}: {result:?}");
    }
}
