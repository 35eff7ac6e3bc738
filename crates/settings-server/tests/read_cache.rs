//! Decision 9: a user's data are cached for further reads for at most five seconds, and decide nothing.

use std::time::Duration;

use futures_util::FutureExt;
use logto_sandbox::FaultAction;
use serde_json::{Value, json};

use crate::support::app::{self, App, Call};
use crate::support::{ALL_SCOPES, Answer, Stage, change, read};

/// Starts a stage whose server caches reads for five seconds, with the tenant's settings cached.
async fn stage() -> Stage {
    let stage = Stage::with(|config| config.limits.read_cache = Duration::from_secs(5)).await;
    assert_eq!(stage.account(&stage.token("bob", ALL_SCOPES)).await.status, 200);
    stage.sandbox.clear_request_log();
    stage
}

/// Returns how often the user was requested from Logto.
fn reads(stage: &Stage, user: &str) -> usize {
    let path = format!("/api/users/{}", stage.sandbox.user_id(user));
    let log = stage.sandbox.request_log();
    log.iter().filter(|request| request.method == "GET" && request.path == path).count()
}

fn name(answer: &Answer) -> &str {
    answer.body["name"]["value"].as_str().unwrap_or_default()
}

/// Waits until alice was requested from Logto this many times.
async fn until_requested(stage: &Stage, times: usize) {
    while reads(stage, "alice") < times {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_read_is_answered_again_for_five_seconds_and_no_longer() {
    let stage = stage().await;
    let first = stage.alice().await;
    stage.sandbox.patch_user("alice", &json!({ "name": "Elsewhere" }));
    stage.advance(4);
    let again = stage.alice().await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(reads(&stage, "alice"), 1);
    let memberships = stage.get("/memberships", &stage.token("alice", ALL_SCOPES)).await;
    assert_eq!((memberships.status, reads(&stage, "alice")), (200, 1));
    stage.advance(1);
    assert_eq!(name(&stage.alice().await), "Elsewhere");
    assert_eq!(reads(&stage, "alice"), 2);
}

#[tokio::test]
async fn five_seconds_begin_with_the_request_to_logto() {
    let stage = stage().await;
    stage.fault("/api/users/", "GET", FaultAction::Hold, Some(1));
    let later = async {
        until_requested(&stage, 1).await;
        stage.advance(4);
        stage.sandbox.faults().clear();
    };
    let (slow, ()) = tokio::join!(stage.alice(), later);
    assert_eq!((slow.status, reads(&stage, "alice")), (200, 1));
    stage.advance(1);
    assert_eq!((stage.alice().await.status, reads(&stage, "alice")), (200, 2));
    // Nor does any request wait for a read that began too long ago.
    stage.advance(5);
    stage.fault("/api/users/", "GET", FaultAction::Hold, Some(1));
    let later = async {
        until_requested(&stage, 3).await;
        stage.advance(5);
        assert_eq!((stage.alice().await.status, reads(&stage, "alice")), (200, 4));
        stage.sandbox.faults().clear();
    };
    tokio::join!(stage.alice(), later);
}

#[tokio::test]
async fn b4_suspension_blocks_writes_at_once_and_reads_in_5_seconds() {
    for (what, wanted) in [("suspended", (403, "account_suspended")), ("deleted", (401, "account_not_found"))]
    {
        for path in ["/account", "/account/profile", "/account/preferences", "/account/custom-fields"] {
            let stage = stage().await;
            let token = stage.token("alice", ALL_SCOPES);
            assert_eq!(stage.account(&token).await.status, 200);
            match what {
                "suspended" => stage.sandbox.suspend_user("alice", true),
                _ => stage.sandbox.delete_user("alice"),
            }
            assert_eq!(stage.account(&token).await.status, 200, "known from a moment ago");
            assert_eq!(stage.patch(path, &token, &json!({})).await.outcome(), wanted, "{what} {path}");
            assert_eq!(stage.account(&token).await.outcome(), wanted, "a write makes reads ask again");
        }
        let stage = stage().await;
        let token = stage.token("alice", ALL_SCOPES);
        stage.account(&token).await;
        match what {
            "suspended" => stage.sandbox.suspend_user("alice", true),
            _ => stage.sandbox.delete_user("alice"),
        }
        stage.advance(5);
        assert_eq!(stage.account(&token).await.outcome(), wanted, "{what}: within five seconds on reads");
    }
}

#[tokio::test]
async fn b4_sensitive_reads_never_use_the_read_cache() {
    let stage = stage().await;
    let app = App::sign_in(&stage, "alice").await;
    let nonce = app::secret("a nonce");
    let calls = [
        Call::new(reqwest::Method::GET, "/sessions"),
        Call::new(reqwest::Method::GET, "/password"),
        Call::put("/password", json!({ "password": "Another-Horse-9" })),
        Call::post("/email", json!({ "from": "alice@example.test", "address": "new@example.test" })),
        Call::post("/email/remove", json!({ "from": "alice@example.test" })),
        Call::patch("/username", change("username", "alice", "alicia")),
        Call::post("/sessions/end-others", json!({})),
        Call::post("/sessions/current", json!({ "id_token": app.tokens["id_token"] })),
        Call::post("/step-up/browser", json!({ "nonce": nonce, "id_token": "x" })),
        Call::post("/step-up/password", json!({ "nonce": nonce, "password": "Correct-Horse-7" })),
        Call::post("/step-up/code", json!({ "nonce": nonce, "route": "email" })),
        Call::post(
            "/step-up/code/confirm",
            json!({ "nonce": nonce, "transaction": nonce, "code": "123456" }),
        ),
    ];
    for call in calls {
        stage.sandbox.suspend_user("alice", false);
        stage.advance(5);
        assert_eq!(
            app.call(&Call::new(reqwest::Method::GET, "/account")).await.status,
            200,
            "it is kept now"
        );
        stage.sandbox.suspend_user("alice", true);
        let answer = app.call(&call).await;
        assert_eq!(answer.outcome(), (403, "account_suspended"), "{} {}", call.path, answer.text);
    }
}

#[tokio::test]
async fn own_write_is_seen_by_the_next_read_whatever_its_outcome() {
    for (case, fault, wanted) in [
        ("done", None, 200),
        ("refused", Some(FaultAction::Status(422, Some(json!({ "code": "x" })))), 422),
        ("failed", Some(FaultAction::Status(503, None)), 503),
        ("cut off", Some(FaultAction::Drop), 503),
        ("done, and its answer lost", Some(FaultAction::HangAfter), 503),
    ] {
        let stage = Stage::with(|config| {
            config.limits.read_cache = Duration::from_secs(5);
            config.limits.upstream_timeout = Duration::from_millis(300);
        })
        .await;
        stage.alice().await;
        if let Some(action) = fault {
            stage.fault("/api/users/", "PATCH", action, Some(1));
        }
        let written = stage.alice_patches("/account", &change("name", "Alice Example", "Alice")).await;
        assert_eq!(written.status, wanted, "{case} {}", written.text);
        let is = stage.sandbox.user_json("alice")["name"].as_str().unwrap().to_owned();
        assert_eq!(is == "Alice", case.starts_with("done"), "{case}");
        assert_eq!(name(&stage.alice().await), is, "{case}");
        stage.sandbox.patch_user("alice", &json!({ "name": "Elsewhere" }));
        stage.alice_patches("/account", &change("name", "Nobody", "x")).await;
        assert_eq!(
            name(&stage.alice().await),
            "Elsewhere",
            "{case}: a conflict makes the next read a new one"
        );
    }
}

#[tokio::test]
async fn read_begun_before_a_write_does_not_restore_the_old_value() {
    let stage = stage().await;
    stage.fault("/api/users/", "GET", FaultAction::Hold, Some(1));
    let write = async {
        until_requested(&stage, 1).await;
        let written = stage.alice_patches("/account", &change("name", "Alice Example", "Alice")).await;
        assert_eq!((written.status, name(&written)), (200, "Alice"));
        stage.sandbox.faults().clear();
    };
    let (old, ()) = tokio::join!(stage.alice(), write);
    assert_eq!(name(&old), "Alice Example", "it was asked before");
    assert_eq!(name(&stage.alice().await), "Alice");
}

#[tokio::test]
async fn read_during_a_write_does_not_restore_the_old_value() {
    let stage = stage().await;
    // The old value goes out, and Logto takes its time with the change.
    stage.fault("/api/users/", "PATCH", FaultAction::Delay(300), Some(1));
    let edit = change("name", "Alice Example", "Alice");
    let read_meanwhile = async {
        while stage.request_count_with("PATCH") == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(name(&stage.alice().await), "Alice Example");
    };
    let (written, ()) = tokio::join!(stage.alice_patches("/account", &edit), read_meanwhile);
    assert_eq!(written.status, 200);
    assert_eq!(name(&stage.alice().await), "Alice");
}

#[tokio::test]
async fn many_cold_reads_at_once_make_one_request_to_logto() {
    let stage = stage().await;
    stage.fault("/api/users/", "GET", FaultAction::Hold, None);
    let token = stage.token("alice", ALL_SCOPES);
    let release = async {
        until_requested(&stage, 1).await;
        // The others have time to come, too.
        for _ in 0..20 {
            read(stage.http.get(stage.root_url("/livez"))).await;
        }
        stage.sandbox.faults().clear();
    };
    let all = futures_util::future::join_all((0..20).map(|_| stage.account(&token)));
    let (answers, ()) = tokio::join!(all, release);
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body));
    assert_eq!(reads(&stage, "alice"), 1);
}

