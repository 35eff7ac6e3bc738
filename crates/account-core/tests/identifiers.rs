//! E-mail address, phone number and user name against a scripted server: which grant is sent with which command, what
//! happens to the account in an answer, and what the core returns.

use account_api::account::{AccountView, Field};
use account_api::app::{AppState, Outcome};
use account_api::error::{AppCode, Code, CommandError, Detail, ServerCode};
use account_api::identifiers::{EmailRemoveRequest, EmailSetRequest, NextStep, PhoneRemoveRequest};
use account_api::step_up::Purpose;
use serde_json::{Value, json};

use crate::support::Proving;
use crate::support::http::{Answer, Asked, CUT};
use crate::support::proving::refusal;
use crate::support::requests::{
    ALICES_EMAIL, ALICES_PASSWORD, code, done, email, needed, new_password, phone, username,
};
use crate::support::scripts::account;

/// Gives the proof that this outcome requires, with the password.
async fn prove<A: std::fmt::Debug>(proving: &Proving, outcome: Outcome<A>) -> Purpose {
    let step_up = needed(outcome);
    let password = new_password(ALICES_PASSWORD).password;
    proving.app.step_up_password(&proving.alice, &step_up.id, password).await.unwrap();
    step_up.purpose
}

fn shown(proving: &Proving) -> AccountView {
    match proving.app.state() {
        AppState::SignedIn { account: Some(account), .. } => *account,
        other => panic!("no account in {other:?}"),
    }
}

fn shown_name(proving: &Proving) -> Option<String> {
    match shown(proving).name {
        Field::Edit { value } => value,
        other => panic!("{other:?}"),
    }
}

fn grants_shown(asked: &[Asked]) -> Vec<Option<String>> {
    asked.iter().map(|asked| asked.header("latchkey-grant").map(str::to_owned)).collect()
}

#[tokio::test]
async fn grant_for_new_address_is_valid_for_it_once() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let set = async |to: &str| app.email_set(alice, email(to)).await.unwrap();
    assert_eq!(prove(&proving, set("one@example.test").await).await, Purpose::ChangeEmail);
    let grant = Some(proving.grants()[0].clone());
    needed(set("two@example.test").await);
    app.phone_set(alice, phone("+15550000009")).await.unwrap();
    app.email_remove(alice, EmailRemoveRequest { from: "one@example.test".to_owned() }).await.unwrap();
    let sent = done(set("one@example.test").await);
    assert_eq!((sent.transaction.expose(), sent.masked.as_str()), ("t-1", "a…e@example.test"));
    needed(set("one@example.test").await);
    assert_eq!(grants_shown(&proving.asked_for("POST", "/email")), [None, None, grant, None]);
    let set = async |to: &str| app.phone_set(alice, phone(to)).await.unwrap();
    assert_eq!(prove(&proving, set("+15550000009").await).await, Purpose::ChangePhone);
    needed(set("+15550000008").await);
    done(set("+15550000009").await);
    let grant = Some(proving.grants()[1].clone());
    assert_eq!(grants_shown(&proving.asked_for("POST", "/phone")), [None, None, None, grant]);
    assert_eq!(grants_shown(&proving.asked_for("POST", "/email/remove")), [None]);
}

#[tokio::test]
async fn grant_to_remove_one_address_removes_no_other() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let email = async |from: &str| {
        app.email_remove(alice, EmailRemoveRequest { from: from.to_owned() }).await.unwrap()
    };
    let phone = async |from: &str| {
        app.phone_remove(alice, PhoneRemoveRequest { from: from.to_owned() }).await.unwrap()
    };
    assert_eq!(prove(&proving, email("one").await).await, Purpose::RemoveEmail);
    assert_eq!(prove(&proving, phone("one").await).await, Purpose::RemovePhone);
    needed(email("two").await);
    needed(phone("two").await);
    done(email("one").await);
    done(phone("one").await);
    let [of_email, of_phone] = &proving.grants()[..] else { panic!() };
    for (target, grant) in [("/email/remove", of_email), ("/phone/remove", of_phone)] {
        assert_eq!(grants_shown(&proving.asked_for("POST", target)), [None, None, Some(grant.clone())]);
    }
}

