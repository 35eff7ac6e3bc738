//! B20: a request with a key is one operation, however often it is sent.

use logto_sandbox::FaultAction;
use serde_json::{Value, json};

use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage, change, read};

const KEY: &str = "0123456789-test-key";

async fn stage() -> (Stage, Records) {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    (stage, records)
}

fn request(stage: &Stage, user: &str, path: &str, body: &Value, key: &str) -> reqwest::RequestBuilder {
    let token = stage.token(user, ALL_SCOPES);
    stage.http.patch(stage.url(path)).bearer_auth(token).header("idempotency-key", key).json(body)
}

async fn edit(stage: &Stage, key: &str) -> Answer {
    read(request(stage, "alice", "/account", &change("name", "Alice Example", "Alice"), key)).await
}

fn writes(stage: &Stage) -> usize {
    stage.sandbox.request_log().iter().filter(|request| request.method == "PATCH").count()
}

async fn operations(records: &Records) -> usize {
    records.texts("SELECT DISTINCT operation FROM journal").await.len()
}

#[tokio::test]
async fn b20_a_finished_request_is_answered_from_a_fresh_read() {
    let (stage, records) = stage().await;
    assert_eq!(edit(&stage, KEY).await.status, 200);
    stage.sandbox.patch_user("alice", &json!({ "name": "Changed Elsewhere" }));
    for _ in 0..2 {
        let answer = edit(&stage, KEY).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["name"]["value"], "Changed Elsewhere");
    }
    assert_eq!((writes(&stage), records.journal().await.len()), (1, 2));
    assert_eq!(edit(&stage, "another-key-0123456789").await.status, 409, "that is another operation");
}

#[tokio::test]
async fn b20_key_is_valid_a_day_for_one_user_and_operation() {
    let (stage, records) = stage().await;
    assert_eq!(edit(&stage, KEY).await.status, 200);
    let other = change("nickname", "Al", "Ali");
    let answer = read(request(&stage, "alice", "/account/profile", &other, KEY)).await;
    assert_eq!(
        (answer.outcome(), &answer.body["field"]),
        ((422, "invalid_value"), &json!("idempotency-key"))
    );
    let other = change("name", "Alice", "Alicia");
    let answer = read(request(&stage, "alice", "/account", &other, KEY)).await;
    assert_eq!(answer.outcome(), (422, "invalid_value"), "the same route with another body");
    assert_eq!(writes(&stage), 1);
    let bobs = change("name", "Bob Builder", "Bob");
    assert_eq!(read(request(&stage, "bob", "/account", &bobs, KEY)).await.status, 200, "bob's own key");
    assert_eq!(writes(&stage), 2);

    stage.sandbox.patch_user("alice", &json!({ "name": "Alice Example" }));
    stage.advance(24 * 60 * 60 - 1);
    assert_eq!(edit(&stage, KEY).await.status, 200);
    assert_eq!(writes(&stage), 2);
    stage.advance(1);
    assert_eq!(edit(&stage, KEY).await.status, 200);
    assert_eq!((writes(&stage), operations(&records).await), (3, 3));
    let kept =
        records.texts("SELECT hex(name) || hex(request) || operation FROM idempotency").await.join(" ");
    assert!(!kept.contains(KEY) && !kept.contains("Alice"), "{kept}");
    stage.advance(24 * 60 * 60);
    stage.server.run_jobs().await;
    assert!(records.texts("SELECT operation FROM idempotency").await.is_empty(), "and then it is forgotten");
}

#[tokio::test]
async fn b20_a_request_under_way_is_not_begun_again() {
    let (stage, records) = stage().await;
    assert_eq!(stage.alice().await.status, 200);
    stage.fault("/api/users/", "PATCH", FaultAction::Delay(400), Some(1));
    let first = request(&stage, "alice", "/account", &change("name", "Alice Example", "Alice"), KEY);
    let first = tokio::spawn(read(first));
    while records.open().await == 0 {
        tokio::task::yield_now().await;
    }
    let second = edit(&stage, KEY).await;
    assert_eq!((second.status, second.header("retry-after")), (503, "1"), "{}", second.text);
    assert_eq!(first.await.unwrap().status, 200);
    assert_eq!(edit(&stage, KEY).await.status, 200);
    assert_eq!((writes(&stage), operations(&records).await), (1, 1));
}

#[tokio::test]
async fn b20_of_the_same_request_twice_at_once_one_is_carried_out() {
    let (stage, records) = stage().await;
    stage.fault("/api/users/", "GET", FaultAction::Delay(50), None);
    let (first, second) = tokio::join!(edit(&stage, KEY), edit(&stage, KEY));
    assert_eq!((first.status, second.status), (200, 200), "{} {}", first.text, second.text);
    assert_eq!((writes(&stage), operations(&records).await), (1, 1));
}

#[tokio::test]
async fn b20_a_failed_request_runs_again_as_the_same_operation() {
    for action in [
        FaultAction::Status(429, None),
        FaultAction::Status(500, None),
        FaultAction::Status(422, Some(json!({ "code": "entity.value_too_long" }))),
        FaultAction::Drop,
    ] {
        let (stage, records) = stage().await;
        stage.fault("/api/users/", "PATCH", action.clone(), Some(1));
        let failed = edit(&stage, KEY).await;
        assert!(failed.status >= 400, "{action:?}: {}", failed.text);
        let answer = edit(&stage, KEY).await;
        assert_eq!(answer.status, 200, "{action:?}: {}", answer.text);
        assert_eq!(stage.sandbox.user_json("alice")["name"], "Alice");
        assert_eq!((operations(&records).await, records.open().await), (1, 0), "{action:?}");
        let last = "SELECT result FROM journal ORDER BY seq DESC LIMIT 1";
        assert_eq!(records.texts(last).await, ["done"]);
        assert_eq!(edit(&stage, KEY).await.status, 200);
        assert_eq!(writes(&stage), 2, "{action:?}");
    }
}

#[tokio::test]
async fn b20_keys_that_cannot_be_used_are_refused() {
    let (stage, records) = stage().await;
    let long = "x".repeat(65);
    for key in ["", "fifteen-letters", &long, "with white space", "tab\twithin-the-key"] {
        let answer = edit(&stage, key).await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{key:?}");
        assert_eq!(answer.body["field"], "idempotency-key");
    }
    let twice = request(&stage, "alice", "/account", &change("name", "Alice Example", "Alice"), KEY);
    let answer = read(twice.header("idempotency-key", KEY)).await;
    assert_eq!(answer.outcome(), (422, "invalid_value"));
    assert_eq!((writes(&stage), records.journal().await.len()), (0, 0));
    for key in ["sixteen-letters!", &"~".repeat(64)] {
        assert_eq!(edit(&stage, key).await.status, 200, "{key:?}");
    }
}