#[tokio::test]
async fn shared_read_continues_when_the_first_caller_leaves() {
    let stage = stage().await;
    stage.fault("/api/users/", "GET", FaultAction::Hold, Some(1));
    let token = stage.token("alice", ALL_SCOPES);
    {
        let first = stage.account(&token).fuse();
        tokio::pin!(first);
        tokio::select! {
            _ = &mut first => panic!("it is held"),
            () = until_requested(&stage, 1) => {}
        }
    }
    let release = async {
        for _ in 0..20 {
            read(stage.http.get(stage.root_url("/livez"))).await;
        }
        stage.sandbox.faults().clear();
    };
    let (second, ()) = tokio::join!(stage.account(&token), release);
    assert_eq!((second.status, reads(&stage, "alice")), (200, 1));
}

#[tokio::test]
async fn a_read_that_failed_is_not_kept() {
    let stage = stage().await;
    let foreign = stage.sandbox.user_json("bob");
    for (fault, wanted) in [
        (FaultAction::Status(503, None), 503),
        (FaultAction::Status(404, Some(json!({ "code": "entity.not_found" }))), 401),
        (FaultAction::Status(200, Some(json!({ "name": "nobody" }))), 502),
        (FaultAction::Status(200, Some(foreign)), 502),
    ] {
        stage.advance(5);
        stage.fault("/api/users/", "GET", fault.clone(), Some(1));
        assert_eq!(stage.alice().await.status, wanted, "{fault:?}");
        assert_eq!(stage.alice().await.status, 200, "{fault:?}");
    }
}

