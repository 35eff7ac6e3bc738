//! Decisions 27 and 28: no proof makes something stronger than itself, and a sign-in in the browser proves what the
//! records of its session say. `step_up/decision/chains.rs` tries every chain; these go through the front door.

use std::time::Duration;

use logto_sandbox::{FaultAction, SignInBy};
use serde_json::{Value, json};

use crate::step_up::claims_of;
use crate::support::addresses::{EMAIL, PHONE, newest_code};
use crate::support::app::{App, Call, granted, password_of};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage};

const NEW: &str = "Better-Horse-8";

fn end_others() -> Call {
    Call::post("/sessions/end-others", json!({}))
}

fn set_password() -> Call {
    Call::put("/password", json!({ "password": NEW }))
}

fn by_code(identifier: &str) -> SignInBy {
    SignInBy::Code { identifier: identifier.to_owned() }
}

fn by_github() -> SignInBy {
    SignInBy::Social { target: "github".to_owned(), user_id: "gh-1".to_owned(), email: None }
}

/// Starts a stage on which every method signs in.
async fn stage() -> Stage {
    let stage = Stage::new().await;
    let_everything_sign_in(&stage);
    stage
}

fn let_everything_sign_in(stage: &Stage) {
    let method =
        |name: &str| json!({ "identifier": name, "password": true, "verificationCode": name != "username" });
    let methods: Vec<Value> = ["username", "email", "phone"].map(method).into();
    stage.sandbox.set_sign_in_experience(
        &json!({ "signIn": { "methods": methods }, "socialSignInConnectorTargets": ["github"] }),
    );
}

/// Returns a grant for a call, by a code to a present address.
async fn grant_by_code(app: &App<'_>, call: &Call, route: &str) -> String {
    let (nonce, _) = app.challenge(call).await;
    granted(&code_to(app, &nonce, route).await)
}

async fn code_to(app: &App<'_>, nonce: &str, route: &str) -> Answer {
    let sent = app.post("/step-up/code", json!({ "nonce": nonce, "route": route })).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let body = json!({
        "nonce": nonce, "transaction": sent.body["transaction"], "code": newest_code(app.stage)
    });
    app.post("/step-up/code/confirm", body).await
}

/// Returns the answer to a fresh sign-in for a call: `granted`, or the further methods that are required.
async fn browser(app: &App<'_>, call: &Call, sign_in_by: &SignInBy) -> Answer {
    let (nonce, _) = app.challenge(call).await;
    let id_token = app.fresh_id_token_by(&nonce, sign_in_by).await;
    app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": id_token })).await
}