#[tokio::test]
async fn user_name_grant_is_valid_for_any_name_but_no_password() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let rename = async |to: &str| app.username_update(alice, username("alice", to)).await.unwrap();
    assert_eq!(prove(&proving, rename("one").await).await, Purpose::Username);
    needed(app.password_update(alice, new_password("Better-Horse-8")).await.unwrap());
    done(rename("one").await);
    done(rename("two").await);
    assert_eq!(grants_shown(&proving.asked_for("PUT", "/password")), [None]);
}

#[tokio::test]
async fn first_address_is_added_with_proof_for_it_alone() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let first = |to: &str| EmailSetRequest { from: None, address: to.to_owned() };
    let asked = app.email_set(alice, first("one@example.test")).await.unwrap();
    assert_eq!(prove(&proving, asked).await, Purpose::AddEmail);
    done(app.email_set(alice, first("one@example.test")).await.unwrap());
    needed(app.email_set(alice, first("two@example.test")).await.unwrap());
    needed(app.email_set(alice, email("two@example.test")).await.unwrap());
    let phone = account_api::identifiers::PhoneSetRequest { from: None, number: "+15550000009".to_owned() };
    let asked = app.phone_set(alice, phone.clone()).await.unwrap();
    assert_eq!(prove(&proving, asked).await, Purpose::AddPhone);
    done(app.phone_set(alice, phone).await.unwrap());
}

#[tokio::test]
async fn account_in_answer_to_change_is_shown_and_stored() {
    let mut proving = Proving::new().await;
    let alice = proving.alice.clone();
    assert_eq!(shown_name(&proving).as_deref(), Some("Alice"));
    let error = CommandError::from(proving.app.email_confirm(&alice, code("000000")).await.unwrap_err());
    assert_eq!(
        (error.code, json!(error.detail)),
        (Code::Server(ServerCode::CodeWrong), json!(Some(Detail::TriesLeft { tries: 4 })))
    );
    assert_eq!(shown_name(&proving).as_deref(), Some("Alice"));
    let answered = proving.app.email_confirm(&alice, code("123456")).await.unwrap();
    assert_eq!(shown(&proving), answered);
    assert_eq!(shown_name(&proving).as_deref(), Some("Alice Changed"));

    // The cached values are there before the server answers.
    proving.before(|_| Some(Answer::json(CUT, &Value::Null)));
    proving.restart().await;
    assert_eq!(shown_name(&proving).as_deref(), Some("Alice Changed"));
    proving.by_the_rules();
    proving.app.account_refresh(&alice).await.unwrap();

    for change in 0..5 {
        proving.app.account_refresh(&alice).await.unwrap();
        assert_eq!(shown_name(&proving).as_deref(), Some("Alice"));
        let app = &proving.app;
        let ask = async || match change {
            0 => app.phone_confirm(&alice, code("123456")).await.map(|answer| Outcome::Done { answer }),
            1 => app.email_remove(&alice, EmailRemoveRequest { from: "a@example.test".to_owned() }).await,
            2 => app.phone_remove(&alice, PhoneRemoveRequest { from: "15550000001".to_owned() }).await,
            3 => app.username_update(&alice, username("alice", "alice_b")).await,
            _ => app.password_update(&alice, new_password("Better-Horse-8")).await,
        };
        if change > 0 {
            prove(&proving, ask().await.unwrap()).await;
            assert_eq!(shown_name(&proving).as_deref(), Some("Alice"), "a challenge changes nothing");
        }
        assert_eq!(done(ask().await.unwrap()), shown(&proving));
        assert_eq!(shown_name(&proving).as_deref(), Some("Alice Changed"), "{change}");
    }
}

#[tokio::test]
async fn n25_account_of_another_user_is_dropped_in_any_answer() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let before = shown(&proving);
    let bob = proving.world.sandbox.user_id("bob");
    let answers = [
        Answer::json(200, &account(&bob, "Bob's name")),
        refusal(
            409,
            "conflict",
            json!({"kind": "conflict", "fields": ["email"], "present": account(&bob, "Bob's name")}),
        ),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        proving.before(move |_| Some(answer.clone()));
        for error in [
            app.email_confirm(alice, code("123456")).await.unwrap_err(),
            app.email_remove(alice, EmailRemoveRequest { from: ALICES_EMAIL.to_owned() }).await.unwrap_err(),
            app.username_update(alice, username("alice", "alice_b")).await.unwrap_err(),
            app.password_update(alice, new_password("Better-Horse-8")).await.unwrap_err(),
        ] {
            assert_eq!(error.code(), Code::App(AppCode::AccountChanged));
        }
        let set = app.email_set(alice, email("new@example.test")).await.unwrap_err();
        assert_eq!(
            set.code(),
            [Code::App(AppCode::ServerNotLatchkey), Code::App(AppCode::AccountChanged)][number]
        );
    }
    assert_eq!(shown(&proving), before);
    let states = proving.world.host.seen(|seen| format!("{:?}", seen.states));
    assert!(!states.contains("Bob's name"));
}