#[tokio::test]
async fn user_never_sees_another_users_account() {
    let stage = stage().await;
    let id = |answer: &Answer| answer.body["user_id"].as_str().unwrap().to_owned();
    for user in ["alice", "bob", "alice", "bob"] {
        let answer = stage.account(&stage.token(user, ALL_SCOPES)).await;
        assert_eq!(id(&answer), stage.sandbox.user_id(user));
    }
    // A write of one leaves the other's alone.
    stage.alice_patches("/account", &change("name", "Alice Example", "Alice")).await;
    stage.sandbox.clear_request_log();
    stage.account(&stage.token("bob", ALL_SCOPES)).await;
    assert_eq!(reads(&stage, "bob"), 0);
}

#[tokio::test]
async fn scopes_and_rules_decide_each_time() {
    let stage = stage().await;
    let access = |answer: &Answer| answer.body["name"]["access"].clone();
    assert_eq!(access(&stage.alice().await), "edit");
    let reader = stage.account(&stage.token("alice", "account:read")).await;
    assert_eq!(access(&reader), "read_only");
    let none = stage.account(&stage.token("alice", "account:security")).await;
    assert_eq!(none.outcome(), (403, "insufficient_scope"));
    assert_eq!(access(&stage.alice().await), "edit");
    assert_eq!(reads(&stage, "alice"), 1);
}

#[tokio::test]
async fn second_factors_are_cached_where_passkeys_sign_in() {
    let stage = Stage::with(|config| config.limits.read_cache = Duration::from_secs(5)).await;
    stage.sandbox.set_sign_in_experience(&json!({ "passkeySignIn": { "enabled": true } }));
    for (seconds, asked) in [(0, 1), (4, 1), (1, 2)] {
        stage.advance(seconds);
        assert_eq!(stage.alice().await.status, 200);
        assert_eq!(stage.request_count("/mfa-verifications"), asked);
    }
    stage.alice_patches("/account", &change("name", "Alice Example", "Alice")).await;
    let before = stage.request_count("/mfa-verifications");
    stage.alice().await;
    assert_eq!(stage.request_count("/mfa-verifications"), before + 1);
}

#[tokio::test]
async fn disabled_cache_reads_from_logto_each_time() {
    let stage = Stage::new().await;
    let bodies: Vec<Value> = vec![stage.alice().await.body, stage.alice().await.body];
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(reads(&stage, "alice"), 2);
}
