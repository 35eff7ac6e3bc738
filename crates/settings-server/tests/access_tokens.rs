//! Personal access tokens: listed without values, created with the value shown once, renamed, revoked (B8, B20, B21, B29).

use logto_sandbox::FaultAction;
use serde_json::{Value, json};
use settings_server::config::FieldMode;

use crate::support::app::{App, Call};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage};

fn create(name: &str, days: impl Into<Value>) -> Call {
    Call::post("/access-tokens", json!({ "name": name, "lifetime_days": days.into() }))
}

fn rename(from: &str, to: &str) -> Call {
    Call::patch("/access-tokens", json!({ "from": from, "to": to }))
}

fn revoke(name: &str) -> Call {
    Call::post("/access-tokens/revoke", json!({ "name": name }))
}

/// Sends a request with the grant of a step-up.
async fn proven(app: &App<'_>, call: &Call) -> Answer {
    app.call(&call.with_grant(&app.grant(call).await)).await
}

async fn list(app: &App<'_>) -> Answer {
    app.call(&Call::new(reqwest::Method::GET, "/access-tokens")).await
}

fn names(view: &Value) -> Vec<&str> {
    view["tokens"].as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn b21_value_is_in_the_answer_to_its_creation_alone() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let created = proven(&app, &create("build", 30)).await;
    assert_eq!(created.status, 200, "{}", created.text);
    let value = stage.sandbox.personal_access_tokens("alice")["build"].clone();
    assert_eq!(created.body["value"], value.as_str());
    let now_ms = stage.sandbox.clock().now_unix_ms();
    let token = json!({
        "name": "build", "created_at": now_ms, "expires_at": now_ms + 30 * 86_400_000, "expired": false
    });
    let present = json!({ "access": { "access": "edit" }, "tokens": [token] });
    assert_eq!(created.body["present"], present);
    for answer in [list(&app).await, app.call(&rename("build", "ci")).await] {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(!answer.text.contains(&value), "{}", answer.text);
    }
}

#[tokio::test]
async fn b21_expired_token_is_marked_by_the_servers_clock() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let now_ms = stage.sandbox.clock().now_unix_ms();
    stage.sandbox.add_personal_access_token("alice", "old", Some(now_ms));
    stage.advance(1);
    stage.sandbox.add_personal_access_token("alice", "young", Some(now_ms + 60_000));
    stage.sandbox.add_personal_access_token("alice", "lasting", None);
    let answer = list(&app).await;
    let expired = |name: &str| {
        let tokens = answer.body["tokens"].as_array().unwrap();
        tokens.iter().find(|token| token["name"] == name).unwrap()["expired"].clone()
    };
    assert_eq!(
        (expired("old"), expired("young"), expired("lasting")),
        (json!(true), json!(false), json!(false))
    );
    assert_eq!(names(&answer.body).last(), Some(&"old"), "the newest first: {}", answer.text);
}

#[tokio::test]
async fn b7_token_names_and_lifetimes_that_cannot_be_are_refused() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let long = "x".repeat(129);
    for name in ["", " ", ".", "..", "a/b", "a\\b", "a\nb", long.as_str()] {
        for (call, field) in [(create(name, 30), "name"), (rename("any", name), "to")] {
            let answer = app.call(&call).await;
            assert_eq!(answer.outcome(), (422, "invalid_value"), "{name:?}: {}", answer.text);
            assert_eq!(answer.body["field"], field);
        }
    }
    for days in [json!(0), json!(3651), json!(777_354.0), json!(u64::MAX)] {
        let answer = app.call(&create("build", days.clone())).await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{days}");
        assert_eq!(answer.body["field"], "lifetime_days");
    }
    for days in [json!(1.5), json!(-1), json!("30")] {
        let answer = app.call(&create("build", days.clone())).await;
        assert_eq!(answer.outcome(), (400, "invalid_body"), "{days}");
    }
    assert_eq!(stage.request_count_with("POST") + stage.request_count_with("PATCH"), 0);
    let longest = "x".repeat(128);
    assert_eq!(proven(&app, &create(&longest, json!(3650.0))).await.status, 200);
}

#[tokio::test]
async fn token_is_renamed_and_revoked() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for name in ["build", "a b%ä"] {
        stage.sandbox.add_personal_access_token("alice", name, None);
    }
    let renamed = app.call(&rename("a b%ä", "deploy")).await;
    assert_eq!(renamed.status, 200, "needs no proof: {}", renamed.text);
    assert!(names(&renamed.body).contains(&"deploy"));
    let revoked = proven(&app, &revoke("build")).await;
    assert_eq!((revoked.status, names(&revoked.body)), (200, vec!["deploy"]), "{}", revoked.text);
    let left: Vec<String> = stage.sandbox.personal_access_tokens("alice").into_keys().collect();
    assert_eq!(left, ["deploy"]);
}

#[tokio::test]
async fn name_of_another_token_and_unknown_names_are_refused() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for name in ["build", "deploy"] {
        stage.sandbox.add_personal_access_token("alice", name, None);
    }
    stage.sandbox.add_personal_access_token("bob", "his", None);
    for (call, outcome) in [
        (create("build", 30), (409, "identifier_unavailable")),
        (rename("build", "deploy"), (409, "identifier_unavailable")),
        (rename("his", "mine"), (404, "access_token_not_found")),
        (revoke("his"), (404, "access_token_not_found")),
    ] {
        let answer = app.call(&call).await;
        assert_eq!(answer.outcome(), outcome, "{}: {}", call.path, answer.text);
        if outcome.0 == 409 {
            let field =
                if call.body.as_ref().is_some_and(|body| body.get("to").is_some()) { "to" } else { "name" };
            assert_eq!(answer.body["field"], field, "in the request's own spelling");
        }
    }
    assert_eq!(stage.sandbox.personal_access_tokens("bob").len(), 1);
    let same = app.call(&rename("build", "build")).await;
    assert_eq!((same.status, names(&same.body).len()), (200, 2), "{}", same.text);
}

