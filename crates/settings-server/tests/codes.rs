//! B11 to B13: codes to addresses, each bound to a transaction of ours.

use std::time::Duration;

use logto_sandbox::{FaultAction, SignInBy};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::app::{App, Call, granted};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage};

const CALL: &str = "/sessions/unknown";

struct Sent {
    nonce: String,
    answer: Answer,
}

async fn send(app: &App<'_>, route: &str) -> Sent {
    let (nonce, _) = app.challenge(&Call::delete(CALL)).await;
    let answer = app.post("/step-up/code", json!({ "nonce": nonce, "route": route })).await;
    Sent { nonce, answer }
}

impl Sent {
    fn with_code(&self, code: &str) -> Value {
        json!({ "nonce": self.nonce, "transaction": self.answer.body["transaction"], "code": code })
    }
}

async fn confirm(app: &App<'_>, sent: &Sent, code: &str) -> Answer {
    app.post("/step-up/code/confirm", sent.with_code(code)).await
}

/// Returns the code of the newest message.
fn newest(stage: &Stage) -> String {
    stage.sandbox.outbox().last().unwrap().1.clone()
}

fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '1' { '2' } else { '1' }).collect()
}

#[tokio::test]
async fn b11_a_code_proves_it_once() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for route in ["email", "phone"] {
        let sent = send(&app, route).await;
        assert_eq!(sent.answer.status, 200, "{}", sent.answer.text);
        assert!(sent.answer.body["masked"].as_str().unwrap().contains('…'));
        assert_eq!(sent.answer.body["expires_in"], json!(600));
        assert_eq!(sent.answer.body["resend_in"], json!(60));
        let code = newest(&stage);
        let answer = confirm(&app, &sent, &code).await;
        granted(&answer);
        assert_eq!(confirm(&app, &sent, &code).await.code(), "step_up_refused", "the challenge is over");
    }
}

#[tokio::test]
async fn b11_code_is_bound_to_transaction_challenge_user_and_instance() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let mut bob = App::sign_in(&stage, "bob").await;
    // Only the user differs.
    bob.instance.clone_from(&app.instance);
    bob.introduce().await;
    let sent = send(&app, "email").await;
    let code = newest(&stage);

    let (other_challenge, _) = app.challenge(&Call::delete(CALL)).await;
    let cross =
        json!({ "nonce": other_challenge, "transaction": sent.answer.body["transaction"], "code": code });
    assert_eq!(
        app.post("/step-up/code/confirm", cross).await.outcome(),
        (410, "code_expired"),
        "cross-purpose"
    );

    let (bobs_challenge, _) = bob.challenge(&Call::delete(CALL)).await;
    let cross =
        json!({ "nonce": bobs_challenge, "transaction": sent.answer.body["transaction"], "code": code });
    assert_eq!(bob.post("/step-up/code/confirm", cross).await.outcome(), (410, "code_expired"), "cross-user");

    let mine = app.become_another("another installation").await;
    let (elsewhere, _) = app.challenge(&Call::delete(CALL)).await;
    let cross = json!({ "nonce": elsewhere, "transaction": sent.answer.body["transaction"], "code": code });
    assert_eq!(app.post("/step-up/code/confirm", cross).await.outcome(), (410, "code_expired"), "instance");
    app.instance = mine;
    granted(&confirm(&app, &sent, &code).await);
}

#[tokio::test]
async fn b11_right_code_is_refused_after_five_wrong_ones() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let sent = send(&app, "email").await;
    let code = newest(&stage);
    for not_a_code in ["", "12345", "1234567", "12345x", "１２３４５６"] {
        assert_eq!(confirm(&app, &sent, not_a_code).await.outcome(), (422, "invalid_value"), "{not_a_code}");
    }
    for left in (0..5).rev() {
        let answer = confirm(&app, &sent, &wrong(&code)).await;
        assert_eq!(answer.outcome(), (422, "code_wrong"), "{}", answer.text);
        assert_eq!(answer.body["detail"], json!({ "kind": "tries_left", "tries": left }));
    }
    assert_eq!(confirm(&app, &sent, &code).await.outcome(), (410, "code_expired"));
}

