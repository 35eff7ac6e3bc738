//! Step-up by a fresh sign-in in the system browser: what is requested, which user may answer, and what happens to
//! the tokens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use account_api::app::{AppState, Outcome, StepUpProgress};
use account_api::error::{AppCode, Code, CommandError, Detail, ServerCode};
use account_core::Error;
use serde_json::json;
use tokio::task::JoinHandle;
use url::Url;

use crate::support::host::{parameter, replace};
use crate::support::http;
use crate::support::proving::{claims, refusal};
use crate::support::{ALICE, BOB, Proving, TestUser};

const REVOCATION: &str = "/oidc/token/revocation";

/// Returns the id of the step-up that ending a session needs.
async fn needed(proving: &Proving) -> String {
    match proving.app.session_end(&proving.alice, "s-2").await.unwrap() {
        Outcome::StepUp { step_up } => step_up.id,
        Outcome::Done { answer } => panic!("done without a proof: {answer:?}"),
    }
}

type Attempt = JoinHandle<Result<StepUpProgress, Error>>;

/// Starts a step-up that waits for a browser in which nothing happens.
async fn waiting() -> (Proving, String, Attempt) {
    let proving = Proving::new().await;
    proving.world.host.seat(TestUser::Waits);
    let id = needed(&proving).await;
    let attempt = begin(&proving, &id).await;
    (proving, id, attempt)
}

async fn begin(proving: &Proving, id: &str) -> Attempt {
    let before = proving.world.host.seen(|seen| seen.opened.len());
    let (app, alice, id) = (Arc::clone(&proving.app), proving.alice.clone(), id.to_owned());
    let attempt = tokio::spawn(async move { app.step_up_browser(&alice, &id).await });
    proving.world.host.until("the browser opens", |seen| seen.opened.len() > before).await;
    attempt
}

/// Returns how it ended; fails when it is still running after 20 s.
async fn ended(attempt: Attempt) -> Result<StepUpProgress, Error> {
    tokio::time::timeout(Duration::from_secs(20), attempt).await.unwrap().unwrap()
}

fn opened(proving: &Proving) -> Url {
    proving.world.host.seen(|seen| seen.opened.last().cloned()).unwrap()
}

async fn listens(proving: &Proving) -> bool {
    let url = Url::parse(&parameter(&opened(proving), "redirect_uri").unwrap()).unwrap();
    let address = (url.host_str().unwrap().to_owned(), url.port().unwrap());
    tokio::net::TcpStream::connect(address).await.is_ok()
}

fn proofs_sent(proving: &Proving) -> usize {
    proving.asked_for("POST", "/step-up/browser").len()
}

#[tokio::test]
async fn fresh_sign_in_requests_exactly_what_proves_it() {
    let proving = Proving::new().await;
    let id = needed(&proving).await;
    let focused = proving.world.host.seen(|seen| seen.focused);
    let progress = proving.app.step_up_browser(&proving.alice, &id).await.unwrap();
    assert_eq!(progress, StepUpProgress::Granted);
    assert_eq!(proving.world.host.seen(|seen| seen.focused), focused + 1);

    let url = opened(&proving);
    let mut asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(asked.len(), url.query_pairs().count(), "nothing is said twice");
    for secret in ["state", "code_challenge"] {
        assert_eq!(asked.remove(secret).unwrap().len(), 43, "{secret} has 256 bits");
    }
    let redirect_uri = asked.remove("redirect_uri").unwrap();
    assert!(redirect_uri.starts_with("http://127.0.0.1:") && redirect_uri.ends_with("/callback"));
    let client = proving.world.sandbox.native_client_id();
    let nonces = proving.nonces();
    let expected = [
        ("client_id", client.as_str()),
        ("code_challenge_method", "S256"),
        ("max_age", "0"),
        ("nonce", nonces[0].as_str()),
        ("prompt", "login"),
        ("response_type", "code"),
        ("scope", "openid"),
    ];
    assert_eq!(asked, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());

    let [proof] = &proving.asked_for("POST", "/step-up/browser")[..] else { panic!("one proof") };
    assert_eq!(proof.json()["nonce"], proving.nonces()[0].as_str());
    let token = claims(proof.json()["id_token"].as_str().unwrap());
    assert_eq!(token["sub"], proving.alice.as_str());
    assert_eq!(token["auth_time"], proving.world.clock.read() / 1000);
    assert!(matches!(proving.app.session_end(&proving.alice, "s-2").await.unwrap(), Outcome::Done { .. }));
}

