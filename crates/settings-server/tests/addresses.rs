//! E-mail address and phone number: what holds for both (B7, B10, B11, B34).

use serde_json::{Value, json};

use crate::support::addresses::{BOTH, EMAIL, PHONE, burn, newest_code, wrong};
use crate::support::app::{App, Call, granted, secret};
use crate::support::databases::on_both;
use crate::support::{ALL_SCOPES, Answer, Stage, keep_in};

/// Returns the requests that reached Logto's Management API.
fn management_requests(stage: &Stage) -> Vec<String> {
    let log = stage.sandbox.request_log();
    let of_api = log.iter().filter(|request| request.path.starts_with("/api/"));
    of_api.map(|request| format!("{} {}", request.method, request.path)).collect()
}

fn writes(stage: &Stage) -> usize {
    management_requests(stage).iter().filter(|line| !line.starts_with("GET")).count()
}

fn members(answer: &Answer) -> Vec<String> {
    answer.body.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn b11_proven_identifier_becomes_the_users() {
    for kind in BOTH {
        for present in [Value::Null, json!(kind.present)] {
            let stage = Stage::new().await;
            stage.sandbox.patch_user("alice", &json!({ kind.stored: present }));
            let app = App::sign_in(&stage, "alice").await;
            let sent = kind.send(&app, kind.typed).await;
            assert_eq!(sent.body["expires_in"], json!(600));
            assert_eq!(sent.body["resend_in"], json!(60));
            assert!(sent.body["masked"].as_str().unwrap().contains('…') && !sent.text.contains(kind.new));
            assert_eq!(kind.of(&app), present, "nothing is changed before it is proven");
            let (to, code) = stage.sandbox.outbox().pop().unwrap();
            assert_eq!(to, kind.new, "one spelling");
            let answer = app.call(&kind.confirm(&sent, &code)).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.body[kind.field]["value"], kind.new);
            assert_eq!(kind.of(&app), kind.new);
            let again = app.call(&kind.confirm(&sent, &code)).await;
            assert_eq!(again.outcome(), (410, "code_expired"), "once");
        }
    }
}

#[tokio::test]
async fn b11_code_is_bound_to_purpose_user_and_instance() {
    for kind in BOTH {
        let other_kind = if kind.field == "email" { PHONE } else { EMAIL };
        let stage = Stage::new().await;
        let mut app = App::sign_in(&stage, "alice").await;
        let mut bob = App::sign_in(&stage, "bob").await;
        // Only the user differs.
        bob.instance.clone_from(&app.instance);
        bob.introduce().await;
        let expired = |answer: &Answer, case: &str| {
            assert_eq!(answer.outcome(), (410, "code_expired"), "{}: {case}: {}", kind.field, answer.text);
        };
        // The code of a step-up does not confirm a new address.
        let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
        let proof = app.post("/step-up/code", json!({ "nonce": nonce, "route": kind.field })).await;
        let code = newest_code(&stage);
        expired(&app.call(&kind.confirm(&proof, &code)).await, "a step-up's");
        let mut body = json!({ "nonce": nonce, "transaction": proof.body["transaction"], "code": code });
        granted(&app.post("/step-up/code/confirm", body.clone()).await);

        // The code of a new address proves no step-up, and no other kind of address.
        let sent = kind.send(&app, kind.typed).await;
        let code = newest_code(&stage);
        let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
        body["nonce"] = json!(nonce);
        body["transaction"] = sent.body["transaction"].clone();
        body["code"] = json!(code);
        expired(&app.post("/step-up/code/confirm", body).await, "for a step-up");
        expired(&app.call(&other_kind.confirm(&sent, &code)).await, "for the other kind");
        expired(&bob.call(&kind.confirm(&sent, &code)).await, "by another user");
        let mine = app.become_another("another installation").await;
        expired(&app.call(&kind.confirm(&sent, &code)).await, "by another instance");
        app.instance = mine;
        let unknown = json!({ "transaction": secret("a transaction that was never issued"), "code": code });
        expired(&app.post(&format!("/{}/confirm", kind.field), unknown).await, "of no transaction");
        assert_eq!(kind.of(&app), kind.present);
        assert_eq!(
            app.call(&kind.confirm(&sent, &code)).await.status,
            200,
            "its own is not burnt by all that"
        );
    }
}