#[tokio::test]
async fn b11_code_ends_with_a_second_one_or_after_ten_minutes() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let first = send(&app, "email").await;
    let first_code = newest(&stage);
    let second = send(&app, "email").await;
    let second_code = newest(&stage);
    assert_eq!(confirm(&app, &first, &first_code).await.outcome(), (410, "code_expired"));
    stage.advance(599);
    app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    assert_eq!(confirm(&app, &second, &wrong(&second_code)).await.code(), "code_wrong", "still open");
    stage.advance(1);
    let late = confirm(&app, &second, &second_code).await;
    assert!(matches!(late.code(), "code_expired" | "step_up_refused"), "{}", late.text);
}

/// Logto keys its codes by recipient alone: two users with one address could void each other's codes or use up their
/// tries.
#[tokio::test]
async fn b11_one_open_transaction_per_recipient_over_all_users() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let bob = App::sign_in(&stage, "bob").await;
    let address = stage.sandbox.user_json("alice")["primaryEmail"].clone();
    let sent = send(&app, "email").await;
    let code = newest(&stage);
    stage.sandbox.patch_user("bob", &json!({ "primaryEmail": address }));
    let before = stage.sandbox.outbox().len();
    let neutral = send(&bob, "email").await;
    assert_eq!(neutral.answer.status, 200, "the neutral answer");
    let members = |answer: &Answer| answer.body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&neutral.answer), members(&sent.answer));
    assert_eq!(stage.sandbox.outbox().len(), before, "and nothing is sent");
    let answer = confirm(&bob, &neutral, &code).await;
    assert_eq!(answer.outcome(), (422, "code_wrong"), "no code opens it, the right one of alice included");
    granted(&confirm(&app, &sent, &code).await);
    assert_eq!(send(&bob, "email").await.answer.status, 200);
    assert_eq!(stage.sandbox.outbox().len(), before + 1, "the recipient is free again");
}

/// Where nothing is sent, and nothing is compared, the answers are no faster than where Logto did it.
#[tokio::test]
async fn b11_the_neutral_answers_take_as_long_as_real_ones() {
    const SLOW: Duration = Duration::from_millis(400);
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let bob = App::sign_in(&stage, "bob").await;
    let slow = FaultAction::Delay(u64::try_from(SLOW.as_millis()).unwrap());
    stage.fault("/api/verification-codes", "POST", slow, Some(2));
    let sent = send(&app, "email").await;
    let wrong_code = wrong(&newest(&stage));
    assert_eq!(confirm(&app, &sent, &wrong_code).await.code(), "code_wrong");
    stage.sandbox.faults().clear();
    stage.sandbox.clear_request_log();

    let address = stage.sandbox.user_json("alice")["primaryEmail"].clone();
    stage.sandbox.patch_user("bob", &json!({ "primaryEmail": address }));
    let began = Instant::now();
    let neutral = send(&bob, "email").await;
    assert!(neutral.answer.status == 200 && began.elapsed() >= SLOW, "{:?}", began.elapsed());
    let began = Instant::now();
    assert_eq!(confirm(&bob, &neutral, &wrong_code).await.code(), "code_wrong");
    assert!(began.elapsed() >= SLOW, "{:?}", began.elapsed());
    let asked = stage.sandbox.request_log();
    assert!(
        asked.iter().all(|request| !request.path.contains("verification-codes")),
        "and Logto was not asked"
    );
}

#[tokio::test]
async fn b12_sends_to_a_recipient_are_limited_over_new_requests() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for _ in 0..3 {
        assert_eq!(send(&app, "email").await.answer.status, 200);
    }
    let fourth = send(&app, "email").await.answer;
    assert_eq!(fourth.outcome(), (429, "rate_limited"), "{}", fourth.text);
    let seconds = fourth.body["detail"]["seconds"].as_u64().unwrap();
    assert_eq!(fourth.header("retry-after"), seconds.to_string());
    assert_eq!(stage.sandbox.outbox().len(), 3, "nothing more was sent");
}

#[tokio::test]
async fn b13_tries_at_a_recipient_are_limited_and_notified() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let app = App::sign_in(&stage, "alice").await;
    for round in 0..3 {
        let sent = send(&app, "email").await;
        let code = wrong(&newest(&stage));
        for guess in 0..5 {
            let answer = confirm(&app, &sent, &code).await;
            let limited = round * 5 + guess >= 10;
            let wanted = if limited { (429, "rate_limited") } else { (422, "code_wrong") };
            assert_eq!(answer.outcome(), wanted, "round {round}, guess {guess}: {}", answer.text);
            // At the end of each code, and once more for the refusals of the hour.
            let notified = if limited { 3 } else { (round * 5 + guess + 1) / 5 };
            let events = "SELECT result FROM journal WHERE action = 'code_try'";
            assert_eq!(
                records.texts(events).await,
                vec!["tries_exhausted"; notified],
                "round {round}, guess {guess}"
            );
            assert_eq!(
                records.texts("SELECT id FROM outbox").await.len(),
                notified,
                "round {round}, guess {guess}"
            );
        }
    }
}

