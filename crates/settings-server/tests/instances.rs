//! Decisions 30 and 31: an app instance is introduced before it can prove anything, and access tokens that were issued
//! before everything else was signed out are refused at once.

use serde_json::{Value, json};

use crate::support::app::{App, Call, granted, ordinary_id_token, password_of};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage, change};

const LIGHT: &str = "/sessions/unknown";

fn end_others() -> Call {
    Call::post("/sessions/end-others", json!({}))
}

async fn introduce_with(app: &App<'_>, id_token: &str) -> Answer {
    app.post("/sessions/current", json!({ "id_token": id_token })).await
}

/// Returns an app that has alice's access token, and an invented instance.
async fn made_up<'a>(stage: &'a Stage, app: &App<'a>) -> App<'a> {
    let thief = App::not_introduced(stage, "alice", &stage.sandbox.browser()).await;
    let instance = crate::support::app::secret("made up");
    App { instance, tokens: app.tokens.clone(), ..thief }
}

#[tokio::test]
async fn r31_unknown_instance_draws_on_no_budget() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&Call::delete(LIGHT)).await;
    let thief = made_up(&stage, &app).await;
    let code = json!({ "nonce": nonce, "route": "email" });
    let password = json!({ "nonce": nonce, "password": "Wrong-Password-1" });
    let before = stage.sandbox.outbox().len();
    for _ in 0..6 {
        for call in [
            Call::post("/step-up/password", password.clone()),
            Call::post("/step-up/code", code.clone()),
            Call::post("/email", json!({ "from": "alice@example.test", "address": "thief@example.test" })),
            Call::put("/password", json!({ "password": "Thieves-Horse-9" })),
            end_others(),
            Call::delete(LIGHT),
        ] {
            assert_eq!(thief.call(&call).await.outcome(), (403, "instance_unknown"), "{}", call.path);
        }
    }
    assert_eq!(stage.sandbox.outbox().len(), before);
    let right = json!({ "nonce": nonce, "password": password_of("alice") });
    granted(&app.post("/step-up/password", right).await);
}

#[tokio::test]
async fn r31_only_a_young_ordinary_id_token_introduces() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&Call::delete(LIGHT)).await;
    let proof = app.fresh_id_token(&nonce, "alice").await;
    // Logto's live for an hour.
    let mut claims = stage.claims("alice", "");
    claims["aud"] = json!(stage.sandbox.native_client_id());
    claims["exp"] = json!(claims["exp"].as_u64().unwrap() + 3000);
    let old = stage.mint(&claims, &json!({ "typ": null }));
    let mut thief = made_up(&stage, &app).await;
    assert_eq!(introduce_with(&thief, &proof).await.outcome(), (403, "instance_unknown"), "of a step-up");
    assert_eq!(introduce_with(&thief, "nonsense").await.outcome(), (403, "step_up_refused"));
    let bobs = ordinary_id_token(&stage.sandbox, "bob");
    assert_eq!(introduce_with(&thief, &bobs).await.outcome(), (403, "step_up_refused"), "of another user");
    stage.advance(661);
    thief.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    assert_eq!(introduce_with(&thief, &old).await.outcome(), (403, "instance_unknown"), "too old");
    let young = ordinary_id_token(&stage.sandbox, "alice");
    assert_eq!(introduce_with(&thief, &young).await.status, 200);
}

#[tokio::test]
async fn r31_id_token_introduces_one_instance() {
    let stage = Stage::new().await;
    let app = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
    let id_token = ordinary_id_token(&stage.sandbox, "alice");
    assert_eq!(introduce_with(&app, &id_token).await.status, 200);
    let thief = made_up(&stage, &app).await;
    assert_eq!(introduce_with(&thief, &id_token).await.outcome(), (403, "instance_unknown"));
    assert_eq!(introduce_with(&app, &id_token).await.status, 200, "once more by the same changes nothing");
    // Signed once more, it is the same token.
    let signed_again = stage.mint(&crate::step_up::claims_of(&id_token), &json!({ "typ": null }));
    let (signed, _) = id_token.rsplit_once('.').unwrap();
    assert!(
        signed_again.starts_with(signed) && signed_again != id_token,
        "another signature of the same claims"
    );
    assert_eq!(introduce_with(&thief, &signed_again).await.outcome(), (403, "instance_unknown"));
}