#[tokio::test]
async fn b11_right_code_is_refused_after_five_wrong_ones() {
    for kind in BOTH {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        let sent = kind.send(&app, kind.typed).await;
        let code = newest_code(&stage);
        for not_a_code in ["", "12345", "1234567", "12345x", "１２３４５６"] {
            let answer = app.call(&kind.confirm(&sent, not_a_code)).await;
            assert_eq!(answer.outcome(), (422, "invalid_value"), "{not_a_code}");
        }
        for left in (0..5).rev() {
            let answer = app.call(&kind.confirm(&sent, &wrong(&code))).await;
            assert_eq!(answer.outcome(), (422, "code_wrong"), "{}", answer.text);
            assert_eq!(answer.body["detail"], json!({ "kind": "tries_left", "tries": left }));
        }
        assert_eq!(app.call(&kind.confirm(&sent, &code)).await.outcome(), (410, "code_expired"));
        assert_eq!(kind.of(&app), kind.present);
        let again = app.call(&kind.set(kind.present, kind.typed)).await;
        assert_eq!(again.outcome(), (401, "step_up_required"), "and its authority with it");
    }
}

#[tokio::test]
async fn b11_code_ends_with_a_second_one_or_after_ten_minutes() {
    for kind in BOTH {
        let stage = Stage::new().await;
        let mut app = App::sign_in(&stage, "alice").await;
        let first = kind.send(&app, kind.typed).await;
        let first_code = newest_code(&stage);
        let second = kind.send(&app, kind.typed).await;
        let second_code = newest_code(&stage);
        assert_eq!(app.call(&kind.confirm(&first, &first_code)).await.outcome(), (410, "code_expired"));
        stage.advance(599);
        app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
        assert_eq!(app.call(&kind.confirm(&second, &wrong(&second_code))).await.code(), "code_wrong");
        stage.advance(1);
        assert_eq!(app.call(&kind.confirm(&second, &second_code)).await.outcome(), (410, "code_expired"));
        assert_eq!(kind.of(&app), kind.present);
    }
}

#[tokio::test]
async fn b11_resent_code_needs_no_proof_and_lasts_no_longer() {
    for kind in BOTH {
        let stage = Stage::new().await;
        let mut app = App::sign_in(&stage, "alice").await;
        let first = kind.send(&app, kind.typed).await;
        let again = kind.set(kind.present, kind.typed);
        stage.advance(120);
        let second = app.call(&again).await;
        assert_eq!(second.status, 200, "{}", second.text);
        assert_ne!(second.body["transaction"], first.body["transaction"]);
        assert_eq!(first.body["expires_in"], json!(600));
        assert_eq!(second.body["expires_in"], json!(480), "its authority lasts no longer");

        let refused = (401, "step_up_required");
        let elsewhere = app.call(&kind.set(kind.present, kind.other)).await;
        assert_eq!(elsewhere.outcome(), refused, "to another address");
        let mine = app.become_another("another installation").await;
        assert_eq!(app.call(&again).await.outcome(), refused, "by another instance");
        let mut bob = App::sign_in(&stage, "bob").await;
        bob.instance.clone_from(&mine);
        bob.introduce().await;
        stage.sandbox.patch_user("bob", &json!({ kind.stored: format!("{}0", kind.present) }));
        let by_bob = bob.call(&kind.set(format!("{}0", kind.present), kind.typed)).await;
        assert_eq!(by_bob.outcome(), refused, "by another user");
        app.instance = mine;

        stage.advance(419);
        app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
        let third = app.call(&again).await;
        assert_eq!(third.status, 200, "a minute and a second before its end: {}", third.text);
        stage.advance(1);
        assert_eq!(app.call(&again).await.outcome(), refused, "no time is left to type another one");
        let confirmed = app.call(&kind.confirm(&third, &newest_code(&stage))).await;
        assert_eq!(confirmed.status, 200, "and the one that was sent last is valid: {}", confirmed.text);
    }
}

/// While another user proves the same address nothing is sent; a user who requests it again must see what they would
/// see otherwise.
#[tokio::test]
async fn b11_decoy_ends_like_a_real_transaction() {
    for kind in BOTH {
        let mut seen = Vec::new();
        for somebody_else in [false, true] {
            let stage = Stage::new().await;
            let app = App::sign_in(&stage, "alice").await;
            let bob = App::sign_in(&stage, "bob").await;
            kind.send(&bob, if somebody_else { kind.typed } else { kind.other }).await;
            let again = kind.set(kind.present, kind.typed);
            let first = kind.send(&app, kind.typed).await;
            let second = app.call(&again).await;
            let of_first = app.call(&kind.confirm(&first, &wrong(&newest_code(&stage)))).await;
            burn(&app, &again.path, &second).await;
            let third = app.call(&again).await;
            seen.push([second.status, of_first.status, third.status]);
        }
        assert_eq!(seen, [[200, 410, 401]; 2], "{}", kind.field);
    }
}