/// In the same browser the step-up's tokens belong to the app's own grant.
#[tokio::test]
async fn n16_step_up_tokens_are_never_revoked_and_session_stays() {
    let mut proving = Proving::new().await;
    for _ in 0..2 {
        proving.world.advance(Duration::from_secs(60));
        let id = needed(&proving).await;
        proving.app.step_up_browser(&proving.alice, &id).await.unwrap();
        proving.forget_grants();
    }
    let sessions = proving.world.token_requests("authorization_code");
    assert_eq!(sessions, 3, "one sign-in and two proofs");
    assert_eq!(proving.world.requests_to(REVOCATION), 0);
    let renewals = proving.world.token_requests("refresh_token");
    proving.world.advance(Duration::from_secs(600));
    proving.app.account_refresh(&proving.alice).await.unwrap();
    proving.restart().await;
    assert!(matches!(proving.app.state(), AppState::SignedIn { .. }));
    assert_eq!(proving.world.token_requests("refresh_token"), renewals + 2);
    assert_eq!(proving.world.requests_to(REVOCATION), 0);
}

#[tokio::test]
async fn n25_another_user_proves_nothing_and_is_named() {
    // The server returns the user's name; where it cannot, there is none: the ID token of a proof holds no name.
    for (fails, name) in [(false, Some("Bob Example".to_owned())), (true, None)] {
        let proving = Proving::new().await;
        let id = needed(&proving).await;
        proving.world.host.seat(BOB);
        if fails {
            proving.before(|asked| {
                let answer = serde_json::json!({
                    "kind": "granted", "grant": "a-grant-for-no-user", "expires_at": 0
                });
                (asked.target == "/step-up/browser").then(|| http::Answer::json(200, &answer))
            });
        }
        let error = proving.app.step_up_browser(&proving.alice, &id).await.unwrap_err();
        let error = CommandError::from(error);
        assert_eq!(error.code, Code::Server(ServerCode::StepUpOtherPerson));
        assert_eq!(json!(error.detail), json!(Some(Detail::OtherPerson { name })));
        proving.by_the_rules();
        needed(&proving).await;
        assert!(proving.asked().iter().all(|asked| asked.header("latchkey-grant").is_none()));
        assert!(
            matches!(proving.app.state(), AppState::SignedIn { account_id, .. } if account_id == proving.alice)
        );
        assert_eq!(proving.world.requests_to(REVOCATION), 0);
        // The right user signs in.
        proving.world.host.seat(ALICE);
        let proven = proving.app.step_up_browser(&proving.alice, &id).await.unwrap();
        assert_eq!(proven, StepUpProgress::Granted);
        proving.world.advance(Duration::from_secs(600));
        proving.app.account_refresh(&proving.alice).await.unwrap();
    }
}

#[tokio::test]
async fn ended_step_up_returns_its_reason_and_closes_listener() {
    let (proving, id, attempt) = waiting().await;
    proving.app.step_up_browser_cancel().await;
    assert_eq!(ended(attempt).await.unwrap_err().code(), Code::App(AppCode::SignInCancelled));
    assert!(!listens(&proving).await);

    let attempt = begin(&proving, &id).await;
    proving.world.advance(Duration::from_secs(5 * 60 - 1));
    assert!(listens(&proving).await);
    proving.world.advance(Duration::from_secs(1));
    assert_eq!(ended(attempt).await.unwrap_err().code(), Code::App(AppCode::SignInTimedOut));
    assert!(!listens(&proving).await);

    proving.world.host.seat(TestUser::Denies);
    let error = proving.app.step_up_browser(&proving.alice, &id).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::SignInDenied));
    assert!(!listens(&proving).await);

    proving.world.host.seat(TestUser::HasNoBrowser);
    let error = proving.app.step_up_browser(&proving.alice, &id).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::BrowserUnavailable));
    assert_eq!(proofs_sent(&proving), 0);

    proving.world.host.seat(TestUser::Crashes);
    let error = proving.app.step_up_browser(&proving.alice, &id).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::Internal));
    // The slot is free again, and the challenge still pending.
    proving.world.host.seat(ALICE);
    proving.app.step_up_browser(&proving.alice, &id).await.unwrap();
    assert!(matches!(proving.app.state(), AppState::SignedIn { .. }));
}

