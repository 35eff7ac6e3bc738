//! B16 and B44: everything that is signed in, and ending it.

use logto_sandbox::FaultAction;
use reqwest::Method;
use serde_json::{Value, json};
use settings_server::config::FieldTable;

use crate::support::Stage;
use crate::support::app::{App, Call};
use crate::support::modes::in_each_mode;

fn ids<'a>(answer: &'a Value, list: &str) -> Vec<&'a str> {
    answer[list].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn b44_the_list_knows_which_session_is_this_apps() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.advance(5);
    App::sign_in(&stage, "alice").await;
    let before = app.sessions().await;
    assert_eq!(before.body["current"], json!({ "kind": "unknown" }), "an access token names no session");
    let introduced = app.introduce_session().await;
    assert_eq!(
        (introduced.status, introduced.body["kind"].as_str()),
        (200, Some("known")),
        "{}",
        introduced.text
    );
    let after = app.sessions().await;
    let current = &after.body["current"]["id"];
    assert_eq!(&after.body["sessions"][0]["id"], current, "the present one first");
    assert_eq!(after.body["sessions"].as_array().unwrap().len(), 2);
    let own: Vec<&Value> =
        after.body["grants"].as_array().unwrap().iter().filter(|grant| grant["current"] == true).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(&own[0]["session"], current);
    let session = &after.body["sessions"][0];
    assert!(session["ip"].as_str().is_none_or(|ip| ip.ends_with('…')), "{session}");
    assert!(session["started_at"].as_u64().unwrap() > 1_000_000_000_000, "milliseconds");
    assert_eq!(session["apps"], json!(["Latchkey"]), "{session}");
}

#[tokio::test]
async fn b44_without_a_sid_the_session_is_found_by_its_time() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.advance(5);
    App::sign_in(&stage, "alice").await;
    let without_sid = |app: &App<'_>| {
        let token = app.tokens["id_token"].as_str().unwrap().to_owned();
        let mut claims = crate::step_up::claims_of(&token);
        claims.as_object_mut().unwrap().remove("sid");
        stage.mint(&claims, &json!({ "typ": null }))
    };
    let introduced = app.post("/sessions/current", json!({ "id_token": without_sid(&app) })).await;
    assert_eq!(introduced.body["kind"], "known", "{}", introduced.text);

    // Two sessions of the same second: it is unknown which one it is, and none is guessed.
    let first = App::sign_in(&stage, "bob").await;
    App::sign_in(&stage, "bob").await;
    let introduced = first.post("/sessions/current", json!({ "id_token": without_sid(&first) })).await;
    assert_eq!(introduced.body, json!({ "kind": "unknown" }));
}

#[tokio::test]
async fn b44_foreign_or_forged_id_token_discloses_nothing() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let bob = App::sign_in(&stage, "bob").await;
    for token in [bob.tokens["id_token"].clone(), json!("nonsense"), app.tokens["access_token"].clone()] {
        let introduced = app.post("/sessions/current", json!({ "id_token": token })).await;
        assert_eq!(introduced.outcome(), (403, "step_up_refused"), "{}", introduced.text);
    }
    assert_eq!(app.sessions().await.body["current"]["kind"], "unknown");
}

#[tokio::test]
async fn b44_a_grant_that_no_session_names_is_listed() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let orphan = App::sign_in(&stage, "alice").await;
    assert_eq!(app.sessions().await.body["sessions"].as_array().unwrap().len(), 2);
    // Another user signs in over it in the same browser: the session is gone, its grant is not.
    orphan.fresh_id_token("somebody else's nonce", "bob").await;
    let listed = app.sessions().await;
    assert_eq!(listed.body["sessions"].as_array().unwrap().len(), 1, "{}", listed.text);
    let grants = listed.body["grants"].as_array().unwrap();
    let named = |grant: &&Value| !grant["session"].is_null();
    assert_eq!((grants.len(), grants.iter().filter(named).count()), (2, 1), "{}", listed.text);
}