#[tokio::test]
async fn b34_taken_identifier_is_not_disclosed_before_it_is_proven() {
    for kind in BOTH {
        let mut seen = Vec::new();
        for to in [kind.typed, kind.bobs] {
            let stage = Stage::new().await;
            let app = App::sign_in(&stage, "alice").await;
            stage.sandbox.clear_request_log();
            let sent = kind.send(&app, to).await;
            let code = newest_code(&stage);
            let guessed = app.call(&kind.confirm(&sent, &wrong(&code))).await;
            // Some requests are concurrent, in any order.
            let mut before = management_requests(&stage);
            before.sort();
            let proven = app.call(&kind.confirm(&sent, &code)).await;
            seen.push((sent.status, members(&sent), guessed.status, guessed.body["detail"].clone(), before));
            if to == kind.bobs {
                assert_eq!(proven.outcome(), (409, "identifier_unavailable"), "{}", proven.text);
                assert!(proven.body.get("detail").is_none());
                assert_eq!(kind.of(&app), kind.present, "and nothing is changed");
                assert_eq!(app.call(&kind.confirm(&sent, &code)).await.code(), "code_expired");
            } else {
                assert_eq!(proven.status, 200, "{}", proven.text);
            }
        }
        assert_eq!(seen[0], seen[1], "{}", kind.field);
        assert!(seen[0].4.iter().any(|line| line.contains("verification-codes/verify")), "{:?}", seen[0].4);
    }
}

/// Two users who request a code for one address: the second one's answer is the same, and nothing is sent.
#[tokio::test]
async fn b11_one_open_transaction_per_recipient_however_it_is_written() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let bob = App::sign_in(&stage, "bob").await;
    for (kind, same) in [(EMAIL, "ALICE.NEW@example.test"), (PHONE, "001 555 000 00 09")] {
        let sent = kind.send(&app, kind.typed).await;
        let code = newest_code(&stage);
        let before = stage.sandbox.outbox().len();
        let neutral = kind.send(&bob, same).await;
        assert_eq!(members(&neutral), members(&sent));
        assert_eq!(stage.sandbox.outbox().len(), before);
        let answer = bob.call(&kind.confirm(&neutral, &code)).await;
        assert_eq!(answer.outcome(), (422, "code_wrong"), "the right code of alice opens nothing of bob's");
        assert_eq!(app.call(&kind.confirm(&sent, &code)).await.status, 200);
    }
}

/// Whether a code to the address counts for a call: offered, and sent when requested.
async fn counts(app: &App<'_>, kind: &crate::support::addresses::Kind, call: &Call) -> bool {
    let (nonce, methods) = app.challenge(call).await;
    let sent = app.post("/step-up/code", json!({ "nonce": nonce, "route": kind.field })).await;
    let offered = methods.iter().any(|method| method == kind.field);
    assert_eq!(offered, sent.status == 200, "{}: {}", kind.field, sent.text);
    offered
}

fn end_others() -> Call {
    Call::post("/sessions/end-others", json!({}))
}

#[tokio::test]
async fn r27_address_bound_with_the_password_counts_at_once() {
    for kind in BOTH {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        app.introduce_session().await;
        assert_eq!(kind.change(&app, kind.typed).await.status, 200);
        assert!(counts(&app, &kind, &end_others()).await, "{}", kind.field);
        // It never counts for a change of itself; the other one does.
        let (_, methods) = app.challenge(&kind.remove(kind.new)).await;
        assert!(!methods.iter().any(|method| method == kind.field), "{methods:?}");
        assert!(methods.iter().any(|method| method == "email" || method == "phone"), "{methods:?}");
    }
}

#[tokio::test]
async fn b10_address_bound_elsewhere_is_young_for_a_day() {
    for kind in BOTH {
        on_both(async |place| {
            let stage = Stage::with(|config| keep_in(config, &place)).await;
            let mut app = App::sign_in(&stage, "alice").await;
            app.introduce_session().await;
            assert!(counts(&app, &kind, &end_others()).await);
            stage.sandbox.patch_user("alice", &json!({ kind.stored: kind.new }));
            assert!(!counts(&app, &kind, &end_others()).await, "{}", kind.field);
            let light = Call::delete("/sessions/unknown");
            assert!(counts(&app, &kind, &light).await, "for an ordinary purpose it counts at once");
            stage.advance(24 * 60 * 60 - 1);
            app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
            assert!(!counts(&app, &kind, &end_others()).await, "{}", kind.field);
            stage.advance(1);
            assert!(counts(&app, &kind, &end_others()).await, "{}", kind.field);
            stage.server.stop().await;
        })
        .await;
    }
}

