//! Sessions and grants, and how the settings server learns which session is this app's (decision 7).

use std::time::Duration;

use account_api::app::Outcome;
use account_api::error::{Code, CommandError, ServerCode};
use account_api::secret::SecretText;
use account_api::sessions::{CurrentSession, EndOthersRequest};
use serde_json::{Value, json};

use crate::support::Proving;
use crate::support::host::parameter;
use crate::support::http::Asked;
use crate::support::proving::{claims, refusal};

fn reports(proving: &Proving) -> Vec<Asked> {
    proving.asked_for("POST", "/sessions/current")
}

fn id_token(asked: &Asked) -> Value {
    claims(asked.json()["id_token"].as_str().unwrap())
}

#[tokio::test]
async fn sign_in_reports_id_token_to_server_without_user_action() {
    let proving = Proving::new().await;
    let signed_in_at = proving.world.clock.read() / 1000;
    let [first] = &reports(&proving)[..] else { panic!("not reported exactly once") };
    let first = id_token(first);
    assert_eq!((&first["auth_time"], &first["sub"]), (&json!(signed_in_at), &json!(proving.alice)));
    proving.app.sessions_list(&proving.alice).await.unwrap();
    assert_eq!(reports(&proving).len(), 1, "no ID token is pending any more");

    // A day later, in the same browser: its session signs in silently and keeps its time.
    proving.app.sign_out(&proving.alice, false).await.unwrap();
    proving.world.advance(Duration::from_secs(24 * 60 * 60));
    proving.app.sign_in().await.unwrap();
    assert_eq!(id_token(&reports(&proving)[1])["auth_time"], signed_in_at);
    let opened = proving.world.host.seen(|seen| seen.opened.clone());
    assert!(opened.iter().all(|url| parameter(url, "max_age").as_deref() == Some("1209600")));
    assert_eq!(proving.world.requests_to("/api/experience/submit"), 1, "the sign-in page came once");
}

#[tokio::test]
async fn unsent_id_token_is_reported_before_next_session_list() {
    let proving = Proving::signed_out().await;
    proving.before(|asked| {
        (asked.target == "/sessions/current").then(|| refusal(503, "upstream_unavailable", Value::Null))
    });
    proving.app.sign_in().await.unwrap();
    proving.app.sessions_list(&proving.alice).await.unwrap();
    assert_eq!(reports(&proving).len(), 2);
    proving.by_the_rules();
    let view = proving.app.sessions_list(&proving.alice).await.unwrap();
    assert_eq!(view.current, CurrentSession::Known { id: "s-own".to_owned() });
    proving.app.sessions_list(&proving.alice).await.unwrap();
    let reports = reports(&proving);
    assert_eq!(reports.len(), 3);
    assert!(
        reports.iter().all(|asked| asked.body == reports[0].body),
        "the ordinary sign-in's token each time"
    );
    let targets: Vec<String> =
        proving.asked().iter().rev().take(3).map(|asked| asked.target.clone()).collect();
    assert_eq!(targets, ["/sessions", "/sessions", "/sessions/current"], "first reported, then listed");
}

#[tokio::test]
async fn n12_id_token_is_dropped_when_expired_or_app_closes() {
    let mut proving = Proving::signed_out().await;
    proving.before(|asked| {
        (asked.target == "/sessions/current").then(|| refusal(503, "upstream_unavailable", Value::Null))
    });
    proving.app.sign_in().await.unwrap();
    assert_eq!(reports(&proving).len(), 1);
    let kept = proving.world.store.memory.contents().join("\n");
    assert!(!kept.contains(reports(&proving)[0].json()["id_token"].as_str().unwrap()));
    proving.world.advance(Duration::from_secs(60 * 60));
    proving.app.sessions_list(&proving.alice).await.unwrap();
    assert_eq!(reports(&proving).len(), 1, "an expired token is not sent any more");
    proving.restart().await;
    proving.app.sessions_list(&proving.alice).await.unwrap();
    assert_eq!(reports(&proving).len(), 1);
}

