//! What holds for e-mail addresses alone: their spelling, the tenant's lists, and who is notified (B12, B17, B29,
//! B34).

use serde_json::json;

use crate::support::addresses::{EMAIL, newest_code};
use crate::support::app::{App, Call};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Stage};

#[tokio::test]
async fn addresses_are_stored_in_one_spelling() {
    for (typed, stored) in [
        ("Alice.B@EXAMPLE.Test", "Alice.B@example.test"),
        ("  alice@bücher.example ", "alice@xn--bcher-kva.example"),
        ("alice@BU\u{308}CHER.example", "alice@xn--bcher-kva.example"),
        ("ju\u{308}rgen@example.test", "jürgen@example.test"),
        ("alice+list@example.test", "alice+list@example.test"),
    ] {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        let answer = EMAIL.change(&app, typed).await;
        assert_eq!((answer.status, &answer.body["email"]["value"]), (200, &json!(stored)), "{}", answer.text);
        assert_eq!(EMAIL.of(&app), stored);
    }
}

#[tokio::test]
async fn invalid_or_present_address_is_refused_before_any_request() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let long = format!("{}@{}.example.test", "x".repeat(60), "y".repeat(60));
    for to in [
        "",
        "alice",
        "alice@localhost",
        "alice@[192.0.2.1]",
        "al\0ice@example.test",
        "alice\r\nBcc:bob@example.test",
        "Alice <alice@new.example.test>",
        "\"al ice\"@example.test",
        &long,
        "alice@example.test",
        "ALICE@Example.Test",
    ] {
        let answer = app.call(&EMAIL.set("alice@example.test", to)).await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{to}: {}", answer.text);
        assert_eq!(answer.body["field"], "address", "{to}");
    }
    assert!(stage.sandbox.outbox().is_empty());
}

#[tokio::test]
async fn b34_blocklist_applies_to_request_and_confirmation() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    let policy =
        json!({ "blockSubaddressing": true, "customBlocklist": ["@blocked.example", "one@example.test"] });
    stage.sandbox.set_sign_in_experience(&json!({ "emailBlocklistPolicy": policy }));
    for to in ["anybody@BLOCKED.example", "One@example.test", "alice+list@example.test"] {
        let answer = app.call(&EMAIL.set(EMAIL.present, to)).await;
        assert_eq!(
            (answer.outcome(), &answer.body["field"]),
            ((422, "invalid_value"), &json!("address")),
            "{to}"
        );
    }
    let sent = EMAIL.send(&app, "two@example.test").await;
    let code = newest_code(&stage);
    let policy = json!({ "customBlocklist": ["two@example.test"] });
    stage.sandbox.set_sign_in_experience(&json!({ "emailBlocklistPolicy": policy }));
    stage.advance(61);
    app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    let answer = app.call(&EMAIL.confirm(&sent, &code)).await;
    assert_eq!(answer.outcome(), (422, "invalid_value"), "{}", answer.text);
    assert_eq!(EMAIL.of(&app), EMAIL.present);
}

#[tokio::test]
async fn b17_an_address_of_an_enterprise_connectors_domain_is_refused() {
    let stage = Stage::new().await;
    let mut app = App::sign_in(&stage, "alice").await;
    stage.sandbox.set_sign_in_experience(&json!({ "singleSignOnEnabled": true }));
    let call = EMAIL.set(EMAIL.present, "alice@CORP.example.test");
    let answer = app.call(&call).await;
    assert_eq!((answer.outcome(), &answer.body["field"]), ((422, "invalid_value"), &json!("address")));
    stage.sandbox.set_sign_in_experience(&json!({ "singleSignOnEnabled": false }));
    stage.advance(61);
    app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    assert_eq!(app.call(&call).await.code(), "step_up_required", "it owns nothing while it is disabled");
}

#[tokio::test]
async fn b12_new_addresses_have_a_budget_of_their_own() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for number in 0..5 {
        EMAIL.send(&app, &format!("new{number}@example.test")).await;
    }
    let call = EMAIL.set(EMAIL.present, "new5@example.test");
    let grant = app.grant(&call).await;
    let limited = app.call(&call.with_grant(&grant)).await;
    assert_eq!(limited.outcome(), (429, "rate_limited"), "{}", limited.text);
    assert_eq!(limited.header("retry-after"), limited.body["detail"]["seconds"].to_string());
    assert_eq!(stage.sandbox.outbox().len(), 5, "nothing more was sent");
    // The address that alice has still gets a code.
    let (nonce, _) = app.challenge(&Call::delete("/sessions/unknown")).await;
    let present = app.post("/step-up/code", json!({ "nonce": nonce, "route": "email" })).await;
    assert_eq!(present.status, 200, "{}", present.text);
}