#[tokio::test]
async fn b7_both_follow_the_field_policy() {
    for kind in BOTH {
        let stage = Stage::new().await;
        let mut app = App::sign_in(&stage, "alice").await;
        let sent = kind.send(&app, kind.typed).await;
        let code = newest_code(&stage);
        for mode in ["ReadOnly", "Off", "SomethingNew", ""] {
            let fields = if mode.is_empty() { json!({}) } else { json!({ kind.field: mode }) };
            stage.sandbox.set_account_center(&json!({ "enabled": true, "fields": fields }));
            stage.advance(61);
            app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
            stage.sandbox.clear_request_log();
            for call in
                [kind.set(kind.present, kind.typed), kind.confirm(&sent, &code), kind.remove(kind.present)]
            {
                let answer = app.call(&call).await;
                assert_eq!(answer.outcome(), (403, "field_not_editable"), "{mode} {}", call.path);
                assert_eq!(answer.body["field"], kind.field);
            }
            assert_eq!(writes(&stage), 0, "{mode}: {:?}", management_requests(&stage));
        }
        stage.sandbox.set_account_center(&json!({ "enabled": false, "fields": {} }));
        stage.advance(61);
        app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
        let answer = app.call(&kind.confirm(&sent, &code)).await;
        assert_eq!(answer.status, 200, "none of these tries cost the code: {}", answer.text);
    }
}

#[tokio::test]
async fn b7_no_connector_no_proof_no_change() {
    for (kind, connector) in [(EMAIL, "Email"), (PHONE, "Sms")] {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        stage.sandbox.remove_connectors(connector);
        let answer = app.call(&kind.set(kind.present, kind.typed)).await;
        assert_eq!(answer.outcome(), (403, "field_not_editable"), "{}", answer.text);
        assert_eq!(app.call(&kind.remove(kind.present)).await.code(), "step_up_required");
    }
}

#[tokio::test]
async fn change_begins_with_the_expected_value() {
    for kind in BOTH {
        let stage = Stage::new().await;
        let mut app = App::sign_in(&stage, "alice").await;
        stage.sandbox.clear_request_log();
        for from in [Value::Null, json!("somebody@example.test"), json!("15550000003")] {
            let answer = app.call(&kind.set(from, kind.typed)).await;
            assert_eq!(answer.outcome(), (409, "conflict"), "{}", answer.text);
            assert_eq!(answer.body["detail"]["fields"], json!([kind.field]));
            assert_eq!(answer.body["detail"]["present"][kind.field]["value"], kind.present);
        }
        let answer = app.call(&kind.remove("15550000003")).await;
        assert_eq!(answer.outcome(), (409, "conflict"), "{}", answer.text);
        assert_eq!(writes(&stage), 0);

        // To a token that may not read the account, a conflict must not disclose its values.
        let good = std::mem::replace(
            &mut app.tokens["access_token"],
            stage.token("alice", "account:security").into(),
        );
        let answer = app.call(&kind.set(Value::Null, kind.typed)).await;
        assert_eq!(answer.outcome(), (409, "conflict"));
        assert!(answer.body.get("detail").is_none() && !answer.text.contains("Alice"), "{}", answer.text);
        app.tokens["access_token"] = good;

        // Another client was faster while the code was on its way.
        let sent = kind.send(&app, kind.typed).await;
        let meanwhile = kind.other.trim_start_matches('+');
        stage.sandbox.patch_user("alice", &json!({ kind.stored: meanwhile }));
        let answer = app.call(&kind.confirm(&sent, &newest_code(&stage))).await;
        assert_eq!(answer.outcome(), (409, "conflict"), "{}", answer.text);
        assert_eq!(answer.body["detail"]["present"][kind.field]["value"], meanwhile);
        assert_eq!(kind.of(&app), meanwhile);
    }
}

#[tokio::test]
async fn identifier_is_removed_and_removing_it_again_succeeds() {
    for kind in BOTH {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        let call = kind.remove(kind.present);
        let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
        assert_eq!(
            (answer.status, &answer.body[kind.field]["value"]),
            (200, &Value::Null),
            "{}",
            answer.text
        );
        assert_eq!(kind.of(&app), Value::Null);
        stage.sandbox.clear_request_log();
        assert_eq!(app.call(&call).await.status, 200, "a repeated request");
        assert_eq!(writes(&stage), 0);
    }
}

/// One target, two purposes: a proof for setting an address does not remove it.
#[tokio::test]
async fn b8_a_proof_for_setting_one_removes_none() {
    for kind in BOTH {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        stage.sandbox.patch_user("alice", &json!({ kind.stored: kind.new }));
        let typed =
            if kind.field == "phone" { format!("+{}", kind.present) } else { kind.present.to_owned() };
        let grant = app.grant(&kind.set(kind.new, &typed)).await;
        stage.sandbox.patch_user("alice", &json!({ kind.stored: kind.present }));
        let answer = app.call(&kind.remove(kind.present).with_grant(&grant)).await;
        assert_eq!(answer.outcome(), (401, "step_up_required"), "{}: {}", kind.field, answer.text);
        assert_eq!(kind.of(&app), kind.present);
    }
}
