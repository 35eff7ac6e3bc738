//! The user name: set, changed, removed, and the rules for it (B7, B13, B17, B29, B31).

use logto_sandbox::FaultAction;
use serde_json::{Value, json};
use settings_server::config::FieldTable;

use crate::support::app::{App, Call};
use crate::support::modes::{Mode, in_each_mode};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage, change};

fn set(from: impl Into<Value>, to: impl Into<Value>) -> Call {
    Call::patch("/username", change("username", from, to))
}

/// Sends a request with a proof.
async fn ask(app: &App<'_>, call: &Call) -> Answer {
    app.call(&call.with_grant(&app.grant(call).await)).await
}

fn of(app: &App<'_>) -> Value {
    // By id: the name is what changes.
    app.stage.sandbox.user_json("alice0000001")["username"].clone()
}

#[tokio::test]
async fn a_name_is_changed_removed_and_set() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = set("alice", "Alice_2");
    let grant = app.grant(&call).await;
    for (call, wanted) in [
        (call, json!("Alice_2")),
        (set("Alice_2", Value::Null), Value::Null),
        (set(Value::Null, "alice"), json!("alice")),
        (set("alice", "alice"), json!("alice")),
    ] {
        let answer = app.call(&call.with_grant(&grant)).await;
        assert_eq!((answer.status, &answer.body["username"]["value"]), (200, &wanted), "{}", answer.text);
        assert_eq!(of(&app), wanted);
    }
    assert_eq!(stage.request_count_with("PATCH"), 3, "the last one was there already");
}

#[tokio::test]
async fn change_begins_with_the_expected_name() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let answer = app.call(&set("an_old_name", "new_name")).await;
    assert_eq!(answer.outcome(), (409, "conflict"), "{}", answer.text);
    assert_eq!(answer.body["field"], "username");
    assert_eq!(answer.body["detail"]["present"]["username"]["value"], "alice");
    let nothing = app.call(&set("an_old_name", "alice")).await;
    assert_eq!(nothing.status, 200, "it is so already, and no proof is needed: {}", nothing.text);
    assert_eq!(stage.request_count_with("PATCH"), 0);
}

#[tokio::test]
async fn impossible_names_are_refused_before_any_request() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.sandbox.clear_request_log();
    for name in ["", "2alice", "al ice", "al-ice", "a\0b", "älice", &"x".repeat(129)] {
        let answer = app.call(&set("alice", name)).await;
        assert_eq!(
            (answer.outcome(), &answer.body["field"]),
            ((422, "invalid_value"), &json!("username")),
            "{name}"
        );
    }
    assert_eq!(stage.request_count("/api/"), 0);
}

#[tokio::test]
async fn b7_name_rules_of_the_tenant_are_applied() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let grant = app.grant(&set("alice", "somebody")).await;
    let chars = json!({ "lowercase": true, "uppercase": false, "numbers": true, "underscore": false });
    stage.sandbox.set_sign_in_experience(&json!({
        "usernamePolicy": { "caseSensitive": false, "minLength": 3, "maxLength": 8, "allowedChars": chars }
    }));
    stage.advance(61);
    for name in ["ab", "abcdefghi", "abC", "ab_"] {
        let answer = app.call(&set("alice", name)).await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{name}: {}", answer.text);
    }
    assert_eq!(app.call(&set("alice", "ab1").with_grant(&grant)).await.status, 200);
    assert_eq!(of(&app), "ab1");
    // Names from before a rule may still be removed.
    stage.sandbox.patch_user("alice0000001", &json!({ "username": "Old_Name" }));
    assert_eq!(app.call(&set("Old_Name", Value::Null).with_grant(&grant)).await.status, 200);
}

#[tokio::test]
async fn b7_the_name_in_each_mode() {
    let table = |mode| FieldTable { username: Some(mode), ..FieldTable::default() };
    in_each_mode("username", table, probe).await;
}

async fn probe(stage: &Stage, app: &App<'_>, Mode { access, reason }: Mode, case: &str) {
    let seen = stage.alice().await.body;
    assert_eq!(seen["username"]["access"], access, "{case}");
    assert_eq!(seen["username"]["reason"].as_str(), reason, "{case}");
    let call = set("alice", "alice_2");
    if access == "edit" {
        assert_eq!(ask(app, &call).await.status, 200, "{case}");
        assert_eq!(of(app), "alice_2");
    } else {
        let answer = app.call(&call).await;
        assert_eq!(answer.outcome(), (403, "field_not_editable"), "{case}");
        assert_eq!((stage.request_count_with("PATCH"), of(app)), (0, json!("alice")), "{case}");
    }
}

