//! N29: a command that is repeated is the same operation until the server has decided about it; and which requests
//! are repeated automatically.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use account_api::account::{AccountUpdateRequest, Change};
use account_api::app::Outcome;
use account_api::error::{AppCode, Code, ServerCode};
use account_api::secret::SecretText;
use serde_json::{Value, json};

use crate::support::Proving;
use crate::support::http::{Answer, Asked, CUT};
use crate::support::proving::refusal;

fn rename(to: &str) -> AccountUpdateRequest {
    let change = Change { from: Some("Alice".to_owned()), to: Some(to.to_owned()) };
    AccountUpdateRequest { name: Some(change), ..AccountUpdateRequest::default() }
}

fn key(asked: &Asked) -> String {
    let key = asked.header("idempotency-key").unwrap();
    assert!((16..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()), "{key}");
    key.to_owned()
}

fn keys(proving: &Proving, method: &str, target: &str) -> Vec<String> {
    proving.asked_for(method, target).iter().map(key).collect()
}

#[tokio::test]
async fn n29_a_write_keeps_its_key_until_a_definitive_answer() {
    let passing: [(u16, &str, Code); 6] = [
        (503, "store_unavailable", Code::Server(ServerCode::StoreUnavailable)),
        (500, "internal", Code::Server(ServerCode::Internal)),
        (502, "upstream_failed", Code::Server(ServerCode::UpstreamFailed)),
        (429, "rate_limited", Code::Server(ServerCode::RateLimited)),
        (408, "timed_out", Code::Server(ServerCode::TimedOut)),
        (CUT, "", Code::App(AppCode::Offline)),
    ];
    for (status, code, expected) in passing {
        let proving = Proving::new().await;
        let update = async |to| proving.app.account_update(&proving.alice, rename(to)).await;
        proving.before(move |asked| (asked.method == "PATCH").then(|| refusal(status, code, Value::Null)));
        assert_eq!(update("Alice B.").await.unwrap_err().code(), expected);
        assert_eq!(update("Alice C.").await.unwrap_err().code(), expected);
        proving.by_the_rules();
        update("Alice B.").await.unwrap();
        update("Alice B.").await.unwrap();
        let keys = keys(&proving, "PATCH", "/account");
        assert_eq!(keys.len(), 4, "{code}: nothing is repeated by itself");
        assert_eq!(keys[0], keys[2], "{code}: the repetition is the same operation");
        assert_ne!(keys[0], keys[1], "{code}: another body is another operation");
        assert_ne!(keys[2], keys[3], "{code}: after the answer it is a new one");
    }
    for (status, code) in [(409, "conflict"), (422, "invalid_value"), (403, "insufficient_scope")] {
        let proving = Proving::new().await;
        proving.before(move |asked| (asked.method == "PATCH").then(|| refusal(status, code, Value::Null)));
        for _ in 0..2 {
            proving.app.account_update(&proving.alice, rename("Alice B.")).await.unwrap_err();
        }
        let keys = keys(&proving, "PATCH", "/account");
        assert_ne!(keys[0], keys[1], "{code} is a decision");
    }
}

#[tokio::test]
async fn n29_retry_after_token_renewal_keeps_operation_key() {
    let proving = Proving::new().await;
    let refused = Arc::new(AtomicUsize::new(0));
    proving.before(move |asked| {
        let first = asked.method == "PATCH" && refused.fetch_add(1, Ordering::SeqCst) == 0;
        first.then(|| refusal(401, "unauthorized", Value::Null))
    });
    proving.app.account_update(&proving.alice, rename("Alice B.")).await.unwrap();
    let keys = keys(&proving, "PATCH", "/account");
    assert_eq!(keys, [keys[0].clone(), keys[0].clone()]);
}

#[tokio::test]
async fn n29_retry_after_step_up_keeps_operation_key() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let Outcome::StepUp { step_up } = app.session_end(alice, "s-2").await.unwrap() else { panic!() };
    let password = SecretText::new("Correct-Horse-7".to_owned());
    app.step_up_password(alice, &step_up.id, password).await.unwrap();
    proving.before(|asked| (asked.method == "DELETE").then(|| Answer::json(CUT, &Value::Null)));
    assert_eq!(app.session_end(alice, "s-2").await.unwrap_err().code(), Code::App(AppCode::Offline));
    proving.by_the_rules();
    assert!(matches!(app.session_end(alice, "s-2").await.unwrap(), Outcome::Done { .. }));
    app.session_end(alice, "s-2").await.unwrap();
    let keys = keys(&proving, "DELETE", "/sessions/s-2");
    assert_eq!(keys[..3], [keys[0].clone(), keys[0].clone(), keys[0].clone()]);
    assert_ne!(keys[3], keys[0]);
}

/// Returns the result of `work`, and fails when it waits where it should not.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .unwrap_or_else(|_| panic!("waits where it should not"))
}

#[tokio::test]
async fn n29_read_is_retried_once_after_short_wait_write_never() {
    for (seconds, is_repeated) in [(1, true), (2, true), (3, false), (90, false)] {
        let proving = Proving::new().await;
        let clock = &proving.world.clock;
        let later = json!({"kind": "retry_after", "seconds": seconds});
        proving.before(move |_| Some(refusal(503, "upstream_unavailable", later.clone())));
        let reads = || proving.asked_for("GET", "/sessions").len();
        let awake = clock.sleepers();
        let (app, alice) = (Arc::clone(&proving.app), proving.alice.clone());
        let read = tokio::spawn(async move { app.sessions_list(&alice).await.map(drop) });
        if is_repeated {
            let sleeps = async {
                while clock.sleepers() == awake {
                    tokio::task::yield_now().await;
                }
            };
            in_time(sleeps).await;
            clock.advance(Duration::from_millis(seconds * 1000 - 1));
            assert_eq!((reads(), clock.sleepers()), (1, awake + 1), "not before its time");
            clock.advance(Duration::from_millis(1));
        }
        let error = in_time(read).await.unwrap().unwrap_err();
        assert_eq!(error.code(), Code::Server(ServerCode::UpstreamUnavailable));
        assert_eq!(reads(), if is_repeated { 2 } else { 1 }, "after {seconds} s");

        let write = proving.app.account_update(&proving.alice, rename("Alice B."));
        assert_eq!(in_time(write).await.unwrap_err().code(), Code::Server(ServerCode::UpstreamUnavailable));
        assert_eq!(proving.asked_for("PATCH", "/account").len(), 1, "after {seconds} s");
    }
}

#[tokio::test]
async fn reads_and_proofs_are_no_operations() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    app.sessions_list(alice).await.unwrap();
    let Outcome::StepUp { step_up } = app.session_end(alice, "s-2").await.unwrap() else { panic!() };
    let password = SecretText::new("Correct-Horse-7".to_owned());
    app.step_up_password(alice, &step_up.id, password).await.unwrap();
    for asked in proving.asked() {
        let is_write = asked.method == "DELETE";
        assert_eq!(asked.header("idempotency-key").is_some(), is_write, "{} {}", asked.method, asked.target);
    }
}