#[tokio::test]
async fn r31_grant_has_one_instance_the_newer_one() {
    let stage = Stage::new().await;
    let mut app = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
    assert_eq!(app.introduce_session().await.status, 200);
    let mut thief = made_up(&stage, &app).await;
    thief.tokens = app.tokens.clone();
    assert_eq!(thief.introduce_session().await.outcome(), (403, "instance_unknown"), "the same ID token");
    let (nonce, _) = app.challenge(&Call::delete(LIGHT)).await;
    // The app was reinstalled in the same browser session: its grant is the same, its ID token newer.
    stage.advance(5);
    let mut anew = App::not_introduced(&stage, "alice", &app.browser).await;
    anew.instance = crate::support::app::secret("installed anew");
    assert_eq!(anew.introduce_session().await.status, 200);
    assert_eq!(app.call(&Call::delete(LIGHT)).await.outcome(), (403, "instance_unknown"));
    app.tokens = anew.tokens.clone();
    let password = json!({ "nonce": nonce, "password": password_of("alice") });
    assert_eq!(app.post("/step-up/password", password).await.outcome(), (403, "instance_unknown"));
}

#[tokio::test]
async fn r31_sixteen_instances_are_known_the_least_used_goes() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let first = app.instance.clone();
    for number in 0..16 {
        stage.advance(61);
        app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
        app.become_another(&format!("instance {number}")).await;
    }
    app.challenge(&Call::delete(LIGHT)).await;
    app.instance = first;
    assert_eq!(app.call(&Call::delete(LIGHT)).await.outcome(), (403, "instance_unknown"));
}

/// What counts is when each was used, not when it was introduced.
#[tokio::test]
async fn r31_instance_in_use_outlives_sixteen_younger_ones() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let first = app.instance.clone();
    let later = async |app: &mut App<'_>, seconds| {
        stage.advance(seconds);
        app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    };
    for number in 0..15 {
        later(&mut app, 61).await;
        app.become_another(&format!("instance {number}")).await;
    }
    later(&mut app, 60 * 60).await;
    app.instance = first;
    app.challenge(&Call::delete(LIGHT)).await;
    let first = app.become_another("one more").await;
    app.instance = crate::support::app::secret("instance 0");
    assert_eq!(app.call(&Call::delete(LIGHT)).await.outcome(), (403, "instance_unknown"));
    app.instance = first;
    app.challenge(&Call::delete(LIGHT)).await;
}

#[tokio::test]
async fn r31_id_token_of_the_same_second_takes_no_grant_over() {
    let stage = Stage::new().await;
    let app = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
    assert_eq!(app.introduce_session().await.status, 200);
    let mut anew = App::not_introduced(&stage, "alice", &app.browser).await;
    anew.instance = crate::support::app::secret("another installation");
    assert_ne!(anew.tokens["id_token"], app.tokens["id_token"]);
    assert_eq!(anew.introduce_session().await.outcome(), (403, "instance_unknown"));
    app.challenge(&Call::delete(LIGHT)).await;
}

/// Two ID tokens that are sent in turn move the instance from one grant to the other once.
#[tokio::test]
async fn r31_older_id_token_moves_no_instance_back() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let first = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
    assert_eq!(first.introduce_session().await.status, 200);
    stage.advance(5);
    let second = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
    let moved = second.introduce_session().await.body;
    for _ in 0..3 {
        assert_eq!(first.introduce_session().await.body, moved, "the newer sign-in is this app's");
        assert_eq!(second.introduce_session().await.body, moved);
    }
    let rows = "SELECT result FROM journal WHERE action = 'instance' ORDER BY seq";
    assert_eq!(records.texts(rows).await, ["introduced", "bound"]);
    // Where the newer sign-in is over, the older one is this app's again.
    stage.sandbox.end(moved["id"].as_str().unwrap());
    let back = first.introduce_session().await.body;
    assert_eq!(back["kind"], "known");
    assert_ne!(back["id"], moved["id"]);
}