#[tokio::test]
async fn b14_wrong_passwords_are_limited_and_right_ones_are_free() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&Call::delete(CALL)).await;
    for _ in 0..8 {
        let (nonce, _) = app.challenge(&Call::delete(CALL)).await;
        let right = json!({ "nonce": nonce, "password": "Correct-Horse-7" });
        granted(&app.post("/step-up/password", right).await);
    }
    let guess = json!({ "nonce": nonce, "password": "Wrong-Password-1" });
    for _ in 0..5 {
        assert_eq!(app.post("/step-up/password", guess.clone()).await.code(), "password_wrong");
    }
    let limited = app.post("/step-up/password", guess).await;
    assert_eq!(limited.outcome(), (429, "rate_limited"), "{}", limited.text);
    let right = json!({ "nonce": nonce, "password": "Correct-Horse-7" });
    assert_eq!(app.post("/step-up/password", right).await.code(), "rate_limited", "a right one waits, too");
}

#[tokio::test]
async fn b40_a_code_that_logto_cannot_send_frees_the_recipient() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.fault("/verification-codes", "POST", FaultAction::Status(500, None), Some(1));
    let failed = send(&app, "email").await.answer;
    assert_eq!(failed.outcome(), (502, "upstream_failed"), "{}", failed.text);
    stage.fault("/verification-codes", "POST", FaultAction::Drop, Some(1));
    assert_eq!(send(&app, "email").await.answer.outcome(), (503, "upstream_unavailable"));
    assert_eq!(send(&app, "email").await.answer.status, 200);
}

/// Returns the nonce of a challenge for ending everything else, and a proof by a fresh federated sign-in of alice.
async fn federated_proof(stage: &Stage) -> (App<'_>, String, Value) {
    stage.sandbox.patch_user("alice", &json!({ "identities": { "github": { "userId": "gh-1" } } }));
    let app = App::sign_in(stage, "alice").await;
    app.introduce_session().await;
    let (nonce, _) = app.challenge(&Call::post("/sessions/end-others", json!({}))).await;
    let sign_in_by =
        SignInBy::Social { target: "github".to_owned(), user_id: "gh-1".to_owned(), email: None };
    let id_token = app.fresh_id_token_by(&nonce, &sign_in_by).await;
    let proof = json!({ "nonce": nonce, "id_token": id_token });
    (app, nonce, proof)
}

#[tokio::test]
async fn b42_federated_sign_in_needs_a_code_in_addition() {
    let stage = Stage::new().await;
    let (app, nonce, proof) = federated_proof(&stage).await;
    let answer = app.post("/step-up/browser", proof).await;
    assert_eq!((answer.status, &answer.body["kind"]), (200, &json!("more")), "{}", answer.text);
    let kinds: Vec<&Value> =
        answer.body["methods"].as_array().unwrap().iter().map(|method| &method["kind"]).collect();
    assert_eq!(kinds, ["password", "email", "phone"], "whatever proves it alone, but no second sign-in");
    let answer = app.post("/step-up/code", json!({ "nonce": nonce, "route": "email" })).await;
    let sent = Sent { nonce, answer };
    granted(&confirm(&app, &sent, &newest(&stage)).await);
}

#[tokio::test]
async fn b9_federated_sign_in_counts_once_for_its_challenge() {
    let stage = Stage::new().await;
    let (app, _, proof) = federated_proof(&stage).await;
    let first = app.post("/step-up/browser", proof.clone()).await;
    assert_eq!((first.status, &first.body["kind"]), (200, &json!("more")), "{}", first.text);
    let again = app.post("/step-up/browser", proof).await;
    assert_eq!(again.outcome(), (403, "step_up_refused"), "{}", again.text);
}

#[tokio::test]
async fn b14_every_wrong_password_is_recorded() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&Call::delete(CALL)).await;
    for password in ["Wrong-Horse-1", "Wrong-Horse-2", "Correct-Horse-7"] {
        app.post("/step-up/password", json!({ "nonce": nonce, "password": password })).await;
    }
    assert_eq!(
        records.journal().await,
        [
            "event instance introduced",
            "event step_up password_wrong",
            "event step_up password_wrong",
            "event step_up password"
        ]
    );
}
