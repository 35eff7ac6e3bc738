//! B1–B3 and the bounds of decisions 9 and 18: which tokens are accepted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData as _};
use serde_json::{Value, json};

use crate::support::{ALL_SCOPES, Answer, Stage, read};

/// Asserts that a 401 discloses nothing, except where to learn how to get a token.
fn assert_plain_refusal(answer: &Answer, stage: &Stage, case: &str) {
    assert_eq!(answer.outcome(), (401, "unauthorized"), "{case}: {}", answer.text);
    let metadata = stage.root_url("/.well-known/oauth-protected-resource/api");
    assert_eq!(
        answer.header("www-authenticate"),
        format!("Bearer resource_metadata=\"{metadata}\""),
        "{case}"
    );
    let members: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["code", "message", "request_id"], "{case}");
    assert_eq!(answer.body["message"], "the access token is missing or not valid", "{case}");
}

#[tokio::test]
async fn b1_a_good_token_is_accepted() {
    let stage = Stage::new().await;
    let answer = stage.alice().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["user_id"], stage.sandbox.user_id("alice"));

    let untyped = stage.mint(&stage.claims("alice", ALL_SCOPES), &json!({ "typ": null }));
    assert_eq!(stage.account(&untyped).await.status, 200, "typ is checked only where it is given");
    let mut listed = stage.claims("alice", ALL_SCOPES);
    listed["aud"] = json!([stage.server.base_url()]);
    assert_eq!(stage.account(&stage.mint(&listed, &json!({}))).await.status, 200, "aud as a list of one");
}

#[tokio::test]
async fn b1_forged_tokens_are_refused_without_detail() {
    let stage = Stage::new().await;
    let now = stage.sandbox.clock().now_unix_s();
    let with = |name: &str, value: Value| {
        let mut claims = stage.claims("alice", ALL_SCOPES);
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        stage.mint(&claims, &json!({}))
    };
    let header = |header: Value| stage.mint(&stage.claims("alice", ALL_SCOPES), &header);
    let good = stage.token("alice", ALL_SCOPES);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let other_user = stage.token("bob", ALL_SCOPES);
    let mut parts = good.split('.');
    let (head, _, tail) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let cases = [
        ("not a token", "nonsense".to_owned()),
        ("two parts", message.to_owned()),
        ("no signature", format!("{message}.")),
        ("a cut signature", format!("{message}.{}", &signature[..signature.len() - 4])),
        ("another token's payload", format!("{head}.{}.{tail}", other_user.split('.').nth(1).unwrap())),
        ("alg none", header(json!({ "alg": "none" }))),
        ("alg HS256", header(json!({ "alg": "HS256" }))),
        ("alg of another curve", header(json!({ "alg": "ES256" }))),
        ("alg RS256 on a curve's key", header(json!({ "alg": "RS256" }))),
        ("typ JWT", header(json!({ "typ": "JWT" }))),
        ("typ of an ID token", header(json!({ "typ": "id_token+jwt" }))),
        ("a critical header", header(json!({ "crit": ["exp"] }))),
        ("no kid", header(json!({ "kid": null }))),
        ("an unknown kid", header(json!({ "kid": "unknown" }))),
        ("another key under a known kid", {
            let kid = stage.sandbox.current_key_id();
            stage.sandbox.sign_with_unknown_key(&stage.claims("alice", ALL_SCOPES), &json!({ "kid": kid }))
        }),
        ("no iss", with("iss", Value::Null)),
        ("another iss", with("iss", json!("https://evil.example/oidc"))),
        ("iss with a slash", with("iss", json!(format!("{}/", stage.sandbox.issuer())))),
        ("no aud", with("aud", Value::Null)),
        ("another aud", with("aud", json!("https://default.logto.app/api"))),
        ("aud with a slash", with("aud", json!(format!("{}/", stage.server.base_url())))),
        ("aud among others", with("aud", json!([stage.server.base_url(), "https://other.example"]))),
        ("aud as an object", with("aud", json!({ "x": stage.server.base_url() }))),
        ("no exp", with("exp", Value::Null)),
        ("exp 61 s ago", with("exp", json!(now - 61))),
        ("exp as text", with("exp", json!("tomorrow"))),
        ("nbf in 61 s", with("nbf", json!(now + 61))),
        ("no scope", with("scope", Value::Null)),
        ("no client_id", with("client_id", Value::Null)),
        ("an empty client_id", with("client_id", json!(""))),
        ("no sub", with("sub", Value::Null)),
        ("an empty sub", with("sub", json!(""))),
        ("sub is a path", with("sub", json!(".."))),
        ("longer than 8 KiB", with("padding", json!("x".repeat(9000)))),
    ];
    for (case, token) in &cases {
        let answer = stage.account(token).await;
        assert_plain_refusal(&answer, &stage, case);
    }
    assert_eq!(
        stage.account(&with("exp", json!(now - 59))).await.status,
        200,
        "exp 59 s ago: within the skew"
    );
    assert_eq!(
        stage.account(&with("nbf", json!(now + 59))).await.status,
        200,
        "nbf in 59 s: within the skew"
    );
    assert_eq!(stage.account(&good).await.status, 200, "the token they were made from");
}

