//! B8 to B10 and B42: what a proof is, and what it authorizes.

use logto_sandbox::FaultAction;
use serde_json::{Value, json};
use settings_server::{Purpose, Route};

use crate::support::addresses::burn;
use crate::support::app::{App, Call, granted, secret};
use crate::support::{Answer, Stage, change};

/// Two requests of a sensitive route that differ in their target, and what Logto must hold for the second to be
/// possible.
struct SensitiveRequest {
    call: Call,
    other_target: Call,
    elsewhere: Value,
}

/// Returns a request of a sensitive route.
async fn requests(app: &App<'_>, route: &Route) -> SensitiveRequest {
    let sessions = app.sessions().await;
    let current = sessions.body["current"]["id"].clone();
    let other = |list: &str| -> Vec<String> {
        let all = sessions.body[list].as_array().unwrap().iter();
        let others = all.filter(|session| session["current"] != true && session["id"] != current);
        others.map(|session| session["id"].as_str().unwrap().to_owned()).collect()
    };
    let user = app.stage.sandbox.user_json(&app.user);
    let (email, phone) = (&user["primaryEmail"], &user["primaryPhone"]);
    let two = |call: Call, other_target: Call| SensitiveRequest { call, other_target, elsewhere: json!({}) };
    match route.operation {
        "session_end" => {
            let ids = other("sessions");
            let end = |id: &String| Call::delete(format!("/sessions/{id}"));
            two(end(&ids[0]), end(&ids[1]))
        }
        "grant_end" => {
            let ids = other("grants");
            let end = |id: &String| Call::delete(format!("/grants/{id}"));
            two(end(&ids[0]), end(&ids[1]))
        }
        "sessions_end_others" => {
            let end = |body: Value| Call::post("/sessions/end-others", body);
            two(end(json!({})), end(json!({ "keep": current })))
        }
        "email_set" => {
            let set = |to: &str| Call::post("/email", json!({ "from": email, "address": to }));
            two(set("new@example.test"), set("other@example.test"))
        }
        "phone_set" => {
            let set = |to: &str| Call::post("/phone", json!({ "from": phone, "number": to }));
            two(set("+15550000008"), set("+15550000009"))
        }
        "email_remove" => SensitiveRequest {
            call: Call::post("/email/remove", json!({ "from": email })),
            other_target: Call::post("/email/remove", json!({ "from": "other@example.test" })),
            elsewhere: json!({ "primaryEmail": "other@example.test" }),
        },
        "phone_remove" => SensitiveRequest {
            call: Call::post("/phone/remove", json!({ "from": phone })),
            other_target: Call::post("/phone/remove", json!({ "from": "15550000009" })),
            elsewhere: json!({ "primaryPhone": "15550000009" }),
        },
        "username_update" => {
            let set = |to: &str| Call::patch("/username", change("username", user["username"].clone(), to));
            two(set("somebody"), set("somebody_else"))
        }
        "password_update" => {
            let set = |to: &str| Call::put("/password", json!({ "password": to }));
            two(set("Better-Horse-8"), set("Wiser-Horse-9"))
        }
        "access_token_create" => {
            let create =
                |name: &str| Call::post("/access-tokens", json!({ "name": name, "lifetime_days": 30 }));
            two(create("build"), create("deploy"))
        }
        "access_token_revoke" => {
            for name in ["old", "older"] {
                if !app.stage.sandbox.personal_access_tokens(&app.user).contains_key(name) {
                    app.stage.sandbox.add_personal_access_token(&app.user, name, None);
                }
            }
            let revoke = |name: &str| Call::post("/access-tokens/revoke", json!({ "name": name }));
            two(revoke("old"), revoke("older"))
        }
        other => panic!("{other} is sensitive: say here how it is asked for"),
    }
}

/// Prepares alice's account so that a request has this purpose.
fn without(purpose: Purpose) -> Value {
    match purpose {
        Purpose::AddEmail => json!({ "primaryEmail": null }),
        Purpose::AddPhone => json!({ "primaryPhone": null }),
        _ => json!({}),
    }
}

fn assert_challenge(answer: &Answer, purpose: Purpose, case: &str) {
    assert_eq!(answer.outcome(), (401, "step_up_required"), "{case}: {}", answer.text);
    assert_eq!(answer.body["detail"]["purpose"], serde_json::to_value(purpose).unwrap(), "{case}");
    let header = answer.header("www-authenticate");
    assert!(header.starts_with("Bearer error=\"insufficient_user_authentication\""), "{case}: {header}");
    assert!(header.contains("max_age=0"), "{case}: {header}");
}