#[tokio::test]
async fn one_step_up_at_a_time_can_be_reopened_and_copied() {
    let (proving, id, attempt) = waiting().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let other = needed(&proving).await;
    for second in [&id, &other] {
        let error = app.step_up_browser(alice, second).await.unwrap_err();
        assert_eq!(error.code(), Code::App(AppCode::SignInInProgress));
    }
    app.step_up_browser_reopen().await.unwrap();
    app.step_up_browser_copy_link().await.unwrap();
    let (urls, copied) = proving.world.host.seen(|seen| (seen.opened.clone(), seen.clipboard.clone()));
    assert_eq!(urls[1..], [urls[1].clone(), urls[1].clone()]);
    assert_eq!(copied, [urls[1].to_string()]);
    proving.world.host.seat(ALICE);
    app.step_up_browser_reopen().await.unwrap();
    assert_eq!(ended(attempt).await.unwrap(), StepUpProgress::Granted);
    assert_eq!(app.step_up_browser_reopen().await.unwrap_err().code(), Code::App(AppCode::StepUpOver));
    assert_eq!(app.step_up_browser_copy_link().await.unwrap_err().code(), Code::App(AppCode::StepUpOver));
    app.step_up_browser_cancel().await;
    assert_eq!(proofs_sent(&proving), 1);
}

#[tokio::test]
async fn n3_answer_with_another_state_has_no_effect() {
    let (proving, _, attempt) = waiting().await;
    let codes = proving.world.token_requests("authorization_code");
    let url = opened(&proving);
    let landed = proving.world.sandbox.authenticate(url.as_str(), "alice", "Correct-Horse-7").await;
    let right = Url::parse(&landed.unwrap()).unwrap();
    let mut wrong = right.clone();
    replace(&mut wrong, "state", Some("another-state"));
    assert_eq!(http::get(&wrong).await.unwrap().status, 400);
    assert_eq!(proving.world.token_requests("authorization_code"), codes);
    assert_eq!(http::get(&right).await.unwrap().status, 200);
    ended(attempt).await.unwrap();
}

#[tokio::test]
async fn n4_answer_of_another_issuer_is_refused_before_code_is_used() {
    let proving = Proving::new().await;
    let id = needed(&proving).await;
    let codes = proving.world.token_requests("authorization_code");
    proving.world.host.seat(TestUser::ComesBackWith {
        username: "alice",
        password: "Correct-Horse-7",
        change: |url| replace(url, "iss", Some("https://other.example.test/oidc")),
    });
    let error = proving.app.step_up_browser(&proving.alice, &id).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::SignInMismatch));
    assert_eq!(proving.world.token_requests("authorization_code"), codes);
    assert_eq!(proofs_sent(&proving), 0);
}

/// A code of another authorization request, with the state of this one.
#[tokio::test]
async fn n5_id_token_with_another_nonce_never_reaches_server() {
    let (proving, _, attempt) = waiting().await;
    let mut other = opened(&proving);
    replace(&mut other, "nonce", Some("another-nonce"));
    let landed = proving.world.sandbox.authenticate(other.as_str(), "alice", "Correct-Horse-7").await;
    let reply = http::get(&Url::parse(&landed.unwrap()).unwrap()).await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(ended(attempt).await.unwrap_err().code(), Code::App(AppCode::SignInMismatch));
    assert_eq!(proofs_sent(&proving), 0);
}

#[tokio::test]
async fn ended_session_ends_its_step_up() {
    let (proving, _, attempt) = waiting().await;
    proving.app.sign_out(&proving.alice, false).await.unwrap();
    assert_eq!(ended(attempt).await.unwrap_err().code(), Code::App(AppCode::SignedOut));
    assert!(!listens(&proving).await);

    let (proving, _, attempt) = waiting().await;
    proving.before(|_| Some(refusal(401, "account_not_found", serde_json::Value::Null)));
    proving.app.account_refresh(&proving.alice).await.unwrap_err();
    assert_eq!(ended(attempt).await.unwrap_err().code(), Code::App(AppCode::SignedOut));
    assert_eq!(proofs_sent(&proving), 0);
}