#[tokio::test]
async fn b1_the_authorization_header_is_one_bearer_token() {
    let stage = Stage::new().await;
    let token = stage.token("alice", ALL_SCOPES);
    let account = || stage.http.get(stage.url("/account"));
    for (case, request) in [
        ("none", account()),
        ("basic", account().basic_auth("alice", Some(&token))),
        ("no scheme", account().header("authorization", &token)),
        ("empty", account().header("authorization", "Bearer ")),
        ("two", account().bearer_auth(&token).header("authorization", format!("Bearer {token}"))),
        ("in the query", stage.http.get(stage.url(&format!("/account?access_token={token}")))),
    ] {
        assert_plain_refusal(&read(request).await, &stage, case);
    }
    let lower = read(account().header("authorization", format!("bearer {token}"))).await;
    assert_eq!(lower.status, 200, "the scheme's case does not matter");
}

#[tokio::test]
async fn b1_each_operation_demands_its_scope() {
    let stage = Stage::new().await;
    let edit = crate::support::change("name", "Alice Example", "Alice B. Example");
    let denied = |answer: &Answer, scope: &str, case: &str| {
        assert_eq!(answer.outcome(), (403, "insufficient_scope"), "{case}");
        let challenge = answer.header("www-authenticate");
        let wanted = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        assert!(challenge.starts_with(&wanted), "{case}: {challenge}");
    };
    for scope in
        ["", "account:write account:security account:delete", "account:readx", "Account:Read", "openid"]
    {
        denied(&stage.account(&stage.token("alice", scope)).await, "account:read", scope);
    }
    for scope in [
        "",
        "account:read",
        "account:read account:security account:delete",
        "account:write",
        "account:write account:security account:delete",
    ] {
        let token = stage.token("alice", scope);
        for path in ["/account", "/account/profile", "/account/preferences"] {
            denied(&stage.patch(path, &token, &edit).await, "account:read account:write", path);
        }
    }
    assert_eq!(stage.account(&stage.token("alice", "account:read")).await.status, 200);
    assert_eq!(stage.sandbox.user_json("alice")["name"], "Alice Example");
    let both = stage.token("alice", "account:write account:read");
    assert_eq!(stage.patch("/account", &both, &edit).await.status, 200);
}

#[tokio::test]
async fn b1_audience_only_demands_no_scope() {
    let stage =
        Stage::with(|config| config.access.scopes = settings_server::config::ScopeRule::AudienceOnly).await;
    let token = stage.token("norole", "");
    assert_eq!(stage.account(&token).await.status, 200);
    let edit = crate::support::change("name", "Nora Role", "Nora");
    assert_eq!(stage.patch("/account", &token, &edit).await.status, 200);
    let mut other = stage.claims("alice", "");
    other["aud"] = json!("https://other.example");
    assert_eq!(stage.account(&stage.mint(&other, &json!({}))).await.status, 401);
}

#[tokio::test]
async fn b2_tokens_that_belong_to_no_user_are_refused() {
    let stage = Stage::new().await;
    let client = stage.sandbox.native_client_id();
    let with = |changes: Value| {
        let mut claims = stage.claims("alice", ALL_SCOPES);
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        stage.mint(&claims, &json!({}))
    };
    for (case, changes) in [
        ("sub is the client", json!({ "sub": client })),
        (
            "a machine's token",
            json!({ "sub": stage.sandbox.m2m_client_id(), "client_id": stage.sandbox.m2m_client_id() }),
        ),
        ("an organization token", json!({ "organization_id": "org000000001" })),
        ("an organization's audience", json!({ "aud": "urn:logto:organization:org000000001" })),
    ] {
        assert_plain_refusal(&stage.account(&with(changes)).await, &stage, case);
    }
}

