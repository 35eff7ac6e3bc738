//! The password: the tenant's rules, a first one, a change (B7, B15, B20, B21, B29, B31).

use logto_sandbox::{FaultAction, SignInBy};
use reqwest::Method;
use serde_json::{Value, json};
use settings_server::config::FieldTable;

use crate::support::addresses::newest_code;
use crate::support::app::{App, Call, authorize_url, granted};
use crate::support::modes::{Mode, in_each_mode};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage};

const NEW: &str = "Better-Horse-8";

fn put(password: &str) -> Call {
    Call::put("/password", json!({ "password": password }))
}

async fn ask(app: &App<'_>, password: &str) -> Answer {
    let call = put(password);
    app.call(&call.with_grant(&app.grant(&call).await)).await
}

/// Whether a user can sign in with a password.
async fn signs_in(stage: &Stage, identifier: &str, password: &str) -> bool {
    let sign_in_by = SignInBy::Password { identifier: identifier.to_owned(), password: password.to_owned() };
    let url = authorize_url(&stage.sandbox, &[("scope", "openid")]);
    stage.sandbox.browser().authorize_by(&url, &sign_in_by).await.is_ok()
}

/// Returns the requests to Logto that are not reads.
fn writes(stage: &Stage) -> Vec<String> {
    let log = stage.sandbox.request_log();
    log.iter()
        .filter(|request| request.method != "GET" && request.path.starts_with("/api/"))
        .map(|request| format!("{} {}", request.method, request.path.rsplit('/').next().unwrap()))
        .collect()
}

#[tokio::test]
async fn b15_password_is_changed_after_a_proof_and_the_policy_check() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = put(NEW);
    let call = call.with_grant(&app.grant(&call).await);
    stage.sandbox.clear_request_log();
    let answer = app.call(&call).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["password"], json!({ "access": "edit", "value": true }));
    assert_eq!(
        writes(&stage),
        ["POST check-password", "POST verify", "PATCH password"],
        "in this order, each once"
    );
    assert!(signs_in(&stage, "alice", NEW).await && !signs_in(&stage, "alice", "Correct-Horse-7").await);
}

#[tokio::test]
async fn b15_weak_and_same_passwords_are_refused() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let grant = app.grant(&put(NEW)).await;
    stage.sandbox.clear_request_log();
    for (password, issues) in [
        (
            "aaa",
            json!([
                { "kind": "too_short", "min": 8 }, { "kind": "character_types", "min": 2 }, { "kind": "repetition" }
            ]),
        ),
        ("abcdefg1", json!([{ "kind": "sequence" }])),
        ("alicealice1", json!([{ "kind": "user_info" }])),
        ("Alice12345", json!([{ "kind": "user_info" }, { "kind": "sequence" }])),
        ("Kéttle-7777", json!([{ "kind": "unsupported_characters" }])),
        ("パスワード-77a", json!([{ "kind": "unsupported_characters" }])),
        ("Correct-Horse-7", json!([{ "kind": "same_as_present" }])),
    ] {
        let answer = app.call(&put(password).with_grant(&grant)).await;
        assert_eq!(answer.outcome(), (422, "password_rejected"), "{password}: {}", answer.text);
        assert_eq!(
            answer.body["detail"],
            json!({ "kind": "password_issues", "issues": issues }),
            "{password}"
        );
        assert_eq!(answer.body["field"], "password");
        assert!(!answer.text.contains(password), "{}", answer.text);
    }
    assert_eq!(stage.request_count_with("PATCH"), 0, "nothing was written");
    assert!(signs_in(&stage, "alice", "Correct-Horse-7").await);
    assert_eq!(app.call(&put(NEW).with_grant(&grant)).await.status, 200, "the proof is still valid");

    // Rules that this version does not know.
    let (nonce, _) = app.challenge(&put("Wiser-Horse-9")).await;
    let sign_in_by = SignInBy::Password { identifier: "alice".to_owned(), password: NEW.to_owned() };
    let grant = granted(&app.prove_by(&nonce, &sign_in_by).await);
    let unknown = json!({ "result": false, "issues": [{ "code": "password_rejected.new_rule" }] });
    stage.fault("/check-password", "POST", FaultAction::Status(400, Some(unknown)), Some(1));
    let answer = app.call(&put("Wiser-Horse-9").with_grant(&grant)).await;
    assert_eq!(answer.body["detail"]["issues"], json!([{ "kind": "other" }]), "{}", answer.text);
}