#[tokio::test]
async fn b12_one_recipient_however_it_is_written_gets_three_codes() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for to in ["new@example.test", "New@example.test", "NEW@EXAMPLE.TEST"] {
        EMAIL.send(&app, to).await;
    }
    let call = EMAIL.set(EMAIL.present, "nEw@example.test");
    let limited = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(limited.outcome(), (429, "rate_limited"), "{}", limited.text);
}

#[tokio::test]
async fn b29_old_and_new_address_are_notified() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let app = App::sign_in(&stage, "alice").await;
    assert_eq!(EMAIL.change(&app, "new@example.test").await.status, 200);
    let rows = "SELECT kind || ' ' || state FROM outbox ORDER BY id";
    assert_eq!(
        records.texts(rows).await,
        ["sign_in_email_changed queued", "sign_in_email_changed queued"],
        "with the outcome"
    );
    let sealed = records.texts("SELECT hex(sealed) FROM outbox").await.join("");
    assert!(!sealed.is_empty() && !sealed.to_lowercase().contains("6578616d706c652e74657374"));
}

#[tokio::test]
async fn b29_mails_go_to_old_and_new_address_and_contain_neither() {
    for kind in ["change", "remove", "taken"] {
        // The mail server is the sandbox's: it is there before the server is.
        let records = Records::new();
        let stage = Stage::with_mail(&records).await;
        let app = App::sign_in(&stage, "alice").await;
        let wanted: &[&str] = match kind {
            "change" => {
                assert_eq!(EMAIL.change(&app, "new@example.test").await.status, 200);
                &["alice@example.test", "new@example.test"]
            }
            "remove" => {
                let call = EMAIL.remove(EMAIL.present);
                let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
                assert_eq!(answer.status, 200, "{}", answer.text);
                &["alice@example.test"]
            }
            _ => {
                assert_eq!(EMAIL.change(&app, EMAIL.bobs).await.code(), "identifier_unavailable");
                &[]
            }
        };
        records.delivered().await;
        let mut recipients: Vec<String> =
            stage.sandbox.mails().into_iter().flat_map(|mail| mail.to).collect();
        recipients.sort();
        assert_eq!(recipients, wanted, "{kind}");
        for mail in stage.sandbox.mails() {
            assert!(!mail.text.contains('@'), "{}", mail.text);
        }
    }
}

#[tokio::test]
async fn b17_last_sign_in_method_is_not_removed() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let methods = json!([{ "identifier": "email", "password": false, "verificationCode": true }]);
    let rules = json!({ "signIn": { "methods": methods }, "socialSignInConnectorTargets": [] });
    stage.sandbox.set_sign_in_experience(&rules);
    stage.advance(61);
    let address = stage.sandbox.user_json("alice")["primaryEmail"].clone();
    stage.sandbox.clear_request_log();
    let answer = app.post("/email/remove", json!({ "from": address })).await;
    assert_eq!(answer.outcome(), (409, "last_sign_in_method"), "{}", answer.text);
    assert_eq!(answer.body["detail"], json!({ "kind": "last_way", "next_steps": ["ask_organisation"] }));
    assert_eq!(stage.request_count_with("PATCH"), 0, "nothing was asked of Logto");
}

#[tokio::test]
async fn b18_the_last_second_factor_is_not_removed() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let call = EMAIL.remove(EMAIL.present);
    let grant = app.grant(&call).await;
    let factors = json!({ "factors": ["EmailVerificationCode"], "policy": "Mandatory" });
    stage.sandbox.set_sign_in_experience(&json!({ "mfa": factors }));
    stage.advance(61);
    stage.sandbox.clear_request_log();
    let answer = app.call(&call.with_grant(&grant)).await;
    assert_eq!(answer.outcome(), (409, "last_sign_in_method"), "{}", answer.text);
    assert_eq!(answer.body["detail"], json!({ "kind": "last_way", "next_steps": ["ask_organisation"] }));
    assert_eq!(stage.request_count_with("PATCH"), 0, "nothing was asked of Logto");
    assert_eq!(EMAIL.of(&app), EMAIL.present);
}
