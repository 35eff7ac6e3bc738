//! N5 and the issuer's half of N4: forged ID tokens, unknown keys, documents of another issuer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use account_api::error::{AppCode, Code};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::clock::START;
use crate::support::host::replace;
use crate::support::http::{Answer, Scripted};
use crate::support::scripts::{self, Issuer, MakeToken};
use crate::support::{Setup, TestUser, World};

const CLIENT: &str = "a-native-client";

/// Returns a world whose browser returns without `iss`: the scripted issuer does not promise one.
async fn world() -> World {
    let user = TestUser::ComesBackAtOnce { change: |url| replace(url, "iss", None) };
    World::with(Setup { user, ..Setup::default() }).await
}

fn claims(issuer: &str, nonce: &str) -> Value {
    let now = START / 1000;
    json!({
        "iss": issuer, "aud": CLIENT, "sub": "user-of-the-script", "nonce": nonce,
        "iat": now, "exp": now + 3600
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[tokio::test]
async fn n5_each_forged_id_token_is_refused_with_its_reason() {
    type Forge = fn(&logto_sandbox::Sandbox, Value) -> Option<String>;
    let cases: Vec<(&str, bool, Forge)> = vec![
        ("as it should be", true, |sandbox, good| {
            Some(sandbox.mint_access_token(&good, &json!({"typ": "JWT"})))
        }),
        ("no ID token", false, |_, _| None),
        ("another issuer", false, |sandbox, good| {
            let claims = with(good, "iss", "https://other.example.test".into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("no issuer", false, |sandbox, good| {
            Some(sandbox.mint_access_token(&without(good, "iss"), &json!({"typ": "JWT"})))
        }),
        ("another audience", false, |sandbox, good| {
            let claims = with(good, "aud", "another-client".into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("a second, untrusted audience", false, |sandbox, good| {
            let claims = with(good, "aud", json!([CLIENT, "another-client"]));
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("another authorised party", false, |sandbox, good| {
            let claims = with(good, "azp", "another-client".into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("the authorised party named", true, |sandbox, good| {
            let claims = with(good, "azp", CLIENT.into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("expired 61 s ago", false, |sandbox, good| {
            let claims = with(good, "exp", (START / 1000 - 61).into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("expired 59 s ago", true, |sandbox, good| {
            let claims = with(good, "exp", (START / 1000 - 59).into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("no expiry", false, |sandbox, good| {
            Some(sandbox.mint_access_token(&without(good, "exp"), &json!({"typ": "JWT"})))
        }),
        ("issued 61 s from now", false, |sandbox, good| {
            let claims = with(good, "iat", (START / 1000 + 61).into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("issued 59 s from now", true, |sandbox, good| {
            let claims = with(good, "iat", (START / 1000 + 59).into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("another nonce", false, |sandbox, good| {
            let claims = with(good, "nonce", "another-nonce".into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("no nonce", false, |sandbox, good| {
            Some(sandbox.mint_access_token(&without(good, "nonce"), &json!({"typ": "JWT"})))
        }),
        ("an empty user id", false, |sandbox, good| {
            let claims = with(good, "sub", "".into());
            Some(sandbox.mint_access_token(&claims, &json!({"typ": "JWT"})))
        }),
        ("an unpublished key", false, |sandbox, good| {
            Some(sandbox.sign_with_unknown_key(&good, &json!({"typ": "JWT"})))
        }),
        ("an unpublished key under a known id", false, |sandbox, good| {
            let header = json!({"typ": "JWT", "kid": sandbox.current_key_id()});
            Some(sandbox.sign_with_unknown_key(&good, &header))
        }),
        ("alg HS256", false, |sandbox, good| {
            Some(sandbox.mint_access_token(&good, &json!({"typ": "JWT", "alg": "HS256"})))
        }),
        ("alg RS256 with a key for ES384", false, |sandbox, good| {
            Some(sandbox.mint_access_token(&good, &json!({"typ": "JWT", "alg": "RS256"})))
        }),
        ("alg none", false, |_, good| {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            Some(format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(&good)))
        }),
        ("a critical header", false, |sandbox, good| {
            let header = json!({"typ": "JWT", "crit": ["surprise"], "surprise": true});
            Some(sandbox.mint_access_token(&good, &header))
        }),
        ("changed claims", false, |sandbox, good| {
            let token = sandbox.mint_access_token(&good, &json!({"typ": "JWT"}));
            let parts: Vec<&str> = token.split('.').collect();
            let changed = with(good, "sub", "another-user".into());
            Some(format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(changed.to_string()), parts[2]))
        }),
        ("not a token", false, |_, _| Some("not.a.token".to_owned())),
    ];
    let world = Arc::new(world().await);
    let keys = scripts::keys_of(&world.sandbox).await;
    for (case, accepted, forge) in cases {
        // The token needs the nonce of the attempt, so it is created when it is requested.
        let token = Arc::new(Mutex::new(None::<String>));
        let (made, forger, keys) = (Arc::clone(&token), Arc::clone(&world), keys.clone());
        let make: Box<MakeToken> = Box::new(move |issuer, nonce| {
            let forged = forge(&forger.sandbox, claims(issuer, nonce));
            (*made.lock().unwrap()).clone_from(&forged);
            forged
        });
        let issuer = Issuer::start(&world.host, CLIENT, move || keys.clone(), make).await;
        let kept = world.store.memory.names().len();
        let app = world.app_at(&issuer.settings.base);
        app.start().await;
        let result = app.sign_in().await;
        assert_eq!(issuer.asked_for("/token"), 1, "{case}");
        assert_eq!(result.is_ok(), accepted, "{case}: {result:?}");
        if let Err(error) = result {
            assert!(
                matches!(error.code(), Code::App(AppCode::SignInMismatch) | Code::App(AppCode::SignInFailed)),
                "{case}: {error:?}"
            );
            let text = format!("{error:?}");
            assert!(token.lock().unwrap().as_ref().is_none_or(|token| !text.contains(token)), "{case}");
            assert_eq!(world.store.memory.names().len(), kept, "{case}");
        }
    }
}

#[tokio::test]
async fn n5_unknown_key_is_fetched_once_and_at_most_once_a_minute() {
    let world = World::signed_in().await;
    world.app.sign_out(&world.alice(), false).await.unwrap();
    let fetched = world.requests_to("/oidc/jwks");
    // The app still holds the former key set.
    assert!(world.sandbox.rotate_signing_key());
    world.app.sign_in().await.unwrap();
    let after_rotation = world.requests_to("/oidc/jwks");
    assert!(after_rotation > fetched);

    // A token with an id that no key ever had: one look-up, then none for a minute.
    let world = self::world().await;
    let unknown = logto_sandbox::Sandbox::start(logto_sandbox::Options::default()).await.unwrap();
    let keys = scripts::keys_of(&world.sandbox).await;
    let lookups = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&lookups);
    let answer = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        keys.clone()
    };
    let make: Box<MakeToken> = Box::new(move |issuer, nonce| {
        Some(unknown.sign_with_unknown_key(&claims(issuer, nonce), &json!({"typ": "JWT"})))
    });
    let issuer = Issuer::start(&world.host, CLIENT, answer, make).await;
    let app = world.app_at(&issuer.settings.base);
    app.start().await;
    for (lookups_so_far, pause) in [(2, 0), (2, 30), (3, 31)] {
        world.advance(Duration::from_secs(pause));
        assert_eq!(app.sign_in().await.unwrap_err().code(), Code::App(AppCode::SignInMismatch));
        assert_eq!(lookups.load(Ordering::SeqCst), lookups_so_far, "after {pause} s more");
    }
}

/// The settings server names one issuer, whose document names another (the first half of a mix-up).
#[tokio::test]
async fn n4_discovery_document_of_another_issuer_is_refused() {
    let world = World::new().await;
    let honest = world.sandbox.issuer();
    let liar = Scripted::start(move |base, _| Answer::json(200, &scripts::discovery(base, &honest))).await;
    let named = liar.base.clone();
    let settings =
        Scripted::start(move |base, _| Answer::json(200, &scripts::metadata(base, &named, CLIENT))).await;
    let app = world.app_at(&settings.base);
    app.start().await;
    assert_eq!(app.sign_in().await.unwrap_err().code(), Code::App(AppCode::IssuerNotTrusted));
    assert!(world.host.seen(|seen| seen.opened.is_empty()), "no browser for such an issuer");
    assert!(liar.asked().iter().all(|asked| asked.target != "/token"));
}

/// The mix-up itself: the answer of an honest issuer arrives in a sign-in that started at another one, which would
/// otherwise get the code.
#[tokio::test]
async fn n4_code_of_another_issuer_is_never_sent() {
    let change = |url: &mut url::Url| replace(url, "iss", Some("https://honest.example.test/oidc"));
    let user = TestUser::ComesBackAtOnce { change };
    let world = World::with(Setup { user, ..Setup::default() }).await;
    let attacker = Issuer::start(&world.host, CLIENT, || json!({"keys": []}), Box::new(|_, _| None)).await;
    let app = world.app_at(&attacker.settings.base);
    app.start().await;
    assert_eq!(app.sign_in().await.unwrap_err().code(), Code::App(AppCode::SignInMismatch));
    assert_eq!(attacker.asked_for("/token"), 0);
}