#[tokio::test]
async fn token_that_goes_meanwhile_signs_no_user_out() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.sandbox.add_personal_access_token("alice", "build", None);
    let gone = json!({ "code": "entity.not_found", "message": "The resource does not exist." });
    for (call, method) in [(rename("build", "ci"), "PATCH"), (revoke("build"), "DELETE")] {
        let grant = if method == "DELETE" { app.grant(&call).await } else { String::new() };
        stage.fault(
            "/personal-access-tokens/",
            method,
            FaultAction::Status(404, Some(gone.clone())),
            Some(1),
        );
        let answer = app.call(&call.with_grant(&grant)).await;
        assert_eq!(answer.outcome(), (404, "access_token_not_found"), "{method}: {}", answer.text);
    }
    // A change of the user is refused by Logto in the same words: no read has said that the user is gone.
    stage.fault("/api/users/", "PATCH", FaultAction::Status(404, Some(gone)), Some(1));
    let call = Call::patch("/account", json!({ "name": { "from": "Alice Example", "to": "Another" } }));
    let answer = app.call(&call).await;
    assert_eq!(answer.outcome(), (502, "upstream_failed"), "{}", answer.text);
}

#[tokio::test]
async fn b20_lost_answer_is_repeated_with_the_same_value() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = create("build", Value::Null).with_key("one-operation-0001");
    let call = call.with_grant(&app.grant(&call).await);
    let first = app.call(&call).await;
    let again = app.call(&call).await;
    assert_eq!((first.status, &first.body["value"]), (200, &again.body["value"]), "{}", again.text);
    assert_eq!(stage.sandbox.personal_access_tokens("alice").len(), 1);
    let unproven = app.call(&create("build", Value::Null).with_key("one-operation-0001")).await;
    assert_eq!(unproven.outcome(), (401, "step_up_required"), "a key is no proof: {}", unproven.text);
    stage.sandbox.clear_personal_access_tokens("alice");
    let revoked = app.call(&call).await;
    assert_eq!(revoked.outcome(), (404, "access_token_not_found"), "{}", revoked.text);
}

#[tokio::test]
async fn b20_token_of_an_unanswered_creation_is_settled() {
    let (stage, records) = Stage::impatient().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = create("build", 30).with_key("one-operation-0001");
    let call = call.with_grant(&app.grant(&call).await);
    stage.fault("/personal-access-tokens", "POST", FaultAction::HangAfter, Some(1));
    let unknown = app.call(&call).await;
    assert_eq!(unknown.outcome(), (503, "upstream_unavailable"), "{}", unknown.text);
    let again = app.call(&call).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(again.body["value"], stage.sandbox.personal_access_tokens("alice")["build"].as_str());
    assert_eq!((records.open().await, records.results().await), (0, vec!["done".to_owned()]));
}

#[tokio::test]
async fn b29_b31_token_changes_are_notified_and_recorded_masked() {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    let app = App::sign_in(&stage, "alice").await;
    let created = proven(&app, &create("canary-build", 30)).await;
    app.call(&rename("canary-build", "canary-ci")).await;
    proven(&app, &revoke("canary-ci")).await;
    records.delivered().await;
    let subjects: Vec<String> = stage.sandbox.mails().iter().map(|mail| mail.subject.clone()).collect();
    let told = |words: &str| subjects.iter().filter(|text| text.contains(words)).count();
    assert_eq!((told("access token was created"), told("access token was revoked")), (1, 1), "{subjects:?}");
    let values =
        "SELECT old_values || new_values FROM journal WHERE action LIKE 'access_token%' AND phase = 'intent'";
    let values = records.texts(values).await;
    assert_eq!(values.len(), 3, "{values:?}");
    assert!(values.iter().all(|text| text.contains("c… (") && !text.contains("canary")), "{values:?}");
    let value = created.body["value"].as_str().unwrap();
    let everything = records.texts("SELECT new_values || old_values FROM journal").await;
    assert!(!everything.iter().any(|text| text.contains(value)));
}

#[tokio::test]
async fn b6_access_tokens_are_off_unless_the_operator_offers_them() {
    for (mode, listed, refused) in [
        (None, (403, "field_not_editable"), (403, "field_not_editable")),
        (Some(FieldMode::Off), (403, "field_not_editable"), (403, "field_not_editable")),
        (Some(FieldMode::ReadOnly), (200, ""), (403, "field_not_editable")),
    ] {
        let stage = Stage::with(|config| config.fields.access_tokens = mode).await;
        let app = App::sign_in(&stage, "alice").await;
        assert_eq!(list(&app).await.outcome(), listed, "{mode:?}");
        for call in [create("build", 30), rename("build", "ci"), revoke("build")] {
            assert_eq!(app.call(&call).await.outcome(), refused, "{mode:?} {}", call.path);
        }
        let account = stage.account(&stage.token("alice", ALL_SCOPES)).await;
        let wanted = match mode {
            Some(FieldMode::ReadOnly) => json!({ "access": "read_only", "reason": "server" }),
            _ => json!({ "access": "off" }),
        };
        assert_eq!(account.body["access_tokens"], wanted);
    }
}