#[tokio::test]
async fn b15_spaces_are_part_of_a_password_also_at_its_ends() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let password = "  Blue Kettle 71 ";
    let answer = ask(&app, password).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(signs_in(&stage, "alice", password).await && !signs_in(&stage, "alice", password.trim()).await);
}

#[tokio::test]
async fn b15_the_comparison_comes_after_the_proof_and_costs_no_try() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.sandbox.clear_request_log();
    let answer = app.call(&put("Correct-Horse-7")).await;
    assert_eq!(answer.code(), "step_up_required", "{}", answer.text);
    assert_eq!(
        writes(&stage),
        Vec::<String>::new(),
        "without a proof it is not disclosed whether it is the present one"
    );
    let grant = app.grant(&put(NEW)).await;
    for _ in 0..8 {
        let same = app.call(&put("Correct-Horse-7").with_grant(&grant)).await;
        assert_eq!(same.code(), "password_rejected");
    }
    let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
    for _ in 0..5 {
        let proof = json!({ "nonce": nonce, "password": "Wrong-Password-1" });
        assert_eq!(app.post("/step-up/password", proof).await.code(), "password_wrong", "not rate_limited");
    }
}

#[tokio::test]
async fn b15_user_without_a_password_sets_a_first_one() {
    let stage = Stage::new().await;
    let fields = json!({ "username": "newcomer", "primaryEmail": "newcomer@example.test" });
    let id = stage.sandbox.add_user(&fields);
    let app = App::of(&stage, &id).await;
    assert_eq!(stage.account(&stage.token(&id, ALL_SCOPES)).await.body["password"]["value"], false);
    let (nonce, methods) = app.challenge(&put(NEW)).await;
    assert_eq!(methods, ["browser", "email"]);
    let sent = app.post("/step-up/code", json!({ "nonce": nonce, "route": "email" })).await;
    let code = newest_code(&stage);
    let body = json!({ "nonce": nonce, "transaction": sent.body["transaction"], "code": code });
    let grant = granted(&app.post("/step-up/code/confirm", body).await);
    stage.sandbox.clear_request_log();
    let answer = app.call(&put(NEW).with_grant(&grant)).await;
    assert_eq!((answer.status, &answer.body["password"]["value"]), (200, &json!(true)), "{}", answer.text);
    assert_eq!(
        answer.body["sign_in_ways"],
        json!([{ "kind": "password", "with": ["username", "email"] }, { "kind": "email_code" }])
    );
    assert_eq!(writes(&stage), ["POST check-password", "PATCH password"], "there is nothing to compare with");
    assert!(signs_in(&stage, "newcomer", NEW).await);
}

#[tokio::test]
async fn b15_first_password_is_set_after_a_federated_sign_in() {
    let stage = Stage::new().await;
    let identities = json!({ "github": { "userId": "gh-1" } });
    let id = stage.sandbox.add_user(&json!({ "username": "hubber", "identities": identities }));
    let app = App::of(&stage, &id).await;
    let (nonce, methods) = app.challenge(&put(NEW)).await;
    assert_eq!(methods, ["browser"]);
    let sign_in_by =
        SignInBy::Social { target: "github".to_owned(), user_id: "gh-1".to_owned(), email: None };
    let id_token = app.fresh_id_token_by(&nonce, &sign_in_by).await;
    let proof = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": id_token })).await;
    let answer = app.call(&put(NEW).with_grant(&granted(&proof))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(signs_in(&stage, "hubber", NEW).await);
}

#[tokio::test]
async fn b42_user_with_a_factor_changes_password_by_full_sign_in() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "mfa").await;
    let (nonce, methods) = app.challenge(&put(NEW)).await;
    assert_eq!(methods, ["browser"], "the present password alone does not do");
    let proof = json!({ "nonce": nonce, "password": "Second-Factor-11" });
    assert_eq!(app.post("/step-up/password", proof).await.code(), "password_wrong");
    let grant = granted(&app.prove(&nonce).await);
    assert_eq!(app.call(&put(NEW).with_grant(&grant)).await.status, 200);
}

#[tokio::test]
async fn b10_the_present_password_counts_for_its_own_change() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, methods) = app.challenge(&put(NEW)).await;
    assert_eq!(methods, ["browser", "password", "email", "phone"]);
    let proof = json!({ "nonce": nonce, "password": "Correct-Horse-7" });
    let grant = granted(&app.post("/step-up/password", proof).await);
    assert_eq!(app.call(&put(NEW).with_grant(&grant)).await.status, 200);
}

