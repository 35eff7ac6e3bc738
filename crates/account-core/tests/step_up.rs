//! Step-up: a required proof is an outcome, a grant is valid for its command and no other, and none of it reaches the
//! page.

use std::time::Duration;

use account_api::app::{AppState, Outcome, StepUpProgress, StepUpView};
use account_api::error::{AppCode, Code, CommandError, Detail, ServerCode};
use account_api::secret::SecretText;
use account_api::step_up::{CodeConfirmRequest, CodeRoute, Purpose, StepUpMethod};
use serde_json::{Value, json};

use crate::support::Proving;
use crate::support::http::Answer;
use crate::support::proving::refusal;

fn password(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn code(text: &str) -> CodeConfirmRequest {
    CodeConfirmRequest {
        transaction: SecretText::new("t-1".to_owned()),
        code: SecretText::new(text.to_owned()),
    }
}

/// Returns the step-up that ending this session needs.
async fn needed(proving: &Proving, session: &str) -> StepUpView {
    match proving.app.session_end(&proving.alice, session).await.unwrap() {
        Outcome::StepUp { step_up } => step_up,
        Outcome::Done { answer } => panic!("done without a proof: {answer:?}"),
    }
}

async fn is_done(proving: &Proving, session: &str) -> bool {
    matches!(proving.app.session_end(&proving.alice, session).await.unwrap(), Outcome::Done { .. })
}

#[tokio::test]
async fn required_proof_is_an_outcome_and_keeps_session() {
    let proving = Proving::new().await;
    let renewals = proving.world.token_requests("refresh_token");
    let step_up = needed(&proving, "s-2").await;
    assert_eq!(step_up.purpose, Purpose::EndSession);
    let masked = "a…e@example.test".to_owned();
    assert_eq!(
        step_up.methods,
        [StepUpMethod::Browser, StepUpMethod::Password, StepUpMethod::Email { masked }]
    );
    assert_eq!(proving.world.token_requests("refresh_token"), renewals, "the token is not renewed");
    assert_eq!(proving.asked_for("DELETE", "/sessions/s-2").len(), 1, "nothing is repeated by itself");
    assert!(matches!(proving.app.state(), AppState::SignedIn { .. }));
    assert_eq!(proving.world.store.memory.names().len(), 1);
    let shown = serde_json::to_string(&step_up).unwrap();
    assert!(!shown.contains(&proving.nonces()[0]), "{shown}");
    assert_ne!(needed(&proving, "s-2").await.id, step_up.id, "each challenge has its own name");
}

#[tokio::test]
async fn grant_is_sent_with_its_command_only() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let step_up = needed(&proving, "s-2").await;
    let error = app.step_up_password(alice, &step_up.id, password("wrong")).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::PasswordWrong));
    let proven = app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap();
    assert_eq!(proven, StepUpProgress::Granted);
    app.account_refresh(alice).await.unwrap();
    app.sessions_list(alice).await.unwrap();
    app.sessions_end_others(alice, Default::default()).await.unwrap();
    let grants = proving.grants();
    assert_eq!(grants.len(), 1);
    assert!(proving.asked().iter().all(|asked| asked.header("latchkey-grant").is_none()));

    assert!(is_done(&proving, "s-2").await);
    let shown = proving.asked().last().unwrap().header("latchkey-grant").map(str::to_owned);
    assert_eq!(shown, Some(grants[0].clone()));
    assert!(is_done(&proving, "s-3").await, "an ordinary purpose is proven for ten minutes");
    let error = app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::StepUpOver), "a challenge is proven once");
}

#[tokio::test]
async fn destructive_grant_is_used_once_and_dropped_if_refused() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let end_others = async || app.sessions_end_others(alice, Default::default()).await.unwrap();
    let Outcome::StepUp { step_up } = end_others().await else { panic!() };
    app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap();
    assert!(matches!(end_others().await, Outcome::Done { .. }));
    assert!(matches!(end_others().await, Outcome::StepUp { .. }));
    assert_eq!(proving.asked().last().unwrap().header("latchkey-grant"), None);

    let step_up = needed(&proving, "s-2").await;
    app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap();
    proving.forget_grants();
    let again = needed(&proving, "s-2").await;
    assert!(proving.asked().last().unwrap().header("latchkey-grant").is_some());
    needed(&proving, "s-2").await;
    assert_eq!(proving.asked().last().unwrap().header("latchkey-grant"), None);
    app.step_up_password(alice, &again.id, password("Correct-Horse-7")).await.unwrap();
    assert!(is_done(&proving, "s-2").await);
}

#[tokio::test]
async fn code_is_a_proof_and_more_may_be_required() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let step_up = needed(&proving, "s-2").await;
    proving.want_more();
    let progress = app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap();
    let masked = "a…e@example.test".to_owned();
    assert_eq!(progress, StepUpProgress::More { methods: vec![StepUpMethod::Email { masked }] });
    let sent = app.step_up_code_send(alice, &step_up.id, CodeRoute::Email).await.unwrap();
    assert_eq!((sent.transaction.expose(), sent.masked.as_str()), ("t-1", "a…e@example.test"));
    let error =
        CommandError::from(app.step_up_code_confirm(alice, &step_up.id, code("000000")).await.unwrap_err());
    assert_eq!(
        (error.code, json!(error.detail)),
        (Code::Server(ServerCode::CodeWrong), json!(Some(Detail::TriesLeft { tries: 4 })))
    );
    let proven = app.step_up_code_confirm(alice, &step_up.id, code("123456")).await.unwrap();
    assert_eq!(proven, StepUpProgress::Granted);
    assert!(is_done(&proving, "s-2").await);
    let bodies: Vec<Value> =
        proving.asked_for("POST", "/step-up/code").iter().map(|asked| asked.json()).collect();
    assert_eq!(bodies, [json!({"nonce": proving.nonces()[0], "route": "email"})]);
}