/// The proofs of an instance are removed with it, also where that was interrupted.
#[tokio::test]
async fn r31_replaced_instance_comes_back_without_its_proofs() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let app = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
    assert_eq!(app.introduce_session().await.status, 200);
    let (nonce, _) = app.challenge(&Call::delete(LIGHT)).await;
    records
        .run("CREATE TRIGGER stuck BEFORE DELETE ON step_up_challenges BEGIN SELECT RAISE(ABORT, 'stuck'); END")
        .await;
    stage.advance(5);
    let mut anew = App::not_introduced(&stage, "alice", &app.browser).await;
    anew.instance = crate::support::app::secret("installed anew");
    assert_eq!(anew.introduce_session().await.status, 503);
    records.run("DROP TRIGGER stuck").await;
    stage.advance(5);
    let again = App::not_introduced(&stage, "alice", &app.browser).await;
    assert_eq!(again.introduce_session().await.status, 200);
    let password = json!({ "nonce": nonce, "password": password_of("alice") });
    assert_eq!(again.post("/step-up/password", password).await.outcome(), (403, "step_up_refused"));
}

#[tokio::test]
async fn r31_new_instance_is_announced_by_mail_and_logged() {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    let mut app = App::sign_in(&stage, "alice").await;
    records.delivered().await;
    assert_eq!(stage.sandbox.mails().len(), 0, "the first one is no news");
    app.become_another("another installation").await;
    records.delivered().await;
    let mails = stage.sandbox.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["alice@example.test"]);
    assert_eq!(
        records.texts("SELECT result FROM journal WHERE action = 'instance' ORDER BY seq").await,
        ["introduced", "new"]
    );
}

#[tokio::test]
async fn r31_first_seen_is_shown_with_the_grant() {
    let stage = Stage::new().await;
    let app = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
    assert_eq!(app.introduce_session().await.status, 200);
    let listed = app.sessions().await;
    let seen: Vec<&Value> =
        listed.body["grants"].as_array().unwrap().iter().map(|grant| &grant["first_seen"]).collect();
    assert_eq!(seen, [&json!(stage.sandbox.clock().now_unix_ms())]);
}

/// Reads the account with the app's token, with or without its instance.
async fn reads(app: &App<'_>, instance: bool) -> u16 {
    if instance {
        return app.call(&Call::new(reqwest::Method::GET, "/account")).await.status;
    }
    app.stage.account(app.tokens["access_token"].as_str().unwrap()).await.status
}

#[tokio::test]
async fn r30_other_instances_token_is_refused_at_once() {
    let records = Records::new();
    let mut stage = Stage::with(|config| records.configure(config)).await;
    let tokens = {
        let app = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
        app.introduce_session().await;
        let mut other = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
        other.instance = crate::support::app::secret("another installation");
        assert_eq!((reads(&other, true).await, reads(&app, true).await), (200, 200));
        let call = end_others();
        assert_eq!(app.call(&call.with_grant(&app.grant(&call).await)).await.status, 200);
        assert_eq!((reads(&other, true).await, reads(&other, false).await), (401, 401));
        assert_eq!(reads(&app, false).await, 401, "without its instance the own token is as any other");
        assert_eq!(reads(&app, true).await, 200);
        app.tokens.clone()
    };
    stage = stage.restart(|config| records.configure(config)).await;
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(stage.account(token).await.status, 401, "a restart forgets nothing");
    stage.advance(1);
    assert_eq!(stage.account(&stage.token("alice", ALL_SCOPES)).await.status, 200, "a newer token is fine");
}