/// The cases come from the route list, so that a new sensitive route cannot be forgotten.
#[tokio::test]
async fn b8_matrix_of_every_sensitive_route() {
    let sensitive: Vec<(Route, Purpose)> = settings_server::routes()
        .into_iter()
        .flat_map(|route| {
            let purposes = route.step_up;
            (0..purposes.len()).map(move |index| (same(&route), purposes[index])).collect::<Vec<_>>()
        })
        .collect();
    assert!(sensitive.len() >= 9);
    for (route, purpose) in &sensitive {
        // Each case has a tenant of its own, so that what one ends is there for the next.
        for case in [
            "none",
            "other purpose",
            "other target",
            "other user",
            "other instance",
            "expired",
            "used",
            "right",
        ] {
            one_case(&sensitive, route, *purpose, case).await;
        }
    }
}

/// Whether a grant for it is bound to a target. A password is none that a record could name.
fn has_target(purpose: Purpose) -> bool {
    purpose.is_single_use() && purpose != Purpose::Password
}

/// Returns the same route once more.
fn same(route: &Route) -> Route {
    let mut all = settings_server::routes();
    let at = all.iter().position(|other| other.operation == route.operation).unwrap();
    all.swap_remove(at)
}

async fn one_case(sensitive: &[(Route, Purpose)], route: &Route, purpose: Purpose, case: &str) {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    // Three more browsers of the same user.
    for _ in 0..3 {
        App::sign_in(&stage, "alice").await;
    }
    app.introduce_session().await;
    stage.sandbox.patch_user("alice", &without(purpose));
    let SensitiveRequest { call, other_target, elsewhere } = requests(&app, route).await;
    let is_single_use = purpose.is_single_use();
    let user = stage.sandbox.user_json("alice");
    let put_back = || {
        let identifiers =
            json!({ "primaryEmail": user["primaryEmail"], "primaryPhone": user["primaryPhone"] });
        stage.sandbox.patch_user("alice", &identifiers);
    };
    let name = format!("{} for {purpose:?}: {case}", route.operation);
    stage.sandbox.clear_request_log();
    match case {
        "none" => assert_challenge(&app.call(&call).await, purpose, &name),
        "other purpose" => {
            // Of the same class, so that nothing but the purpose is wrong.
            let same_class = |other: &Purpose| *other != purpose && other.is_single_use() == is_single_use;
            let (other, _) = sensitive.iter().rfind(|(_, other)| same_class(other)).unwrap();
            let other = requests(&app, other).await.call;
            let grant = app.grant(&other).await;
            assert_challenge(&app.call(&call.with_grant(&grant)).await, purpose, &name);
        }
        "other target" => {
            stage.sandbox.patch_user("alice", &elsewhere);
            let grant = app.grant(&other_target).await;
            put_back();
            let answer = app.call(&call.with_grant(&grant)).await;
            if has_target(purpose) {
                assert_challenge(&answer, purpose, &name);
            } else {
                assert_eq!(answer.status, 200, "{name}: {}", answer.text);
            }
        }
        "other user" => {
            let mut bob = App::sign_in(&stage, "bob").await;
            bob.instance.clone_from(&app.instance);
            bob.introduce_session().await;
            stage.sandbox.patch_user("bob", &without(purpose));
            let grant = if route.path.contains("{id}") {
                bob.grant(&Call::delete("/sessions/unknown")).await
            } else {
                bob.grant(&requests(&bob, route).await.call).await
            };
            assert_challenge(&app.call(&call.with_grant(&grant)).await, purpose, &name);
        }
        "other instance" => {
            let grant = app.grant(&call).await;
            app.become_another("another installation").await;
            let answer = app.call(&call.with_grant(&grant)).await;
            // An instance whose session is unknown cannot end all others on a guess.
            if answer.code() != "current_session_unknown" {
                assert_challenge(&answer, purpose, &name);
            }
        }
        "expired" => {
            let grant = app.grant(&call).await;
            stage.advance(if is_single_use { 120 } else { 600 });
            app.tokens["access_token"] = stage.token("alice", crate::support::ALL_SCOPES).into();
            assert_challenge(&app.call(&call.with_grant(&grant)).await, purpose, &name);
        }
        "used" => {
            let grant = app.grant(&call).await;
            let first = app.call(&call.with_grant(&grant)).await;
            assert_eq!(first.status, 200, "{name}: {}", first.text);
            if first.body.get("transaction").is_some() {
                burn(&app, &call.path, &first).await;
            }
            put_back();
            stage.sandbox.clear_personal_access_tokens("alice");
            let again = app.call(&call.with_grant(&grant)).await;
            if is_single_use {
                assert_challenge(&again, purpose, &name);
            } else {
                assert_ne!(again.code(), "step_up_required", "{name}: reusable for ten minutes");
            }
        }
        _ => {
            let grant = app.grant(&call).await;
            let answer = app.call(&call.with_grant(&grant)).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        }
    }
    let log = stage.sandbox.request_log();
    let is_write = |path: &str| path.starts_with("/api/users") || path.starts_with("/api/verification-codes");
    let wrote = log.iter().any(|request| request.method != "GET" && is_write(&request.path));
    let may_write = match case {
        "right" | "used" => true,
        "other target" => !has_target(purpose),
        _ => false,
    };
    assert_eq!(wrote, may_write, "{name}: only a valid proof reaches Logto");
}

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