#[tokio::test]
async fn n3_step_up_id_is_valid_ten_minutes_within_session() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let step_up = needed(&proving, "s-2").await;
    let before = proving.asked().len();
    for id in ["", "another-id", proving.nonces()[0].as_str()] {
        for error in [
            app.step_up_password(alice, id, password("Correct-Horse-7")).await.unwrap_err(),
            app.step_up_code_send(alice, id, CodeRoute::Email).await.unwrap_err(),
            app.step_up_code_confirm(alice, id, code("123456")).await.unwrap_err(),
            app.step_up_browser(alice, id).await.unwrap_err(),
        ] {
            assert_eq!(error.code(), Code::App(AppCode::StepUpOver), "{id}");
        }
    }
    assert_eq!(proving.asked().len(), before);
    assert_eq!(proving.world.host.seen(|seen| seen.opened.len()), 1, "the browser was not opened");
    proving.world.advance(Duration::from_secs(10 * 60));
    let late = app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap_err();
    assert_eq!(late.code(), Code::App(AppCode::StepUpOver));

    let step_up = needed(&proving, "s-2").await;
    app.sign_out(alice, false).await.unwrap();
    app.sign_in().await.unwrap();
    let error = app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::StepUpOver));
}

#[tokio::test]
async fn refused_challenge_is_closed() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let step_up = needed(&proving, "s-2").await;
    proving.before(|asked| {
        let detail = json!({
            "kind": "step_up", "purpose": "end_session", "methods": [], "nonce": "a-nonce-in-a-refusal"
        });
        asked.target.starts_with("/step-up").then(|| refusal(403, "step_up_refused", detail))
    });
    let error = app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap_err();
    let error = CommandError::from(error);
    assert_eq!(error.code, Code::Server(ServerCode::StepUpRefused));
    assert_eq!(json!(error.detail), json!(null), "an error of the API has no nonce in its detail");
    proving.by_the_rules();
    let error = app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::StepUpOver));
}

/// A challenge where the contract has none, or one that cannot be read, is an error, and no reason to renew the
/// token.
#[tokio::test]
async fn unexpected_challenge_is_not_a_settings_server_answer() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let renewals = proving.world.token_requests("refresh_token");
    let challenge = |nonce: &str| {
        let detail = json!({"kind": "step_up", "purpose": "end_session", "methods": [], "nonce": nonce});
        refusal(401, "step_up_required", detail)
    };
    proving.before(move |_| Some(challenge("a-good-nonce")));
    assert_eq!(app.account_refresh(alice).await.unwrap_err().code(), Code::App(AppCode::ServerNotLatchkey));
    for bad in [String::new(), "with a space".to_owned(), "a\r\nb".to_owned(), "n".repeat(257)] {
        proving.before(move |_| Some(challenge(&bad)));
        assert_eq!(
            app.session_end(alice, "s-2").await.unwrap_err().code(),
            Code::App(AppCode::ServerNotLatchkey)
        );
    }
    proving.before(|_| Some(refusal(401, "step_up_required", Value::Null)));
    assert_eq!(
        app.session_end(alice, "s-2").await.unwrap_err().code(),
        Code::App(AppCode::ServerNotLatchkey)
    );
    assert_eq!(proving.world.token_requests("refresh_token"), renewals);
    assert!(matches!(app.state(), AppState::SignedIn { .. }));
}

#[tokio::test]
async fn grant_that_fits_no_header_is_refused() {
    for grant in [String::new(), "two words".to_owned(), "a\r\nb: c".to_owned(), "g".repeat(257)] {
        let proving = Proving::new().await;
        let step_up = needed(&proving, "s-2").await;
        proving.before(move |asked| {
            let granted = json!({"kind": "granted", "grant": grant, "expires_at": 0});
            asked.target.starts_with("/step-up").then(|| Answer::json(200, &granted))
        });
        let answer = proving.app.step_up_password(&proving.alice, &step_up.id, password("x")).await;
        assert_eq!(answer.unwrap_err().code(), Code::App(AppCode::ServerNotLatchkey));
    }
}

/// The token is refused in the middle of a step-up: it is renewed. A missing account ends the session.
#[tokio::test]
async fn refused_token_is_renewed_and_missing_account_ends_session() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let step_up = needed(&proving, "s-2").await;
    let renewals = proving.world.token_requests("refresh_token");
    let refused = std::sync::atomic::AtomicBool::new(false);
    proving.before(move |asked| {
        let first =
            asked.target == "/step-up/password" && !refused.swap(true, std::sync::atomic::Ordering::SeqCst);
        first.then(|| refusal(401, "unauthorized", Value::Null))
    });
    app.step_up_password(alice, &step_up.id, password("Correct-Horse-7")).await.unwrap();
    assert_eq!(proving.world.token_requests("refresh_token"), renewals + 1);
    proving.before(|_| Some(refusal(401, "account_not_found", Value::Null)));
    assert_eq!(
        app.session_end(alice, "s-2").await.unwrap_err().code(),
        Code::Server(ServerCode::AccountNotFound)
    );
    assert!(matches!(
        app.state(),
        AppState::SignedOut { notice: Some(Code::Server(ServerCode::AccountNotFound)), .. }
    ));
    proving.world.assert_nothing_left();
}
