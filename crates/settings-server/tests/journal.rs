//! The audit log through the front door (B20, B31).

use std::time::Duration;

use logto_sandbox::FaultAction;
use serde_json::{Value, json};

use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Stage, change, read};

/// Each edit, and what it writes.
fn edits() -> [(&'static str, Value); 3] {
    [
        ("/account", change("name", "Alice Example", "Canary-Name")),
        ("/account/profile", change("nickname", "Al", "Canary-Nick")),
        ("/account/preferences", change("theme", Value::Null, "dark")),
    ]
}

async fn stage() -> (Stage, Records) {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    (stage, records)
}

fn writes(stage: &Stage) -> usize {
    stage.sandbox.request_log().iter().filter(|request| request.method == "PATCH").count()
}

#[tokio::test]
async fn b31_every_edit_is_recorded_before_and_after() {
    let (stage, records) = stage().await;
    let token = stage.token("alice", ALL_SCOPES);
    let mut ids = Vec::new();
    for (path, body) in edits() {
        let request = stage.http.patch(stage.url(path)).bearer_auth(&token).json(&body);
        let request = request
            .header("user-agent", "Latchkey/9.9")
            .header("latchkey-instance", "canary-instance-secret")
            .header("x-forwarded-for", "203.0.113.7");
        let answer = read(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        ids.push(answer.header("x-request-id").to_owned());
        stage.advance(1);
    }
    assert_eq!(
        records.journal().await,
        [
            "intent account_update",
            "outcome account_update done",
            "intent profile_update",
            "outcome profile_update done",
            "intent preferences_update",
            "outcome preferences_update done",
        ]
    );
    assert_eq!(records.open().await, 0);
    let values = "SELECT old_values || new_values FROM journal WHERE phase = 'intent' ORDER BY at";
    assert_eq!(
        records.texts(values).await,
        [
            r#"{"name":"A… (13)"}{"name":"C… (11)"}"#,
            r#"{"profile:nickname":"A… (2)"}{"profile:nickname":"C… (11)"}"#,
            r#"{"preference:theme":null}{"preference:theme":"dark"}"#,
        ]
    );
    let alice = stage.sandbox.user_id("alice");
    for row in records.rows_of(&alice).await {
        assert_eq!(row.client.as_deref(), Some(stage.sandbox.native_client_id().as_str()));
        assert_eq!(row.program.as_deref(), Some("Latchkey 9.9"));
        assert_eq!(row.ip.as_deref(), Some("127.0.0.1"), "the peer's: it is not named as a proxy (B43)");
    }
    assert!(records.texts("SELECT user_id FROM journal").await.iter().all(|user| *user == alice));
    let instances = records.texts("SELECT DISTINCT instance FROM journal").await;
    assert!(instances.len() == 1 && instances[0].len() == 16 && !instances[0].contains("canary"));
    let requests = records.texts("SELECT request FROM journal WHERE phase = 'outcome' ORDER BY at").await;
    assert_eq!(requests, ids);
    let outbox = records.texts("SELECT id FROM outbox").await;
    assert!(outbox.is_empty(), "no notice is sent for these (B29)");
}

#[tokio::test]
async fn b31_request_without_a_change_is_not_recorded() {
    let (stage, records) = stage().await;
    for (case, path, body, status) in [
        ("nothing", "/account", json!({}), 200),
        ("the same", "/account", change("name", "Alice Example", "Alice Example"), 200),
        ("already so", "/account", change("name", "Somebody", "Alice Example"), 200),
        ("a conflict", "/account", change("name", "Somebody", "Somebody Else"), 409),
        ("a bad value", "/account", change("name", "Alice Example", ""), 422),
        ("already so", "/account/profile", change("nickname", "x", "Al"), 200),
        ("already so", "/account/preferences", change("theme", "dark", Value::Null), 200),
    ] {
        let answer = stage.alice_patches(path, &body).await;
        assert_eq!(answer.status, status, "{case}: {}", answer.text);
    }
    stage.sandbox.set_account_center(&json!({ "fields": { "name": "ReadOnly" } }));
    stage.advance(61);
    let answer = stage.alice_patches("/account", &change("name", "Alice Example", "Alice")).await;
    assert_eq!(answer.outcome(), (403, "field_not_editable"));
    assert_eq!((records.journal().await.len(), writes(&stage)), (0, 0));
}

#[tokio::test]
async fn b31_change_that_cannot_be_recorded_is_not_made() {
    let (stage, records) = stage().await;
    let obstacles = [
        (
            "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'full'); END",
            "DROP TRIGGER full",
        ),
        (
            "CREATE TRIGGER full BEFORE INSERT ON intents BEGIN SELECT RAISE(ABORT, 'full'); END",
            "DROP TRIGGER full",
        ),
        (
            "CREATE TRIGGER full BEFORE INSERT ON journal_heads BEGIN SELECT RAISE(ABORT, 'full'); END",
            "DROP TRIGGER full",
        ),
        ("ALTER TABLE journal RENAME TO away", "ALTER TABLE away RENAME TO journal"),
        ("ALTER TABLE leases RENAME TO away", "ALTER TABLE away RENAME TO leases"),
    ];
    let before = stage.sandbox.user_json("alice");
    for (obstacle, relief) in obstacles {
        records.run(obstacle).await;
        for (path, body) in edits() {
            let answer = stage.alice_patches(path, &body).await;
            assert_eq!(answer.status, 503, "{path}: {obstacle}: {}", answer.text);
            assert!(!answer.header("retry-after").is_empty());
        }
        records.run(relief).await;
    }
    assert_eq!(writes(&stage), 0, "Logto was not asked to change anything");
    assert_eq!(stage.sandbox.user_json("alice"), before);
    assert_eq!((records.journal().await.len(), records.open().await), (0, 0));
    for (path, body) in edits() {
        assert_eq!(stage.alice_patches(path, &body).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn b20_outcome_that_cannot_be_recorded_is_settled_later() {
    let (stage, records) = stage().await;
    records
        .run(
            "CREATE TRIGGER full BEFORE INSERT ON journal WHEN new.phase = 'outcome' \
             BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
        .await;
    for (path, body) in edits() {
        let answer = stage.alice_patches(path, &body).await;
        assert_eq!(answer.status, 200, "it was applied, and the answer says so: {}", answer.text);
    }
    assert_eq!(records.open().await, 3);
    records.run("DROP TRIGGER full").await;
    stage.advance(20);
    stage.server.run_jobs().await;
    assert_eq!(records.open().await, 0);
    assert_eq!(records.results().await, ["done", "done", "done"]);
}

#[tokio::test]
async fn b20_what_logto_answers_decides_the_outcome() {
    for (path, body) in edits() {
        for (action, settled) in [
            (FaultAction::Status(422, Some(json!({ "code": "entity.value_too_long" }))), "refused"),
            (FaultAction::Status(404, Some(json!({ "code": "entity.not_found" }))), "failed"),
            (FaultAction::Status(429, None), "failed"),
            (FaultAction::Status(403, Some(json!({ "code": "auth.forbidden" }))), "failed"),
            (FaultAction::Status(500, None), "undone"),
            (FaultAction::Status(200, Some(json!(7))), "undone"),
            (FaultAction::Drop, "undone"),
            (FaultAction::Hang, "undone"),
            (FaultAction::HangAfter, "done"),
        ] {
            let (stage, records) = Stage::impatient().await;
            let before = stage.sandbox.user_json("alice");
            stage.fault("/api/users/", "PATCH", action.clone(), Some(1));
            let answer = stage.alice_patches(path, &body).await;
            assert!(answer.status >= 400, "{action:?}: {}", answer.text);
            let is_known = matches!(settled, "refused" | "failed");
            assert_eq!(records.open().await, usize::from(!is_known), "{path} {action:?}");
            stage.advance(20);
            stage.server.run_jobs().await;
            assert_eq!(records.open().await, 0, "{path} {action:?}");
            assert_eq!(records.results().await, [settled], "{path} {action:?}");
            assert_eq!(stage.sandbox.user_json("alice") == before, settled != "done", "{path} {action:?}");
        }
    }
}

#[tokio::test]
async fn b20_change_outlasting_its_request_is_finished() {
    let records = Records::new();
    let stage = Stage::with(|config| {
        records.configure(config);
        config.limits.request_timeout = Duration::from_millis(1_000);
    })
    .await;
    assert_eq!(stage.alice().await.status, 200);
    stage.fault("/api/users/", "PATCH", FaultAction::Delay(3_000), Some(1));
    let edit = change("name", "Alice Example", "Alice");
    assert_eq!(stage.alice_patches("/account", &edit).await.outcome(), (504, "timed_out"));
    assert_eq!(records.open().await, 1);
    let Stage { sandbox, server, .. } = stage;
    server.stop().await;
    assert_eq!(sandbox.user_json("alice")["name"], "Alice");
    assert_eq!(records.journal().await, ["intent account_update", "outcome account_update done"]);
}