fn more(answer: &Answer) -> Vec<&str> {
    assert_eq!((answer.status, &answer.body["kind"]), (200, &json!("more")), "{}", answer.text);
    answer.body["methods"].as_array().unwrap().iter().map(|method| method["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn r27_password_set_by_a_code_does_not_change_that_address() {
    let stage = stage().await;
    let mut app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    let grant = grant_by_code(&app, &set_password(), "email").await;
    assert_eq!(app.call(&set_password().with_grant(&grant)).await.status, 200);

    let change = EMAIL.set(EMAIL.present, EMAIL.typed);
    let (nonce, methods) = app.challenge(&change).await;
    assert_eq!(methods, ["browser", "phone"]);
    let proof = json!({ "nonce": nonce, "password": NEW });
    let answer = app.post("/step-up/password", proof).await;
    assert_eq!(answer.outcome(), (403, "password_wrong"), "as any password that does not count");
    let sign_in_by = SignInBy::Password { identifier: "alice".to_owned(), password: NEW.to_owned() };
    assert_eq!(more(&browser(&app, &change, &sign_in_by).await), ["phone"]);
    assert_eq!(app.challenge(&end_others()).await.1, ["browser", "password", "email", "phone"]);

    stage.advance(24 * 60 * 60);
    app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    assert_eq!(app.challenge(&change).await.1, ["browser", "password", "phone"]);
}

#[tokio::test]
async fn r27_password_changed_with_itself_counts_at_once() {
    let stage = stage().await;
    let app = App::sign_in(&stage, "alice").await;
    let (nonce, _) = app.challenge(&set_password()).await;
    let proof = json!({ "nonce": nonce, "password": password_of("alice") });
    let grant = granted(&app.post("/step-up/password", proof).await);
    assert_eq!(app.call(&set_password().with_grant(&grant)).await.status, 200);
    let change = EMAIL.set(EMAIL.present, EMAIL.typed);
    assert_eq!(app.challenge(&change).await.1, ["browser", "password", "phone"]);
}

/// If Logto did not apply the change, the old password stays as old as it was; if it may have, it does not.
#[tokio::test]
async fn r27_password_that_was_not_set_leaves_the_old_as_old() {
    let refused = FaultAction::Status(400, Some(json!({ "code": "guard.invalid_input" })));
    let not_done = ["browser", "password", "phone"];
    for (fault, code, methods) in [
        (refused, "invalid_value", &not_done[..]),
        (FaultAction::Status(429, None), "upstream_unavailable", &not_done[..]),
        (FaultAction::HangAfter, "upstream_unavailable", &["browser", "phone"][..]),
    ] {
        let (stage, _records) = Stage::impatient().await;
        let_everything_sign_in(&stage);
        let app = App::sign_in(&stage, "alice").await;
        let grant = grant_by_code(&app, &set_password(), "email").await;
        stage.fault("/password", "PATCH", fault.clone(), Some(1));
        assert_eq!(app.call(&set_password().with_grant(&grant)).await.code(), code, "{fault:?}");
        let change = EMAIL.set(EMAIL.present, EMAIL.typed);
        assert_eq!(app.challenge(&change).await.1, methods, "{fault:?}");
    }
}

/// A first look that fails half-way makes nothing young.
#[tokio::test]
async fn r27_user_is_known_once_all_their_items_are_recorded() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let full = "CREATE TRIGGER full BEFORE INSERT ON bindings WHEN NEW.item = 'password' \
                BEGIN SELECT RAISE(ABORT, 'full'); END";
    let alice = stage.token("alice", ALL_SCOPES);
    stage.account(&stage.token("bob", ALL_SCOPES)).await;
    records.run(full).await;
    stage.account(&alice).await;
    records.run("DROP TRIGGER full").await;
    let app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    assert_eq!(app.challenge(&end_others()).await.1, ["browser", "password", "email", "phone"]);
}

#[tokio::test]
async fn r27_address_bound_by_a_code_proves_no_more_than_it() {
    let stage = stage().await;
    let app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    // A new number, proven with a code to the e-mail address …
    let set = PHONE.set(PHONE.present, PHONE.typed);
    let grant = grant_by_code(&app, &set, "email").await;
    let sent = app.call(&set.with_grant(&grant)).await;
    let confirmed = app.call(&PHONE.confirm(&sent, &newest_code(&stage))).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    // … does not change that address, but does what the code itself would do.
    let change = EMAIL.set(EMAIL.present, EMAIL.typed);
    assert_eq!(app.challenge(&change).await.1, ["browser", "password"]);
    assert_eq!(more(&browser(&app, &change, &by_code(PHONE.new)).await), ["password"]);
    assert_eq!(app.challenge(&end_others()).await.1, ["browser", "password", "email", "phone"]);
}

#[tokio::test]
async fn r27_social_sign_in_alone_sets_no_password() {
    let stage = stage().await;
    let records = json!({ "identities": { "github": { "userId": "gh-1" } } });
    stage.sandbox.patch_user("alice", &records);
    let app = App::sign_in(&stage, "alice").await;
    let answer = browser(&app, &set_password(), &by_github()).await;
    assert_eq!(more(&answer), ["password", "email", "phone"]);
}

#[tokio::test]
async fn r27_social_identity_linked_elsewhere_is_young() {
    let stage = stage().await;
    let fields = json!({ "username": "hubber", "name": "Hub" });
    let id = stage.sandbox.add_user(&fields);
    assert_eq!(stage.account(&stage.token(&id, ALL_SCOPES)).await.status, 200, "seen once");
    stage.sandbox.patch_user(&id, &json!({ "identities": { "github": { "userId": "gh-1" } } }));
    let app = App::of(&stage, &id).await;
    let answer = browser(&app, &set_password(), &by_github()).await;
    assert_eq!(answer.outcome(), (403, "step_up_refused"), "{}", answer.text);
}

#[tokio::test]
async fn r28_browser_sign_in_by_a_code_is_a_code() {
    let stage = stage().await;
    let app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    let change = EMAIL.set(EMAIL.present, EMAIL.typed);
    assert_eq!(more(&browser(&app, &change, &by_code(EMAIL.present)).await), ["password", "phone"]);
    granted(&browser(&app, &change, &by_code(PHONE.present)).await);
    granted(&browser(&app, &end_others(), &by_code(EMAIL.present)).await);
}

#[tokio::test]
async fn r28_browser_code_to_young_address_is_not_destructive() {
    let stage = stage().await;
    let app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    stage.sandbox.patch_user("alice", &json!({ "primaryEmail": "young@example.test" }));
    let answer = browser(&app, &end_others(), &by_code("young@example.test")).await;
    assert_eq!(more(&answer), ["password", "phone"]);
    granted(&browser(&app, &Call::delete("/sessions/unknown"), &by_code("young@example.test")).await);
}

/// Only the session that a sign-in made tells what was shown in it.
#[tokio::test]
async fn r28_sign_in_proves_what_its_own_session_records() {
    let stage = stage().await;
    let app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    let password =
        SignInBy::Password { identifier: "alice".to_owned(), password: "Correct-Horse-7".to_owned() };
    let show = async |nonce: &str, id_token: &str| {
        app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": id_token })).await
    };
    // Another sign-in in the same session came later.
    let change = EMAIL.set(EMAIL.present, EMAIL.typed);
    let (nonce, _) = app.challenge(&change).await;
    let by_code = app.fresh_id_token_by(&nonce, &by_code(EMAIL.present)).await;
    stage.advance(1);
    app.fresh_id_token_by("another nonce", &password).await;
    let answer = show(&nonce, &by_code).await;
    assert_eq!(answer.outcome(), (403, "step_up_refused"), "{}", answer.text);

    // Another session of the same second: distinguished by `sid`, or not at all.
    let (nonce, _) = app.challenge(&change).await;
    let by_password = app.fresh_id_token_by(&nonce, &password).await;
    let elsewhere = App::sign_in(&stage, "alice").await;
    elsewhere.fresh_id_token_by("elsewhere", &password).await;
    let mut claims = claims_of(&by_password);
    claims.as_object_mut().unwrap().remove("sid");
    let answer = show(&nonce, &stage.mint(&claims, &json!({ "typ": null }))).await;
    assert_eq!(answer.outcome(), (403, "step_up_refused"), "{}", answer.text);
    granted(&show(&nonce, &by_password).await);
}

/// An address that was replaced meanwhile proves no more than a new one.
#[tokio::test]
async fn r27_code_is_judged_by_the_address_as_it_is_now() {
    for (call, goes_back) in [(Call::delete("/sessions/unknown"), false), (end_others(), true)] {
        let stage = stage().await;
        let app = App::sign_in(&stage, "alice").await;
        app.introduce_session().await;
        let (nonce, _) = app.challenge(&call).await;
        let sent = app.post("/step-up/code", json!({ "nonce": nonce, "route": "email" })).await;
        let code = newest_code(&stage);
        stage.sandbox.patch_user("alice", &json!({ "primaryEmail": "other@example.test" }));
        assert_eq!(app.call(&Call::new(reqwest::Method::GET, "/account")).await.status, 200);
        if goes_back {
            stage.sandbox.patch_user("alice", &json!({ "primaryEmail": EMAIL.present }));
        }
        let body = json!({ "nonce": nonce, "transaction": sent.body["transaction"], "code": code });
        let answer = app.post("/step-up/code/confirm", body).await;
        assert_eq!(answer.outcome(), (403, "step_up_refused"), "{goes_back}: {}", answer.text);
    }
}

#[tokio::test]
async fn r28_record_of_another_address_is_refused_and_logged() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let_everything_sign_in(&stage);
    let app = App::sign_in(&stage, "alice").await;
    let light = Call::delete("/sessions/unknown");
    for purpose in [light, end_others_of(&app).await] {
        let (nonce, _) = app.challenge(&purpose).await;
        let id_token = app.fresh_id_token_by(&nonce, &by_code(EMAIL.present)).await;
        stage.sandbox.rename_recorded_identifiers("alice", "other@example.test");
        let answer = app.post("/step-up/browser", json!({ "nonce": nonce, "id_token": id_token })).await;
        assert_eq!(answer.outcome(), (403, "step_up_refused"), "{}", answer.text);
    }
    let id_token = app.fresh_id_token_by("ordinary", &by_code(EMAIL.present)).await;
    stage.sandbox.rename_recorded_identifiers("alice", "other@example.test");
    let answer = app.post("/sessions/current", json!({ "id_token": id_token })).await;
    assert_eq!(answer.outcome(), (403, "step_up_refused"), "{}", answer.text);
    let refused = "SELECT action || ' ' || result FROM journal WHERE result = 'another_address' ORDER BY seq";
    assert_eq!(
        records.texts(refused).await,
        ["step_up another_address", "step_up another_address", "sessions_current another_address"]
    );
    // In another case it is the same address.
    stage.sandbox.rename_recorded_identifiers("alice", "ALICE@example.TEST");
    assert_eq!(app.post("/sessions/current", json!({ "id_token": id_token })).await.status, 200);
}

