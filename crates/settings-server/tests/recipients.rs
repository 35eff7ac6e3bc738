//! Decision 29: strangers cannot block a user's codes, and learn nothing about them.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::support::addresses::{EMAIL, burn, newest_code, wrong};
use crate::support::app::{App, Call, granted, secret};
use crate::support::records::Records;
use crate::support::{Answer, Stage};

/// Alice requests a code to her own address. Returns the challenge's nonce and the answer.
async fn own_code(app: &App<'_>) -> (String, Answer) {
    let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
    let sent = app.post("/step-up/code", json!({ "nonce": nonce, "route": "email" })).await;
    (nonce, sent)
}

async fn own_confirm(app: &App<'_>, (nonce, sent): &(String, Answer), code: &str) -> Answer {
    let body = json!({ "nonce": nonce, "transaction": sent.body["transaction"], "code": code });
    app.post("/step-up/code/confirm", body).await
}

fn members(answer: &Answer) -> Vec<&String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body.as_object().unwrap().keys().collect()
}

#[tokio::test]
async fn r29_owner_takes_the_recipient_over_from_a_stranger() {
    let stage = Stage::new().await;
    let alice = App::sign_in(&stage, "alice").await;
    let bob = App::sign_in(&stage, "bob").await;
    let strangers = EMAIL.send(&bob, EMAIL.present).await;
    let before = stage.sandbox.outbox().len();
    let own = own_code(&alice).await;
    assert_eq!(own.1.status, 200, "{}", own.1.text);
    assert_eq!(stage.sandbox.outbox().len(), before + 1, "hers is sent");
    let code = newest_code(&stage);
    // His transaction is a decoy now: it neither voids hers nor uses up its tries.
    for left in (0..5).rev() {
        let answer = bob.call(&EMAIL.confirm(&strangers, &code)).await;
        assert_eq!(answer.outcome(), (422, "code_wrong"), "{}", answer.text);
        assert_eq!(answer.body["detail"]["tries"], left);
    }
    let again = EMAIL.send(&bob, EMAIL.present).await;
    assert_eq!(members(&again), members(&own.1));
    assert_eq!(stage.sandbox.outbox().len(), before + 1, "nothing is sent for him");
    granted(&own_confirm(&alice, &own, &code).await);
}

#[tokio::test]
async fn r29_strangers_use_no_budget_of_the_owner() {
    let stage = Stage::new().await;
    let alice = App::sign_in(&stage, "alice").await;
    let bob = App::sign_in(&stage, "bob").await;
    for _ in 0..2 {
        let sent = EMAIL.send(&bob, EMAIL.present).await;
        burn(&bob, "/email", &sent).await;
    }
    EMAIL.send(&bob, EMAIL.present).await;
    let own = own_code(&alice).await;
    assert_eq!(own.1.status, 200, "{}", own.1.text);
    granted(&own_confirm(&alice, &own, &newest_code(&stage)).await);
}

#[tokio::test]
async fn r29_budget_used_up_by_others_answers_as_a_decoy() {
    let stage = Stage::new().await;
    let bob = App::sign_in(&stage, "bob").await;
    let first = EMAIL.send(&bob, "wanted@example.test").await;
    for _ in 0..2 {
        EMAIL.send(&bob, "wanted@example.test").await;
    }
    // His own budget may be disclosed to him.
    let call = EMAIL.set("bob@example.test", "wanted@example.test");
    let fourth = app_send(&bob, &call).await;
    assert_eq!(fourth.outcome(), (429, "rate_limited"), "{}", fourth.text);
    stage.advance(599);
    let mut alice = App::sign_in(&stage, "alice").await;
    let before = stage.sandbox.outbox().len();
    let neutral = EMAIL.send(&alice, "wanted@example.test").await;
    assert_eq!(members(&neutral), members(&first));
    assert_eq!(stage.sandbox.outbox().len(), before, "others' sends are not disclosed, and nothing is sent");
    stage.advance(601);
    alice = App::sign_in(&stage, "alice").await;
    EMAIL.send(&alice, "wanted@example.test").await;
    assert_eq!(stage.sandbox.outbox().len(), before + 1);
}