#[tokio::test]
async fn b2_no_route_takes_a_user_id() {
    for route in settings_server::routes() {
        // `b44_…_foreign_ids_are_not_found` tries other users' ids; callbacks name a connector or a page.
        let named = ["/sessions/{id}", "/grants/{id}", "/callback/social/{id}", "/callback/return/{id}"];
        assert!(named.contains(&route.path) || !route.path.contains(['{', '*']), "{}", route.path);
    }
    let stage = Stage::new().await;
    let bob = stage.sandbox.user_id("bob");
    let token = stage.token("alice", ALL_SCOPES);
    for query in [format!("?user_id={bob}"), format!("?sub={bob}"), format!("?userId={bob}")] {
        let answer = stage.get(&format!("/account{query}"), &token).await;
        assert_eq!(answer.body["user_id"], stage.sandbox.user_id("alice"), "{query}");
    }
    let answer = stage.get(&format!("/account/{bob}"), &token).await;
    assert_eq!(answer.outcome(), (404, "not_found"));
}

#[tokio::test]
async fn b2_every_scoped_route_refuses_a_request_without_token() {
    let stage = Stage::new().await;
    let public_url = settings_server::config::PublicUrl::parse(stage.server.base_url()).unwrap();
    let mut open = Vec::new();
    for route in settings_server::routes() {
        let url = format!("{}{}", public_url.origin(), route.full_path(&public_url));
        let method = route.method.parse().unwrap();
        let answer = read(stage.http.request(method, url).json(&json!({}))).await;
        match route.scopes {
            [_, ..] => assert_plain_refusal(&answer, &stage, route.operation),
            [] => {
                assert!(answer.status == 200 || route.path.contains("/callback/"), "{}", route.operation);
                open.push(route.operation);
            }
        }
    }
    assert_eq!(open.join(" "), "social_callback social_callback_form social_return metadata_read live ready");
}

#[tokio::test]
async fn b5_a_sub_that_looks_like_a_path_stays_one_segment() {
    let stage = Stage::new().await;
    for (subject, path) in [
        ("../../x", "/api/users/..%2F..%2Fx"),
        ("bob000000002/roles", "/api/users/bob000000002%2Froles"),
        ("%2e%2e", "/api/users/%252e%252e"),
        ("bob000000002?x=1", "/api/users/bob000000002%3Fx%3D1"),
        ("bob000000002#x", "/api/users/bob000000002%23x"),
    ] {
        let mut claims = stage.claims("alice", ALL_SCOPES);
        claims["sub"] = json!(subject);
        stage.sandbox.clear_request_log();
        let answer = stage.account(&stage.mint(&claims, &json!({}))).await;
        assert_eq!(answer.outcome(), (401, "account_not_found"), "{subject}");
        let log = stage.sandbox.request_log();
        let of_users: Vec<&str> = log
            .iter()
            .map(|request| request.path.as_str())
            .filter(|request| request.starts_with("/api/users"))
            .collect();
        assert!(of_users.contains(&path), "{subject}: {of_users:?}");
        let stays = |one: &&str| *one == path || *one == format!("{path}/mfa-verifications");
        assert!(of_users.iter().all(stays), "{subject}: {of_users:?}");
    }
}

#[tokio::test]
async fn b3_a_token_of_another_client_may_do_nothing() {
    let stage = Stage::with(|config| config.access.further_client_ids = vec!["second-app".to_owned()]).await;
    let of = |client: &str| {
        let mut claims = stage.claims("alice", ALL_SCOPES);
        claims["client_id"] = json!(client);
        stage.mint(&claims, &json!({}))
    };
    let edit = crate::support::change("name", "Alice Example", "Mallory");
    for client in ["third-party-app", "SECOND-APP", "second-app "] {
        assert_eq!(stage.account(&of(client)).await.outcome(), (403, "client_not_allowed"), "{client}");
        assert_eq!(
            stage.patch("/account", &of(client), &edit).await.outcome(),
            (403, "client_not_allowed"),
            "{client}"
        );
    }
    assert_eq!(stage.sandbox.user_json("alice")["name"], "Alice Example");
    assert_eq!(stage.account(&of("second-app")).await.status, 200);
    // A fault of the token comes first: a client with a bad token learns nothing about accepted clients.
    let mut claims = stage.claims("alice", ALL_SCOPES);
    claims["client_id"] = json!("third-party-app");
    claims["exp"] = json!(1);
    assert_plain_refusal(
        &stage.account(&stage.mint(&claims, &json!({}))).await,
        &stage,
        "expired and foreign",
    );
}