async fn end_others_of(app: &App<'_>) -> Call {
    app.introduce_session().await;
    end_others()
}

/// Starts a stage whose tenant signs in by codes, with a user who has one address and nothing else.
async fn with_an_address_alone(records: &Records) -> (Stage, String) {
    let stage = Stage::with_mail(records).await;
    let method = json!({ "identifier": "email", "password": false, "verificationCode": true });
    stage.sandbox.set_sign_in_experience(&json!({ "signIn": { "methods": [method] } }));
    let id = stage.sandbox.add_user(&json!({ "primaryEmail": "only@example.test" }));
    (stage, id)
}

#[tokio::test]
async fn r28_user_without_other_proof_uses_address_after_a_warning() {
    let records = Records::new();
    let (stage, id) = with_an_address_alone(&records).await;
    let app = App::of(&stage, &id).await;
    let change = Call::post("/email", json!({ "from": "only@example.test", "address": "next@example.test" }));
    let grant = granted(&browser(&app, &change, &by_code("only@example.test")).await);
    let sent = app.call(&change.with_grant(&grant)).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    records.delivered().await;
    let mails = stage.sandbox.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["only@example.test"]);
    assert_eq!(mails[0].subject, "Your e-mail address is about to change");
    assert_eq!(stage.sandbox.user_json(&id)["primaryEmail"], "only@example.test", "nothing has changed yet");
    let confirmed = app.call(&EMAIL.confirm(&sent, &newest_code(&stage))).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    // The new address was bound with an address that is gone: it proves nothing destructive for a day.
    let next = Call::post("/email", json!({ "from": "next@example.test", "address": "third@example.test" }));
    assert_eq!(app.challenge(&next).await.1, ["browser"]);
    let answer = browser(&app, &next, &by_code("next@example.test")).await;
    assert_eq!(answer.outcome(), (403, "step_up_refused"), "{}", answer.text);
}

