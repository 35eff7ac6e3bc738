//! B8 to B10 and B42: what a proof is, and what it authorizes.

use logto_sandbox::FaultAction;
use serde_json::{Value, json};

use crate::support::Stage;
use crate::support::app::{App, Call, granted, secret};

#[tokio::test]
async fn b8_a_grant_is_kept_for_the_same_operation_when_logto_fails() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    App::sign_in(&stage, "alice").await;
    let call = Call::post("/sessions/end-others", json!({})).with_key("one-operation-0001");
    let grant = app.grant(&call).await;
    stage.fault("/grants", "GET", FaultAction::Status(503, None), None);
    stage.sandbox.faults().clear();
    // The read after the writes fails: whether all is gone is not known.
    stage.fault("/sessions/", "DELETE", FaultAction::Status(500, None), Some(1));
    let first = app.call(&call.with_grant(&grant)).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.body["remaining"].as_array().unwrap().len(), 1, "what is left is said: {}", first.text);
    let again = app.call(&call.with_grant(&grant)).await;
    assert_eq!(again.body["remaining"], json!([]), "the same operation may go on: {}", again.text);
    let other = app.call(&call.with_key("another-operation1").with_grant(&grant)).await;
    assert_eq!(other.code(), "step_up_required", "another operation may not");
}

#[tokio::test]
async fn b9_only_fresh_sign_in_of_same_user_and_challenge_counts() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = Call::delete("/sessions/unknown");
    let (nonce, _) = app.challenge(&call).await;
    let good = app.fresh_id_token(&nonce, "alice").await;
    let claims = claims_of(&good);
    let header = json!({ "typ": null });
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        stage.mint(&claims, &header)
    };
    let now = stage.sandbox.clock().now_unix_s();
    let auth_time = claims["auth_time"].as_u64().unwrap();
    for (case, token) in [
        ("not a token", "nonsense".to_owned()),
        ("too long", "x".repeat(20_000)),
        ("alg none", stage.mint(&claims, &json!({ "typ": null, "alg": "none" }))),
        ("alg HS256", stage.mint(&claims, &json!({ "typ": null, "alg": "HS256" }))),
        ("typ of an access token", stage.mint(&claims, &json!({}))),
        ("a critical header", stage.mint(&claims, &json!({ "typ": null, "crit": ["x"], "x": 1 }))),
        ("an unknown key", stage.sandbox.sign_with_unknown_key(&claims, &header)),
        ("another key under a known kid", {
            let kid = stage.sandbox.current_key_id();
            stage.sandbox.sign_with_unknown_key(&claims, &json!({ "typ": null, "kid": kid }))
        }),
        ("another issuer", with("iss", json!("https://evil.example/oidc"))),
        ("another client", with("aud", json!("another-app"))),
        ("several audiences", with("aud", json!([stage.sandbox.native_client_id(), "another-app"]))),
        ("another party", with("azp", json!("another-app"))),
        ("no exp", with("exp", Value::Null)),
        ("expired", with("exp", json!(now - 61))),
        ("issued in the future", with("iat", json!(now + 61))),
        ("no nonce", with("nonce", Value::Null)),
        ("another nonce", with("nonce", json!(secret("another nonce")))),
        ("no auth_time", with("auth_time", Value::Null)),
        ("an old auth_time", with("auth_time", json!(auth_time - 1))),
        ("no sub", with("sub", Value::Null)),
    ] {
        let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": token })).await;
        assert_eq!(answer.outcome(), (403, "step_up_refused"), "{case}: {}", answer.text);
    }
    let unknown = secret("a nonce that was never issued");
    let answer = app.post("/step-up/browser", json!({ "nonce": unknown, "id_token": good })).await;
    assert_eq!(answer.code(), "step_up_refused", "a nonce of ours only");
    granted(&app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": good })).await);
    let again = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": good })).await;
    assert_eq!(again.code(), "step_up_refused", "each nonce once");
}

#[tokio::test]
async fn b9_a_silent_authorization_with_a_large_max_age_is_no_proof() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.advance(60);
    let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
    let silent = app.silent_id_token(&nonce).await;
    let claims = claims_of(&silent);
    assert_eq!(claims["nonce"], json!(nonce), "the nonce matches");
    let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": silent })).await;
    assert_eq!(answer.outcome(), (403, "step_up_refused"), "{}", answer.text);
}

#[tokio::test]
async fn b9_another_user_is_named_and_gets_no_grant() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
    let bobs = app.fresh_id_token(&nonce, "bob").await;
    let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": bobs })).await;
    assert_eq!(answer.outcome(), (403, "step_up_other_person"), "{}", answer.text);
    assert_eq!(answer.body["detail"]["kind"], "other_person");
    granted(&app.prove(&nonce).await);
}