#[tokio::test]
async fn b1_keys_are_fetched_once_and_again_after_a_minute() {
    let stage = Stage::new().await;
    for _ in 0..5 {
        assert_eq!(stage.alice().await.status, 200);
    }
    assert_eq!(stage.request_count("/oidc/jwks"), 1);
    stage.advance(59);
    assert_eq!(stage.alice().await.status, 200);
    assert_eq!(stage.request_count("/oidc/jwks"), 1);
    stage.advance(1);
    assert_eq!(stage.alice().await.status, 200);
    assert_eq!(stage.request_count("/oidc/jwks"), 2);
}

#[tokio::test]
async fn b1_new_key_is_found_at_once_and_forged_kids_fetch_nothing() {
    let stage = Stage::new().await;
    assert_eq!(stage.alice().await.status, 200);
    assert!(stage.sandbox.rotate_signing_key());
    assert_eq!(stage.alice().await.status, 200, "the new key is not in the cached set");
    assert_eq!(stage.request_count("/oidc/jwks"), 2);
    let stranger = |number: u32| {
        stage.mint(&stage.claims("alice", ALL_SCOPES), &json!({ "kid": format!("unknown-{number}") }))
    };
    let assert_not_known_yet = |answer: &Answer| {
        assert_eq!(answer.outcome(), (503, "upstream_unavailable"), "it is unknown, so no 401");
        assert_eq!(answer.header("retry-after"), "1");
    };
    for number in 0..20 {
        assert_not_known_yet(&stage.account(&stranger(number)).await);
    }
    assert!(stage.sandbox.rotate_signing_key());
    assert_not_known_yet(&stage.alice().await);
    assert_eq!(stage.request_count("/oidc/jwks"), 2, "unknown key ids within a second fetch nothing");
    stage.advance(1);
    assert_eq!(stage.alice().await.status, 200);
    assert_eq!(stage.request_count("/oidc/jwks"), 3);
    stage.advance(1);
    assert_plain_refusal(&stage.account(&stranger(20)).await, &stage, "Logto was asked and has no such key");
    assert_eq!(stage.request_count("/oidc/jwks"), 4);
}

#[tokio::test]
async fn b1_concurrent_requests_with_a_new_key_are_accepted() {
    let stage = Stage::new().await;
    assert_eq!(stage.alice().await.status, 200);
    assert!(stage.sandbox.rotate_signing_key());
    stage.fault("/oidc/jwks", "GET", logto_sandbox::FaultAction::Delay(100), None);
    let token = stage.token("alice", ALL_SCOPES);
    for answer in futures_util::future::join_all((0..20).map(|_| stage.account(&token))).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_eq!(stage.request_count("/oidc/jwks"), 2, "one fetch for all");
}

#[tokio::test]
async fn b1_failed_key_fetch_is_retried_for_the_next_request() {
    let stage = Stage::new().await;
    assert_eq!(stage.alice().await.status, 200);
    assert!(stage.sandbox.rotate_signing_key());
    stage.fault("/oidc/jwks", "GET", logto_sandbox::FaultAction::Status(503, None), Some(1));
    let token = stage.token("alice", ALL_SCOPES);
    assert_eq!(stage.account(&token).await.outcome(), (503, "upstream_unavailable"));
    assert_eq!(stage.account(&token).await.status, 200, "the same token, the same second");
}