/// The notices of two changes are equal except for their time. The second is not held back until ten minutes are over.
#[tokio::test]
async fn r28_each_last_resort_needs_a_warning_first() {
    let records = Records::new();
    let (stage, id) = with_an_address_alone(&records).await;
    let app = App::of(&stage, &id).await;
    for (count, address) in ["next@example.test", "third@example.test"].into_iter().enumerate() {
        let change = Call::post("/email", json!({ "from": "only@example.test", "address": address }));
        let grant = granted(&browser(&app, &change, &by_code("only@example.test")).await);
        assert_eq!(app.call(&change.with_grant(&grant)).await.status, 200);
        let warned = async {
            while stage.sandbox.mails().len() <= count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), warned).await.expect(address);
    }
}

#[tokio::test]
async fn r28_last_resort_is_not_made_by_removing_the_others() {
    let stage = stage().await;
    let fields = json!({ "primaryEmail": "mine@example.test", "primaryPhone": "15550000077" });
    let id = stage.sandbox.add_user(&fields);
    let app = App::of(&stage, &id).await;
    let remove = PHONE.remove("15550000077");
    let grant = grant_by_code(&app, &remove, "email").await;
    assert_eq!(app.call(&remove.with_grant(&grant)).await.status, 200);
    // The removal is in the records once what was bound a moment ago has settled.
    let change = Call::post("/email", json!({ "from": "mine@example.test", "address": "next@example.test" }));
    assert_eq!(app.challenge(&change).await.1, ["browser"]);
    let answer = browser(&app, &change, &by_code("mine@example.test")).await;
    assert_eq!(answer.outcome(), (403, "step_up_refused"), "{}", answer.text);
}

#[tokio::test]
async fn b42_young_factor_does_not_block_older_proofs() {
    let stage = stage().await;
    let app = App::sign_in(&stage, "alice").await;
    app.introduce_session().await;
    stage.advance(60 * 60);
    let mut app = App { tokens: json!({ "access_token": stage.token("alice", ALL_SCOPES) }), ..app };
    stage.sandbox.bind_totp("alice", "TESTTESTTESTTESTTESTTESTTESTTEST");
    let (nonce, methods) = app.challenge(&end_others()).await;
    assert_eq!(methods, ["browser", "password", "email", "phone"]);
    let proof = json!({ "nonce": nonce, "password": password_of("alice") });
    granted(&app.post("/step-up/password", proof).await);
    stage.advance(24 * 60 * 60);
    app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    assert_eq!(app.challenge(&end_others()).await.1, ["browser"], "a day later it is asked for");
}