async fn app_send(app: &App<'_>, call: &Call) -> Answer {
    let first = app.call(call).await;
    if first.code() != "step_up_required" {
        return first;
    }
    app.call(&call.with_grant(&app.grant(call).await)).await
}

#[tokio::test]
async fn r29_stranger_keeps_others_out_ten_minutes_a_day() {
    let stage = Stage::new().await;
    let mut bob = App::sign_in(&stage, "bob").await;
    EMAIL.send(&bob, "wanted@example.test").await;
    stage.advance(600);
    bob = App::sign_in(&stage, "bob").await;
    let second = EMAIL.send(&bob, "wanted@example.test").await;
    let alice = App::sign_in(&stage, "alice").await;
    let before = stage.sandbox.outbox().len();
    let sent = EMAIL.send(&alice, "wanted@example.test").await;
    assert_eq!(stage.sandbox.outbox().len(), before + 1, "his ten minutes of this day are over");
    let code = newest_code(&stage);
    assert_eq!(bob.call(&EMAIL.confirm(&second, &code)).await.outcome(), (422, "code_wrong"));
    assert_eq!(alice.call(&EMAIL.confirm(&sent, &code)).await.status, 200);
}

/// The first request of a process must not be faster than later ones.
#[tokio::test]
async fn r29_first_decoy_of_a_process_takes_the_minimum_time() {
    const LEAST: Duration = Duration::from_millis(300);
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let alice = App::sign_in(&stage, "alice").await;
    let tokens = (alice.tokens.clone(), alice.browser.clone());
    EMAIL.send(&alice, "wanted@example.test").await;
    let stage = stage
        .restart(|config| {
            records.configure(config);
            config.limits.code_answer = LEAST;
        })
        .await;
    let bob = App::sign_in(&stage, "bob").await;
    let call = EMAIL.set("bob@example.test", "wanted@example.test");
    let call = call.with_grant(&bob.grant(&call).await);
    let before = stage.sandbox.outbox().len();
    let began = Instant::now();
    let decoy = bob.call(&call).await;
    assert!(decoy.status == 200 && began.elapsed() >= LEAST, "{:?}: {}", began.elapsed(), decoy.text);
    assert_eq!(stage.sandbox.outbox().len(), before);
    let began = Instant::now();
    let answer = bob.call(&EMAIL.confirm(&decoy, "123456")).await;
    assert!(
        answer.code() == "code_wrong" && began.elapsed() >= LEAST,
        "{:?}: {}",
        began.elapsed(),
        answer.text
    );

    let alice = App {
        stage: &stage,
        user: "alice".to_owned(),
        instance: secret("instance of alice"),
        browser: tokens.1,
        tokens: tokens.0,
    };
    let (nonce, _) = alice.challenge(&Call::delete("/sessions/unknown")).await;
    let began = Instant::now();
    let real = alice.post("/step-up/code", json!({ "nonce": nonce, "route": "email" })).await;
    assert!(real.status == 200 && began.elapsed() >= LEAST, "{:?}: {}", began.elapsed(), real.text);
    let code = wrong(&newest_code(&stage));
    let began = Instant::now();
    assert_eq!(own_confirm(&alice, &(nonce, real), &code).await.code(), "code_wrong");
    assert!(began.elapsed() >= LEAST, "{:?}", began.elapsed());
}

#[tokio::test]
async fn r31_code_of_another_instance_does_not_void_ours() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let own = own_code(&app).await;
    let code = newest_code(&stage);
    let mut other = App::sign_in(&stage, "alice").await;
    other.become_another("another installation").await;
    let (_, refused) = own_code(&other).await;
    assert_eq!(refused.outcome(), (429, "rate_limited"), "{}", refused.text);
    assert_eq!(refused.body["detail"]["seconds"], 600);
    granted(&own_confirm(&app, &own, &code).await);
    assert_eq!(own_code(&other).await.1.status, 200, "free again");
}