#[tokio::test]
async fn b1_a_removed_key_is_refused_within_a_minute() {
    let stage = Stage::new().await;
    let old = stage.token("alice", ALL_SCOPES);
    assert_eq!(stage.account(&old).await.status, 200);
    assert!(stage.sandbox.rotate_signing_key());
    assert!(stage.sandbox.remove_previous_signing_key());
    assert_eq!(stage.account(&old).await.status, 200, "the cached key set still has it");
    stage.advance(60);
    assert_plain_refusal(&stage.account(&old).await, &stage, "after a minute");
    assert_eq!(stage.alice().await.status, 200, "a token of the new key");
}

#[tokio::test]
async fn b1_a_changed_key_set_empties_the_memory_of_tokens() {
    let stage = Stage::new().await;
    let old = stage.token("alice", ALL_SCOPES);
    assert_eq!(stage.account(&old).await.status, 200);
    assert!(stage.sandbox.rotate_signing_key());
    assert!(stage.sandbox.remove_previous_signing_key());
    // A token of the new key makes the server fetch: from then on the old one is not accepted, remembered or not.
    assert_eq!(stage.alice().await.status, 200);
    assert_eq!(
        stage.account(&old).await.status,
        503,
        "in the same second it is as good as an even newer key"
    );
    stage.advance(1);
    assert_plain_refusal(&stage.account(&old).await, &stage, "after the new set was seen");
}

#[tokio::test]
async fn b1_a_remembered_token_ends_with_its_key() {
    let stage = Stage::new().await;
    assert_eq!(stage.alice().await.status, 200, "the keys are fetched");
    stage.advance(30);
    let old = stage.token("alice", ALL_SCOPES);
    assert_eq!(stage.account(&old).await.status, 200, "remembered for a minute from here on");
    assert!(stage.sandbox.rotate_signing_key());
    assert!(stage.sandbox.remove_previous_signing_key());
    stage.advance(30);
    assert_plain_refusal(&stage.account(&old).await, &stage, "the keys are fetched again, and its is gone");
}

#[tokio::test]
async fn b1_a_remembered_token_ends_with_its_exp() {
    let stage = Stage::new().await;
    let mut claims = stage.claims("alice", ALL_SCOPES);
    // Its `exp` is over, but within the skew: it is accepted, and must not be remembered for a minute.
    claims["exp"] = json!(stage.sandbox.clock().now_unix_s() - 30);
    let token = stage.mint(&claims, &json!({}));
    assert_eq!(stage.account(&token).await.status, 200);
    stage.advance(30);
    assert_plain_refusal(&stage.account(&token).await, &stage, "past exp and skew");
}

#[tokio::test]
async fn b1_without_issuer_keys_requests_are_unavailable() {
    let stage = Stage::new().await;
    stage.fault("/oidc/jwks", "GET", logto_sandbox::FaultAction::Status(503, None), None);
    let answer = stage.alice().await;
    assert_eq!(answer.outcome(), (503, "upstream_unavailable"));
    stage.sandbox.faults().clear();
    assert_eq!(stage.alice().await.status, 200);
}

/// RFC 9864 gives EdDSA with this curve a name of its own; RFC 8037 has the older one.
#[tokio::test]
async fn b1_ed25519_is_another_name_of_eddsa() {
    let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let x = URL_SAFE_NO_PAD.encode(pair.der_bytes());
    let key = EncodingKey::from_ed_der(pair.serialized_der());
    for (in_the_token, in_the_key) in [("Ed25519", "Ed25519"), ("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")] {
        let stage = Stage::new().await;
        let keys = json!({ "keys": [
            { "kty": "AKP", "kid": "a", "alg": "ML-DSA-44", "pub": "AA" },
            { "kty": "OKP", "crv": "Ed25519", "kid": "b", "alg": in_the_key, "key_ops": ["verify", "other"], "x": x },
        ] });
        stage.fault("/oidc/jwks", "GET", logto_sandbox::FaultAction::Status(200, Some(keys)), None);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": in_the_token, "typ": "at+jwt", "kid": "b" });
        let message = format!("{}.{}", part(&header), part(&stage.claims("alice", ALL_SCOPES)));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).unwrap();
        let answer = stage.account(&format!("{message}.{signature}")).await;
        assert_eq!(answer.status, 200, "{in_the_token}, {in_the_key}: {}", answer.text);
        let answer = stage.account(&format!("{message}.{}", "A".repeat(86))).await;
        assert_eq!(answer.status, 401, "{in_the_token}, {in_the_key}: {}", answer.text);
    }
}