#[tokio::test]
async fn b15_impossible_password_is_refused_before_any_request() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.sandbox.clear_request_log();
    for (case, password) in [
        ("empty", String::new()),
        ("257 characters", "ä".repeat(257)),
        ("NUL", "Better\0Horse-8".to_owned()),
        ("a line", "Better-Horse-8\n".to_owned()),
    ] {
        let answer = app.call(&put(&password)).await;
        assert_eq!(
            (answer.outcome(), &answer.body["field"]),
            ((422, "invalid_value"), &json!("password")),
            "{case}"
        );
    }
    assert_eq!(stage.request_count("/api/"), 0);
    let longest = format!("Pa{}", "xy-".repeat(84) + "Z9");
    assert_eq!(longest.chars().count(), 256);
    assert_eq!(ask(&app, &longest).await.status, 200);
}

#[tokio::test]
async fn the_rules_are_those_of_the_tenant() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let rules = || async { app.call(&Call::new(Method::GET, "/password")).await };
    assert_eq!(
        rules().await.body,
        json!({
            "min_length": 8, "max_length": 256, "min_character_types": 2, "rejects_breached": false,
            "rejects_repetition": true, "rejects_user_info": true, "rejected_words": []
        })
    );
    stage.sandbox.set_sign_in_experience(&json!({
        "passwordPolicy": {
            "length": { "min": 12, "max": 4000 }, "characterTypes": { "min": 4 },
            "rejects": { "pwned": true, "repetitionAndSequence": false, "userInfo": false, "words": ["latch"] }
        }
    }));
    stage.advance(61);
    let answer = rules().await;
    assert_eq!((&answer.body["min_length"], &answer.body["max_length"]), (&json!(12), &json!(256)));
    assert_eq!(
        (&answer.body["rejects_breached"], &answer.body["rejected_words"]),
        (&json!(true), &json!(["latch"]))
    );
    let answer = ask(&app, "Latch-latch8").await;
    assert_eq!(answer.body["detail"]["issues"], json!([{ "kind": "word" }]), "{}", answer.text);
}

#[tokio::test]
async fn b7_the_password_in_each_mode() {
    let table = |mode| FieldTable { password: Some(mode), ..FieldTable::default() };
    in_each_mode("password", table, probe).await;
}

async fn probe(stage: &Stage, app: &App<'_>, Mode { access, reason }: Mode, case: &str) {
    let seen = stage.alice().await.body;
    assert_eq!(seen["password"]["access"], access, "{case}");
    assert_eq!(seen["password"]["reason"].as_str(), reason, "{case}");
    assert_eq!(seen["password"].get("value").is_some(), access != "off", "{case}");
    let rules = app.call(&Call::new(Method::GET, "/password")).await;
    assert_eq!(rules.status, if access == "off" { 403 } else { 200 }, "{case}: {}", rules.text);
    if access == "edit" {
        assert_eq!(ask(app, NEW).await.status, 200, "{case}");
    } else {
        let answer = app.call(&put(NEW)).await;
        assert_eq!(answer.outcome(), (403, "field_not_editable"), "{case}");
        assert!(signs_in(stage, "alice", "Correct-Horse-7").await, "{case}");
    }
}

#[tokio::test]
async fn b20_answer_of_logto_decides_the_outcome_of_a_password() {
    for (action, code, settled) in [
        (
            FaultAction::Status(400, Some(json!({ "code": "guard.invalid_input" }))),
            "invalid_value",
            "refused",
        ),
        (FaultAction::Status(429, None), "upstream_unavailable", "failed"),
        (FaultAction::Status(500, None), "upstream_failed", "undone"),
        (FaultAction::Drop, "upstream_unavailable", "undone"),
        (FaultAction::Hang, "upstream_unavailable", "undone"),
        (FaultAction::HangAfter, "upstream_unavailable", "done"),
    ] {
        for has_one in [true, false] {
            let (stage, records) = Stage::impatient().await;
            let password = has_one.then_some("Test-Password-12");
            let fields = json!({
                "username": "somebody", "primaryEmail": "somebody@example.test", "password": password,
                "identities": { "github": { "userId": "gh-1" } }
            });
            let app = App::of(&stage, &stage.sandbox.add_user(&fields)).await;
            let (nonce, _) = app.challenge(&put(NEW)).await;
            let sign_in_by =
                SignInBy::Social { target: "github".to_owned(), user_id: "gh-1".to_owned(), email: None };
            let proof = app.prove_by(&nonce, &sign_in_by).await;
            let call = put(NEW).with_grant(&granted(&proof));
            stage.fault("/password", "PATCH", action.clone(), Some(1));
            let answer = app.call(&call).await;
            let case = format!("{action:?} {has_one}: {}", answer.text);
            assert_eq!(answer.code(), code, "{case}");
            let is_known = matches!(settled, "refused" | "failed");
            assert_eq!(records.open().await, usize::from(!is_known), "{case}");
            stage.advance(20);
            stage.server.run_jobs().await;
            let results = records.results().await;
            assert_eq!((records.open().await, results), (0, vec![settled.to_owned()]), "{case}");
            assert_eq!(signs_in(&stage, "somebody", NEW).await, settled == "done", "{case}");
            let notified = records.texts("SELECT id FROM outbox").await.len();
            assert_eq!(notified, usize::from(settled == "done"), "{case}");
        }
    }
}