#[tokio::test]
async fn b44_one_session_ends_with_its_grants() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let mut other = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    let listed = app.sessions().await;
    let revoked = listed.body["sessions"][1]["id"].as_str().unwrap().to_owned();
    let call = Call::delete(format!("/sessions/{revoked}"));
    let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((&answer.body["sessions_ended"], &answer.body["grants_ended"]), (&json!(1), &json!(1)));
    assert_eq!(answer.body["remaining"], json!([]));
    assert!(!ids(&answer.body["present"], "sessions").contains(&revoked.as_str()));
    assert!(!other.refresh_works().await, "the grant went with the session");
    assert!(app.refresh_works().await);
}

#[tokio::test]
async fn b16_all_others_end_and_orphaned_refresh_token_is_revoked() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let mut other = App::sign_in(&stage, "alice").await;
    // A grant without a session: another user signs in over it in the same browser.
    let mut orphan = App::sign_in(&stage, "alice").await;
    orphan.fresh_id_token("somebody else's nonce", "bob").await;
    assert!(orphan.refresh_works().await, "the grant outlives its session");
    app.introduce_session().await;
    let listed = app.sessions().await;
    let without_session: Vec<&Value> =
        listed.body["grants"].as_array().unwrap().iter().filter(|grant| grant["session"].is_null()).collect();
    assert_eq!(without_session.len(), 1, "signed in without a browser session: {}", listed.text);

    let call = Call::post("/sessions/end-others", json!({}));
    let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((&answer.body["sessions_ended"], &answer.body["grants_ended"]), (&json!(1), &json!(2)));
    assert_eq!(answer.body["remaining"], json!([]));
    assert_eq!(ids(&answer.body["present"], "sessions").len(), 1);
    assert!(!other.refresh_works().await && !orphan.refresh_works().await);
    assert!(app.refresh_works().await, "this app stays signed in");
}

#[tokio::test]
async fn b16_what_another_instance_has_proven_ends_with_its_session() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let mut thief = App::sign_in(&stage, "alice").await;
    thief.become_another("the thief's instance").await;
    app.introduce_session().await;
    let call = Call::delete("/sessions/some-session");
    let grant = thief.grant(&call).await;
    assert_eq!(thief.call(&call.with_grant(&grant)).await.code(), "session_not_found", "it is valid");
    let (nonce, _) = thief.challenge(&call).await;
    let others = Call::post("/sessions/end-others", json!({}));
    assert_eq!(app.call(&others.with_grant(&app.grant(&others).await)).await.status, 200);
    // The thief's access token is refused at once, and a newer one finds no instance and no proof.
    assert_eq!(thief.call(&call.with_grant(&grant)).await.outcome(), (401, "unauthorized"));
    stage.advance(1);
    thief.tokens["access_token"] = stage.token("alice", crate::support::ALL_SCOPES).into();
    assert_eq!(thief.call(&call.with_grant(&grant)).await.code(), "instance_unknown");
    thief.introduce().await;
    assert_eq!(thief.call(&call.with_grant(&grant)).await.code(), "step_up_required");
    let password = json!({ "nonce": nonce, "password": "Correct-Horse-7" });
    assert_eq!(thief.post("/step-up/password", password).await.code(), "step_up_refused");
}

#[tokio::test]
async fn b44_unknown_own_session_ends_no_others() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let mut other = App::sign_in(&stage, "alice").await;
    let plain = Call::post("/sessions/end-others", json!({}));
    assert_eq!(app.call(&plain).await.outcome(), (409, "current_session_unknown"));
    let unknown = Call::post("/sessions/end-others", json!({ "keep": "no-such-session" }));
    assert_eq!(app.call(&unknown).await.outcome(), (422, "invalid_value"));

    let introduced = app.introduce_session().await;
    let keep = introduced.body["id"].as_str().unwrap().to_owned();
    app.become_another("an instance without a session").await;
    let named = Call::post("/sessions/end-others", json!({ "keep": keep }));
    let answer = app.call(&named.with_grant(&app.grant(&named).await)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(ids(&answer.body["present"], "sessions"), [keep.as_str()]);
    assert!(app.refresh_works().await && !other.refresh_works().await);
}

