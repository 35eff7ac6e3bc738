//! Concurrent edits, and edits whose client has disconnected: nothing is lost (decision 6).

use std::time::Duration;

use logto_sandbox::FaultAction;
use serde_json::{Value, json};

use crate::support::{ALL_SCOPES, Stage, change};

#[tokio::test]
async fn concurrent_clearing_edit_keeps_the_other_edit() {
    let stage = Stage::new().await;
    assert_eq!(stage.alice().await.status, 200);
    stage.fault("/api/users/", "GET", FaultAction::Delay(50), None);
    let token = stage.token("alice", ALL_SCOPES);
    let set = change("middle_name", Value::Null, "Maria");
    let clear = change("nickname", "Al", Value::Null);
    // The one that clears replaces the profile, later than the other one merges its key into it.
    stage.fault("/profile", "PATCH", FaultAction::Delay(0), None);
    stage.fault("/api/users/", "PATCH", FaultAction::Delay(100), None);
    let (set, clear) = tokio::join!(
        stage.patch("/account/profile", &token, &set),
        stage.patch("/account/profile", &token, &clear)
    );
    assert_eq!((set.status, clear.status), (200, 200), "{} {}", set.text, clear.text);
    let profile = &stage.sandbox.user_json("alice")["profile"];
    assert_eq!(profile["middleName"], "Maria");
    assert!(profile.get("nickname").is_none());
}

/// Waits until Logto gets a request to change a user.
async fn a_write_is_under_way(stage: &Stage) {
    while !stage.sandbox.request_log().iter().any(|request| request.method == "PATCH") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn edit_of_a_disconnected_app_ends_before_the_next_begins() {
    let stage = Stage::new().await;
    stage.fault("/api/users/", "PATCH", FaultAction::Delay(300), Some(1));
    let token = stage.token("alice", ALL_SCOPES);
    let request = stage.http.patch(stage.url("/account/preferences")).bearer_auth(&token).json(&change(
        "theme",
        Value::Null,
        "dark",
    ));
    let left = tokio::spawn(request.send());
    a_write_is_under_way(&stage).await;
    left.abort();
    assert!(left.await.unwrap_err().is_cancelled());
    let answer = stage.patch("/account/preferences", &token, &change("language", Value::Null, "de")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let wanted = json!({ "theme": "dark", "language": "de" });
    assert_eq!(answer.body["preferences"]["value"], wanted, "the second saw what the first wrote");
    assert_eq!(stage.sandbox.user_json("alice")["customData"]["latchkey"], wanted);
}

#[tokio::test]
async fn edit_outlasting_its_request_ends_before_shutdown() {
    let stage = Stage::with(|config| config.limits.request_timeout = Duration::from_millis(200)).await;
    assert_eq!(stage.alice().await.status, 200);
    stage.fault("/api/users/", "PATCH", FaultAction::Delay(600), Some(1));
    let answer = stage.alice_patches("/account", &change("name", "Alice Example", "Alice")).await;
    assert_eq!(answer.outcome(), (504, "timed_out"));
    assert_eq!(stage.sandbox.user_json("alice")["name"], "Alice Example", "not yet");
    let Stage { sandbox, server, .. } = stage;
    server.stop().await;
    assert_eq!(sandbox.user_json("alice")["name"], "Alice");
}

#[tokio::test]
async fn twenty_edits_at_once_lose_none() {
    let stage = Stage::new().await;
    stage.fault("/api/users/", "GET", FaultAction::Delay(5), None);
    let token = stage.token("alice", ALL_SCOPES);
    let theme = change("theme", Value::Null, "dark");
    let language = change("language", Value::Null, "de");
    let name = change("name", "Alice Example", "Alice");
    let requests = (0..20).map(|number| match number % 3 {
        0 => stage.patch("/account/preferences", &token, &theme),
        1 => stage.patch("/account/preferences", &token, &language),
        _ => stage.patch("/account", &token, &name),
    });
    for answer in futures_util::future::join_all(requests).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let user = stage.sandbox.user_json("alice");
    assert_eq!(user["name"], "Alice");
    assert_eq!(user["customData"]["latchkey"], json!({ "theme": "dark", "language": "de" }));
}

#[tokio::test]
async fn of_two_concurrent_edits_one_wins_and_one_conflicts() {
    let stage = Stage::new().await;
    stage.fault("/api/users/", "", FaultAction::Delay(5), None);
    let token = stage.token("alice", ALL_SCOPES);
    let (first, second) =
        (change("name", "Alice Example", "First"), change("name", "Alice Example", "Second"));
    let (first, second) =
        tokio::join!(stage.patch("/account", &token, &first), stage.patch("/account", &token, &second));
    let mut outcomes = [first.status, second.status];
    outcomes.sort_unstable();
    assert_eq!(outcomes, [200, 409]);
}