#[tokio::test]
async fn b20_read_that_fails_before_the_change_starts_no_intent() {
    for (path, method) in [("/check-password", "POST"), ("/password/verify", "POST")] {
        let (stage, records) = Stage::impatient().await;
        let app = App::sign_in(&stage, "alice").await;
        let call = put(NEW);
        let call = call.with_grant(&app.grant(&call).await);
        stage.fault(path, method, FaultAction::Status(500, None), Some(1));
        let answer = app.call(&call).await;
        assert_eq!(answer.outcome(), (502, "upstream_failed"), "{path}: {}", answer.text);
        assert_eq!((records.open().await, stage.request_count_with("PATCH")), (0, 0), "{path}");
        assert_eq!(app.call(&call).await.status, 200, "{path}: the proof is still valid");
    }
}

#[tokio::test]
async fn b31_b21_no_password_and_no_digest_is_anywhere_but_in_logto() {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    let app = App::sign_in(&stage, "alice").await;
    let call = put(NEW).with_key("one-operation-0001");
    let call = call.with_grant(&app.grant(&call).await);
    let mut texts =
        vec![app.call(&put("Correct-Horse-7").with_grant(&call.grant.clone().unwrap())).await.text];
    // An open intent, as a crash leaves it.
    stage.fault("/password", "PATCH", FaultAction::Status(500, None), Some(1));
    texts.push(app.call(&call).await.text);
    let intents = "SELECT action || coalesce(expected, '') FROM intents";
    texts.extend(records.texts(intents).await);
    texts.push(app.call(&call).await.text);
    records.delivered().await;
    texts.push(format!("{:?}", stage.sandbox.mails()));
    let journal = "SELECT action || coalesce(result, '') || coalesce(old_values, '') || coalesce(new_values, '') FROM journal";
    let journal = records.texts(journal).await;
    let intent = r#"password_update{"password":"set"}{"password":"set"}"#;
    assert_eq!(journal.iter().filter(|row| *row == intent).count(), 2, "{journal:?}");
    texts.extend(journal);
    assert_eq!(stage.sandbox.mails().len(), 1, "notified once");
    let digests =
        stage.sandbox.issued_secrets().into_iter().filter(|secret| secret.starts_with("sandbox-digest-"));
    let digests: Vec<String> = digests.collect();
    assert!(!digests.is_empty(), "the server asked for one");
    for text in &texts {
        for secret in digests.iter().map(String::as_str).chain([NEW, "Correct-Horse-7"]) {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let names = texts.iter().filter(|text| text.contains("password:")).count();
    assert_eq!(names, 1, "which password it was is in the open intent alone: {texts:?}");
}

#[tokio::test]
async fn b20_a_repeated_request_sets_the_password_once() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = put(NEW).with_key("0123456789-test-key");
    let call = call.with_grant(&app.grant(&call).await);
    for _ in 0..3 {
        let answer = app.call(&call).await;
        assert_eq!(
            (answer.status, &answer.body["password"]["value"]),
            (200, &json!(true)),
            "{}",
            answer.text
        );
    }
    assert_eq!(stage.request_count_with("PATCH"), 1, "and the repetition is no attempt to keep the same one");
}

#[tokio::test]
async fn b4_suspended_user_sets_no_password() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = put(NEW);
    let call = call.with_grant(&app.grant(&call).await);
    stage.sandbox.suspend_user("alice", true);
    assert_eq!(app.call(&call).await.outcome(), (403, "account_suspended"));
    assert_eq!(stage.request_count_with("PATCH"), 0);
}

#[tokio::test]
async fn b21_the_shape_of_the_rules_is_the_documented_one() {
    let document: Value = serde_json::from_str(&settings_server::openapi_json()).unwrap();
    let mut documented: Vec<&String> = document["components"]["schemas"]["PasswordRules"]["properties"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    documented.sort();
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let answer = app.call(&Call::new(Method::GET, "/password")).await;
    let mut given: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    given.sort();
    assert_eq!(given, documented);
}