#[tokio::test]
async fn session_is_ended_after_required_proof() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let Outcome::StepUp { step_up } = app.session_end(alice, "s-2").await.unwrap() else { panic!() };
    let password = || SecretText::new("Correct-Horse-7".to_owned());
    app.step_up_password(alice, &step_up.id, password()).await.unwrap();
    let Outcome::Done { answer } = app.session_end(alice, "s-2").await.unwrap() else { panic!() };
    assert_eq!((answer.sessions_ended, answer.grants_ended), (1, 1));
    assert!(answer.remaining.is_empty() && answer.present.sessions.len() == 1);

    let keep = EndOthersRequest { keep: Some("s-own".to_owned()) };
    let Outcome::StepUp { step_up } = app.sessions_end_others(alice, keep.clone()).await.unwrap() else {
        panic!("the grant for one session ends no others")
    };
    app.step_up_password(alice, &step_up.id, password()).await.unwrap();
    assert!(matches!(app.sessions_end_others(alice, keep).await.unwrap(), Outcome::Done { .. }));
    let bodies: Vec<Value> =
        proving.asked_for("POST", "/sessions/end-others").iter().map(Asked::json).collect();
    assert_eq!(bodies, [json!({"keep": "s-own"}), json!({"keep": "s-own"})]);
    assert!(matches!(app.grant_end(alice, "g-2").await.unwrap(), Outcome::Done { .. }));
}

/// The current session is unknown: the user names one, and the proof they gave is still valid.
#[tokio::test]
async fn refusal_that_asks_for_own_session_uses_up_no_proof() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    let everything = EndOthersRequest::default();
    let Outcome::StepUp { step_up } = app.sessions_end_others(alice, everything.clone()).await.unwrap()
    else {
        panic!()
    };
    app.step_up_password(alice, &step_up.id, SecretText::new("Correct-Horse-7".to_owned())).await.unwrap();
    proving.before(|asked| {
        let unknown = asked.target == "/sessions/end-others" && asked.json()["keep"].is_null();
        unknown.then(|| refusal(409, "current_session_unknown", Value::Null))
    });
    let error = app.sessions_end_others(alice, everything).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::CurrentSessionUnknown));
    let keep = EndOthersRequest { keep: Some("s-own".to_owned()) };
    assert!(matches!(app.sessions_end_others(alice, keep).await.unwrap(), Outcome::Done { .. }));
}

#[tokio::test]
async fn session_id_is_one_segment_and_invalid_one_is_never_sent() {
    let proving = Proving::new().await;
    let (app, alice) = (&proving.app, proving.alice.as_str());
    app.session_end(alice, "../account?a=b#c%2f").await.unwrap();
    app.grant_end(alice, "a/b\\c d").await.unwrap();
    let deleted: Vec<String> = proving
        .asked()
        .into_iter()
        .filter(|asked| asked.method == "DELETE")
        .map(|asked| asked.target)
        .collect();
    assert_eq!(deleted, ["/sessions/..%2Faccount%3Fa%3Db%23c%252f", "/grants/a%2Fb%5Cc%20d"]);

    let before = proving.asked().len();
    let long = "a".repeat(129);
    for id in ["", ".", "..", long.as_str()] {
        let error = CommandError::from(app.session_end(alice, id).await.unwrap_err());
        assert_eq!(
            (error.code, error.field.as_deref()),
            (Code::Server(ServerCode::InvalidValue), Some("session"))
        );
        let error = CommandError::from(app.grant_end(alice, id).await.unwrap_err());
        assert_eq!(
            (error.code, error.field.as_deref()),
            (Code::Server(ServerCode::InvalidValue), Some("grant"))
        );
        let keep = EndOthersRequest { keep: Some(id.to_owned()) };
        let error = CommandError::from(app.sessions_end_others(alice, keep).await.unwrap_err());
        assert_eq!(
            (error.code, error.field.as_deref()),
            (Code::Server(ServerCode::InvalidValue), Some("keep"))
        );
    }
    assert_eq!(proving.asked().len(), before);
}