#[tokio::test]
async fn conflict_shows_current_account() {
    let proving = Proving::new().await;
    let alice = proving.alice.clone();
    let present = account(&alice, "Alice Elsewhere");
    proving.before(move |asked| {
        let detail = json!({"kind": "conflict", "fields": ["email"], "present": present});
        (asked.target == "/email").then(|| refusal(409, "conflict", detail))
    });
    let error = proving.app.email_set(&alice, email("new@example.test")).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::Conflict));
    assert_eq!(shown_name(&proving).as_deref(), Some("Alice Elsewhere"));
    assert!(matches!(CommandError::from(error).detail, Some(Detail::Conflict { .. })));

    // A server may leave the account out: then it is an error like any other.
    proving.before(|asked| (asked.target == "/email").then(|| refusal(409, "conflict", Value::Null)));
    let error = proving.app.email_set(&alice, email("new@example.test")).await.unwrap_err();
    assert_eq!(
        (error.code(), json!(CommandError::from(error).detail)),
        (Code::Server(ServerCode::Conflict), json!(null))
    );
}

const PAYLOAD: &str = "<img src=x onerror=alert(1)>\u{7}";

#[tokio::test]
async fn n26_last_method_error_returns_next_steps_without_server_text() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let last_way = json!({
        "code": "last_sign_in_method", "message": PAYLOAD, "field": PAYLOAD, "request_id": PAYLOAD,
        "detail": {"kind": "last_way", "next_steps": ["set_password", "ask_organisation"], "html": PAYLOAD}
    });
    proving.before(move |_| Some(Answer::json(409, &last_way)));
    let request = EmailRemoveRequest { from: ALICES_EMAIL.to_owned() };
    let error = CommandError::from(app.email_remove(alice, request).await.unwrap_err());
    assert_eq!(error.code, Code::Server(ServerCode::LastSignInMethod));
    let next_steps = vec![NextStep::SetPassword, NextStep::AskOrganisation];
    assert_eq!(json!(error.detail), json!(Some(Detail::LastWay { next_steps })));
    assert!(!serde_json::to_string(&error).unwrap().contains("<img"));

    let limited = refusal(429, "rate_limited", json!({"kind": "retry_after", "seconds": 90}));
    proving.before(move |_| Some(limited.clone()));
    let error = CommandError::from(app.email_set(alice, email("new@example.test")).await.unwrap_err());
    assert_eq!(
        (error.code, json!(error.detail)),
        (Code::Server(ServerCode::RateLimited), json!(Some(Detail::RetryAfter { seconds: 90 })))
    );

    let sent = json!({"transaction": "t-1", "masked": "a\u{7}b\n", "expires_in": 2, "resend_in": 1});
    proving.before(move |_| Some(Answer::json(200, &sent)));
    let sent = done(app.email_set(alice, email("new@example.test")).await.unwrap());
    assert_eq!(sent.masked, "ab", "what cannot be shown is left out");
}

#[tokio::test]
async fn n29_proof_and_lost_answer_keep_operation_key() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let set = async || app.email_set(alice, email("new@example.test")).await;
    prove(&proving, set().await.unwrap()).await;
    proving.before(|asked| (asked.target == "/email").then(|| Answer::json(CUT, &Value::Null)));
    assert_eq!(set().await.unwrap_err().code(), Code::App(AppCode::Offline));
    proving.by_the_rules();
    done(set().await.unwrap());
    needed(set().await.unwrap());
    let asked = proving.asked_for("POST", "/email");
    let keys: Vec<&str> = asked.iter().map(|asked| asked.header("idempotency-key").unwrap()).collect();
    assert_eq!(keys[..3], [keys[0]; 3]);
    assert_ne!(keys[3], keys[0], "what is decided is over");
    let grant = Some(proving.grants()[0].clone());
    assert_eq!(grants_shown(&asked), [None, grant.clone(), grant, None], "a lost answer keeps the proof");
}