#[tokio::test]
async fn b13_taken_names_get_ten_tries_an_hour_then_a_notice() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let app = App::sign_in(&stage, "alice").await;
    let plain = set("alice", "bob");
    let mut call = plain.with_grant(&app.grant(&plain).await);
    stage.sandbox.clear_request_log();
    for number in 0..10 {
        // A grant can be used three times.
        if number % 3 == 0 {
            call = plain.with_grant(&app.grant(&plain).await);
        }
        let answer = app.call(&call).await;
        assert_eq!(answer.outcome(), (409, "identifier_unavailable"), "{}", answer.text);
        assert!(!answer.text.contains("bob000000002"), "nothing of whoever has it");
    }
    assert_eq!(stage.request_count_with("PATCH"), 10);
    call = plain.with_grant(&app.grant(&plain).await);
    for _ in 0..3 {
        let answer = app.call(&call).await;
        assert_eq!(answer.outcome(), (429, "rate_limited"), "{}", answer.text);
        assert_eq!(answer.header("retry-after"), "3600");
    }
    assert_eq!(
        (stage.request_count_with("PATCH"), of(&app)),
        (10, json!("alice")),
        "Logto is not asked any more"
    );
    let notified = "SELECT result FROM journal WHERE action = 'username_try'";
    assert_eq!(records.texts(notified).await, ["tries_exhausted"], "once");
    assert_eq!(records.texts("SELECT id FROM outbox").await.len(), 1);
    // A removal discloses nothing, and another user may still try.
    let removal = set("alice", Value::Null);
    assert_eq!(ask(&app, &removal).await.status, 200);
    let bob = App::sign_in(&stage, "bob").await;
    assert_eq!(ask(&bob, &set("bob", "bobby")).await.status, 200);
}

#[tokio::test]
async fn b17_name_is_not_removed_if_it_is_the_last_method() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let grant = app.grant(&set("alice", "somebody")).await;
    let methods = json!([
        { "identifier": "username", "password": true, "verificationCode": false },
        { "identifier": "phone", "password": false, "verificationCode": true },
    ]);
    stage.sandbox.set_sign_in_experience(&json!({ "signIn": { "methods": methods } }));
    stage.sandbox.patch_user("alice", &json!({ "primaryPhone": null }));
    stage.advance(61);
    stage.sandbox.clear_request_log();
    let answer = app.call(&set("alice", Value::Null)).await;
    assert_eq!(answer.outcome(), (409, "last_sign_in_method"), "{}", answer.text);
    assert_eq!(answer.body["detail"], json!({ "kind": "last_way", "next_steps": ["add_phone"] }));
    assert_eq!(stage.request_count_with("PATCH"), 0);
    let another = app.call(&set("alice", "alice_2").with_grant(&grant)).await;
    assert_eq!(another.status, 200, "another one is as good: {}", another.text);
    stage.sandbox.patch_user("alice0000001", &json!({ "primaryPhone": "15550000001" }));
    let removed = app.call(&set("alice_2", Value::Null).with_grant(&grant)).await;
    assert_eq!(removed.status, 200, "with a phone number it may go: {}", removed.text);
}

#[tokio::test]
async fn b29_b31_changed_name_is_recorded_masked_and_notified() {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    let app = App::sign_in(&stage, "alice").await;
    assert_eq!(ask(&app, &set("alice", "wonderland")).await.status, 200);
    let journal: Vec<String> =
        records.journal().await.into_iter().filter(|line| !line.starts_with("event")).collect();
    assert_eq!(journal, ["intent username_update", "outcome username_update done"]);
    let values = "SELECT old_values || new_values FROM journal WHERE phase = 'intent'";
    assert_eq!(records.texts(values).await, [r#"{"username":"a… (5)"}{"username":"w… (10)"}"#]);
    records.delivered().await;
    let mails = stage.sandbox.mails();
    assert_eq!(mails.len(), 1);
    let text = format!("{:?}", mails[0]);
    assert!(text.contains("user name") && !text.contains("wonderland"), "{text}");
}

#[tokio::test]
async fn b20_answer_of_logto_decides_the_outcome_of_a_name() {
    for (action, code, settled) in [
        (
            FaultAction::Status(422, Some(json!({ "code": "user.username_already_in_use" }))),
            "identifier_unavailable",
            "refused",
        ),
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
        for to in [json!("alice_2"), Value::Null] {
            let (stage, records) = Stage::impatient().await;
            let app = App::sign_in(&stage, "alice").await;
            let call = set("alice", to.clone());
            let call = call.with_grant(&app.grant(&call).await);
            stage.fault("/api/users/", "PATCH", action.clone(), Some(1));
            let answer = app.call(&call).await;
            let case = format!("{action:?} {to}: {}", answer.text);
            assert_eq!(answer.code(), code, "{case}");
            stage.advance(20);
            stage.server.run_jobs().await;
            let results = records.results().await;
            assert_eq!((records.open().await, results), (0, vec![settled.to_owned()]), "{case}");
            let wanted = if settled == "done" { to.clone() } else { json!("alice") };
            assert_eq!(of(&app), wanted, "{case}");
            let notified = records.texts("SELECT id FROM outbox").await.len();
            assert_eq!(notified, usize::from(settled == "done"), "{case}");
        }
    }
}

#[tokio::test]
async fn b20_a_repeated_request_changes_the_name_once() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = set("alice", "alice_2").with_key("0123456789-test-key");
    let call = call.with_grant(&app.grant(&call).await);
    for _ in 0..3 {
        let answer = app.call(&call).await;
        assert_eq!(
            (answer.status, &answer.body["username"]["value"]),
            (200, &json!("alice_2")),
            "{}",
            answer.text
        );
    }
    assert_eq!(stage.request_count_with("PATCH"), 1);
}

#[tokio::test]
async fn b7_token_without_the_scope_reads_but_does_not_change_name() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    app.tokens["access_token"] = stage.token("alice", "account:read account:write").into();
    assert_eq!(app.call(&set("alice", "alice_2")).await.outcome(), (403, "insufficient_scope"));
    app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    assert_eq!(app.call(&set("alice", "alice_2")).await.code(), "step_up_required");
}