#[tokio::test]
async fn b44_grant_of_one_app_ends_and_foreign_ids_are_not_found() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let mut other = App::sign_in(&stage, "alice").await;
    let bob = App::sign_in(&stage, "bob").await;
    app.introduce_session().await;
    let listed = app.sessions().await;
    let grant = ids(&listed.body, "grants")[1].to_owned();
    let call = Call::delete(format!("/grants/{grant}"));
    let proof = app.grant(&call).await;
    let bobs = bob.sessions().await;
    stage.sandbox.clear_request_log();
    for path in [
        format!("/sessions/{}", ids(&bobs.body, "sessions")[0]),
        format!("/grants/{}", ids(&bobs.body, "grants")[0]),
        "/sessions/..%2f..%2fusers".to_owned(),
        "/sessions/%00".to_owned(),
        "/grants/%ff".to_owned(),
        format!("/grants/{}", "x".repeat(200)),
    ] {
        let answer = app.call(&Call::delete(&path).with_grant(&proof)).await;
        assert_eq!(answer.outcome(), (404, "session_not_found"), "{path}: {}", answer.text);
    }
    assert_eq!(stage.request_count_with("DELETE"), 0, "nothing of bob's was touched");
    let answer = app.call(&call.with_grant(&proof)).await;
    assert_eq!((answer.status, &answer.body["grants_ended"]), (200, &json!(1)), "{}", answer.text);
    assert!(!other.refresh_works().await);
}

#[tokio::test]
async fn b16_failed_ends_are_named_and_the_rest_is_ended() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for _ in 0..3 {
        App::sign_in(&stage, "alice").await;
    }
    app.introduce_session().await;
    let listed = app.sessions().await;
    let stuck = ids(&listed.body, "sessions")[2].to_owned();
    stage.fault(&format!("/sessions/{stuck}"), "DELETE", FaultAction::Status(500, None), None);
    let call = Call::post("/sessions/end-others", json!({}));
    let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["sessions_ended"], json!(2));
    assert_eq!(answer.body["remaining"], json!([stuck]), "{}", answer.text);
}

#[tokio::test]
async fn b7_sessions_in_each_mode_follow_the_field_policy() {
    let table = |mode| FieldTable { sessions: Some(mode), ..FieldTable::default() };
    in_each_mode("session", table, async |_, app, mode, case| {
        let (listed, ended) = match mode.access {
            "edit" => (200, 401),
            "read_only" => (200, 403),
            _ => (403, 403),
        };
        app.introduce_session().await;
        let list = app.call(&Call::new(Method::GET, "/sessions")).await;
        assert_eq!(list.status, listed, "{case}: {}", list.text);
        for call in [
            Call::delete("/sessions/some-session"),
            Call::delete("/grants/some-grant"),
            Call::post("/sessions/end-others", json!({})),
        ] {
            let end = app.call(&call).await;
            assert_eq!(end.status, ended, "{case}: {}", end.text);
        }
        // The account says it beforehand, so that no app offers what is refused.
        let introduced = &app.call(&Call::new(Method::GET, "/account")).await.body["sessions"];
        let mut wanted = json!({ "access": mode.access });
        if let Some(reason) = mode.reason {
            wanted["reason"] = json!(reason);
        }
        assert_eq!(introduced, &wanted, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_lists_reads_are_under_way_together() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.sandbox.clear_request_log();
    app.sessions().await;
    let reads = stage.request_count_with("GET");
    assert_eq!(reads, 4, "user, sessions, grants, and those of third parties");
}