#[tokio::test]
async fn b9_challenge_lasts_ten_minutes_for_one_instance() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
    let mut bob = App::sign_in(&stage, "bob").await;
    bob.instance.clone_from(&app.instance);
    bob.introduce().await;
    assert_eq!(bob.prove(&nonce).await.code(), "step_up_refused", "another user");
    let mine = app.become_another("another installation").await;
    assert_eq!(app.prove(&nonce).await.code(), "step_up_refused", "another instance");
    app.instance = mine;
    stage.advance(599);
    app.tokens["access_token"] = stage.token("alice", crate::support::ALL_SCOPES).into();
    let (late, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
    stage.advance(1);
    assert_eq!(app.prove(&nonce).await.code(), "step_up_refused", "too late");
    granted(&app.prove(&late).await);
}

#[tokio::test]
async fn b10_methods_of_a_user_with_a_password_and_addresses() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    let (_, methods) = app.challenge(&Call::delete("/sessions/unknown")).await;
    assert_eq!(methods, ["browser", "password", "email", "phone"]);
    let answer = app.call(&Call::post("/sessions/end-others", json!({}))).await;
    let masked: Vec<&Value> = answer.body["detail"]["methods"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|method| method.get("masked"))
        .collect();
    let user = stage.sandbox.user_json("alice");
    for shown in &masked {
        assert!(shown.as_str().unwrap().contains('…'));
        assert!(*shown != &user["primaryEmail"] && *shown != &user["primaryPhone"]);
    }
    assert_eq!(masked.len(), 2);
    stage.sandbox.remove_connectors("Sms");
    stage.advance(61);
    let (_, methods) = app.challenge(&Call::delete("/sessions/unknown")).await;
    assert_eq!(methods, ["browser", "password", "email"], "no connector sends text messages");
}

#[tokio::test]
async fn b10_users_without_any_secret_have_the_browser() {
    let stage = Stage::new().await;
    let id = stage.sandbox.add_user(&json!({ "id": "social000001", "name": "Sol Cial" }));
    let app = App::of(&stage, &id).await;
    let (_, methods) = app.challenge(&Call::delete("/sessions/unknown")).await;
    assert_eq!(methods, ["browser"]);
}

#[tokio::test]
async fn b14_right_password_proves_and_wrong_one_discloses_nothing() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
    let with = |password: &str| json!({ "nonce": nonce, "password": password });
    let wrong = app.post("/step-up/password", with("Wrong-Password-1")).await;
    assert_eq!(wrong.outcome(), (403, "password_wrong"));
    for (case, password) in [("empty", String::new()), ("long", "x".repeat(257)), ("NUL", "a\0b".to_owned())]
    {
        let answer = app.post("/step-up/password", with(&password)).await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{case}");
    }
    granted(&app.post("/step-up/password", with("Correct-Horse-7")).await);

    // A user without a password gets the answer for a wrong one, after the same time.
    let id = stage.sandbox.add_user(&json!({ "id": "nopassword01", "name": "No Password" }));
    let other = App::of(&stage, &id).await;
    let (nonce, _) = other.challenge(&Call::delete("/sessions/unknown")).await;
    let began = tokio::time::Instant::now();
    let none =
        other.post("/step-up/password", json!({ "nonce": nonce, "password": "Correct-Horse-7" })).await;
    assert!(began.elapsed() >= std::time::Duration::from_millis(300), "as slow as a wrong one");
    assert_eq!(
        (none.status, &none.body["code"], &none.body["message"]),
        (403, &wrong.body["code"], &wrong.body["message"])
    );
}

#[tokio::test]
async fn b42_user_with_a_factor_proves_single_use_purposes_in_browser() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "mfa").await;
    app.introduce_session().await;
    let grave = Call::post("/sessions/end-others", json!({}));
    let (nonce, methods) = app.challenge(&grave).await;
    assert_eq!(methods, ["browser"]);
    let password = json!({ "nonce": nonce, "password": "Second-Factor-11" });
    assert_eq!(app.post("/step-up/password", password).await.code(), "password_wrong", "not even asked for");
    let code = json!({ "nonce": nonce, "route": "email" });
    assert_eq!(app.post("/step-up/code", code).await.code(), "step_up_refused");
    granted(&app.prove(&nonce).await);

    let (_, light) = app.challenge(&Call::delete("/sessions/unknown")).await;
    assert_eq!(light, ["browser", "password", "email"], "ending one session is no such thing");

    // The factor was not required in this sign-in: it proves no single-use purpose.
    let (nonce, _) = app.challenge(&grave).await;
    stage.sandbox.set_sign_in_experience(&json!({ "mfa": { "factors": [], "policy": "NoPrompt" } }));
    let id_token = app.fresh_id_token(&nonce, "mfa").await;
    let factors = json!({ "mfa": { "factors": ["Totp"], "policy": "NoPrompt" } });
    stage.sandbox.set_sign_in_experience(&factors);
    let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": id_token })).await;
    assert_eq!(answer.code(), "step_up_refused", "{}", answer.text);
}

pub(crate) fn claims_of(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
