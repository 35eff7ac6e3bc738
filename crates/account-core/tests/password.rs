//! The password against a scripted server: its rules, its issues, and that it is returned and stored nowhere.

use account_api::app::AppState;
use account_api::error::{AppCode, Code, CommandError, Detail, ServerCode};
use account_api::password::PasswordIssue;
use account_api::step_up::Purpose;
use serde_json::{Value, json};

use crate::support::Proving;
use crate::support::http::{Answer, CUT};
use crate::support::proving::refusal;
use crate::support::requests::{ALICES_PASSWORD, done, needed, new_password};

fn rejected(issues: &Value) -> Answer {
    refusal(422, "password_rejected", json!({"kind": "password_issues", "issues": issues}))
}

#[tokio::test]
async fn password_rules_are_read_and_their_texts_are_presentable() {
    let proving = Proving::new().await;
    let rules = json!({
        "min_length": 8, "max_length": 256, "min_character_types": 2, "rejects_breached": true,
        "rejects_repetition": true, "rejects_user_info": false, "rejected_words": ["acme", "a\u{7}b", "\n"]
    });
    proving.before(move |asked| {
        (asked.method == "GET" && asked.target == "/password").then(|| Answer::json(200, &rules))
    });
    let rules = proving.app.password_rules(&proving.alice).await.unwrap();
    assert_eq!((rules.min_length, rules.max_length, rules.min_character_types), (8, 256, 2));
    assert_eq!(rules.rejected_words, ["acme", "ab"]);
}

#[tokio::test]
async fn password_is_set_after_proof_that_is_valid_for_next_try() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let update = async |to: &str| app.password_update(alice, new_password(to)).await;
    let step_up = needed(update("abcd").await.unwrap());
    assert_eq!(step_up.purpose, Purpose::Password);
    app.step_up_password(alice, &step_up.id, new_password(ALICES_PASSWORD).password).await.unwrap();
    proving.before(|asked| {
        let issues = json!([{"kind": "too_short", "min": 8}, {"kind": "sequence"}, {"kind": "breached"}]);
        (asked.json()["password"] == "abcd").then(|| rejected(&issues))
    });
    let error = CommandError::from(update("abcd").await.unwrap_err());
    assert_eq!(error.code, Code::Server(ServerCode::PasswordRejected));
    let issues = vec![PasswordIssue::TooShort { min: 8 }, PasswordIssue::Sequence, PasswordIssue::Breached];
    assert_eq!(json!(error.detail), json!(Some(Detail::PasswordIssues { issues })));
    done(update("Better-Horse-8").await.unwrap());
    let bodies: Vec<Value> = proving.asked_for("PUT", "/password").iter().map(|asked| asked.json()).collect();
    let sent = |password: &str| json!({"password": password});
    assert_eq!(bodies, [sent("abcd"), sent("abcd"), sent("Better-Horse-8")]);
}

#[tokio::test]
async fn n29_lost_answer_keeps_key_and_other_password_gets_new_key() {
    let proving = Proving::new().await;
    let update = async |to: &str| proving.app.password_update(&proving.alice, new_password(to)).await;
    proving.before(|asked| (asked.target == "/password").then(|| Answer::json(CUT, &Value::Null)));
    for to in ["Better-Horse-8", "Better-Horse-9", "Better-Horse-8"] {
        assert_eq!(update(to).await.unwrap_err().code(), Code::App(AppCode::Offline));
    }
    let asked = proving.asked_for("PUT", "/password");
    let keys: Vec<&str> = asked.iter().map(|asked| asked.header("idempotency-key").unwrap()).collect();
    assert_eq!(keys[0], keys[2]);
    assert_ne!(keys[0], keys[1]);
    assert!(matches!(proving.app.state(), AppState::SignedIn { .. }));
}