#[tokio::test]
async fn r30_password_change_refuses_other_instances_tokens() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let token = stage.token("alice", ALL_SCOPES);
    assert_eq!(stage.account(&token).await.status, 200);
    let call = Call::put("/password", json!({ "password": "Better-Horse-8" }));
    assert_eq!(app.call(&call.with_grant(&app.grant(&call).await)).await.status, 200);
    assert_eq!(stage.account(&token).await.outcome(), (401, "unauthorized"));
    assert_eq!(reads(&app, true).await, 200);
    assert_eq!(stage.account(&stage.token("bob", ALL_SCOPES)).await.status, 200, "of this user alone");
}

/// Until Logto has applied a change, and from then on, access of other instances is refused.
#[tokio::test]
async fn r30_floor_is_there_before_and_after_logto_acts() {
    for (method, call) in
        [("PATCH", Call::put("/password", json!({ "password": "Better-Horse-8" }))), ("DELETE", end_others())]
    {
        let stage = Stage::new().await;
        let app = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
        app.introduce_session().await;
        let other = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
        let call = call.with_grant(&app.grant(&call).await);
        stage.fault("/api/users/", method, logto_sandbox::FaultAction::Hold, Some(1));
        let before = stage.request_count_with(method);
        let meanwhile = async {
            while stage.request_count_with(method) == before {
                tokio::task::yield_now().await;
            }
            assert_eq!(reads(&other, false).await, 401, "{method}: before Logto has answered");
            stage.advance(2);
            let issued_meanwhile = stage.token("alice", ALL_SCOPES);
            stage.sandbox.faults().clear();
            issued_meanwhile
        };
        let (answer, issued_meanwhile) = tokio::join!(app.call(&call), meanwhile);
        assert_eq!(answer.status, 200, "{method}: {}", answer.text);
        assert_eq!(stage.account(&issued_meanwhile).await.status, 401, "{method}: issued meanwhile");
        assert_eq!(reads(&app, true).await, 200, "{method}");
    }
}

#[tokio::test]
async fn r30_app_that_ends_its_own_access_keeps_no_token() {
    let stage = Stage::new().await;
    let app = App::not_introduced(&stage, "alice", &stage.sandbox.browser()).await;
    app.introduce_session().await;
    let listed = app.sessions().await;
    let own =
        listed.body["grants"].as_array().unwrap().iter().find(|grant| grant["current"] == true).unwrap();
    let call = Call::delete(format!("/grants/{}", own["id"].as_str().unwrap()));
    let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((reads(&app, true).await, reads(&app, false).await), (401, 401));
}

#[tokio::test]
async fn r30_password_change_voids_proofs_of_other_instances() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let mut other = App::sign_in(&stage, "alice").await;
    other.become_another("another installation").await;
    let rename = Call::patch("/username", change("username", "alice", "alice_1"));
    let (grant, (nonce, _)) = (other.grant(&rename).await, other.challenge(&rename).await);
    let own = app.grant(&rename).await;
    let call = Call::put("/password", json!({ "password": "Better-Horse-8" }));
    assert_eq!(app.call(&call.with_grant(&app.grant(&call).await)).await.status, 200);
    stage.advance(1);
    other.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    let refused = other.call(&rename.with_grant(&grant)).await;
    assert_eq!(refused.outcome(), (401, "step_up_required"));
    let by_password = json!({ "nonce": nonce, "password": "Better-Horse-8" });
    assert_eq!(other.post("/step-up/password", by_password).await.outcome(), (403, "step_up_refused"));
    assert_eq!(app.call(&rename.with_grant(&own)).await.status, 200, "this app keeps its own");
}

#[tokio::test]
async fn r30_token_without_its_time_is_refused_below_a_floor() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let mut claims = stage.claims("alice", ALL_SCOPES);
    claims.as_object_mut().unwrap().remove("iat");
    let token = stage.mint(&claims, &json!({}));
    assert_eq!(stage.account(&token).await.status, 200);
    let call = Call::put("/password", json!({ "password": "Better-Horse-8" }));
    assert_eq!(app.call(&call.with_grant(&app.grant(&call).await)).await.status, 200);
    assert_eq!(stage.account(&token).await.status, 401);
}
