//! What holds for phone numbers alone: their spelling, where text messages go, and who is told (B12, B29).

use serde_json::{Value, json};

use crate::support::addresses::PHONE;
use crate::support::app::{App, Call};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Stage, change};

#[tokio::test]
async fn numbers_are_stored_as_digits_with_their_calling_code() {
    for (typed, stored) in [
        ("+1 (555) 000-0009", "15550000009"),
        ("001 555 000 0009", "15550000009"),
        ("+43 (0)664 123 45 67", "436641234567"),
        ("\u{202a}+49\u{a0}1511/2345-678\u{202c}", "4915112345678"),
    ] {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        let answer = PHONE.change(&app, typed).await;
        assert_eq!((answer.status, &answer.body["phone"]["value"]), (200, &json!(stored)), "{}", answer.text);
        assert_eq!(PHONE.of(&app), stored);
    }
}

#[tokio::test]
async fn what_is_no_number_or_the_present_one_is_refused_before_anything_is_asked() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for to in [
        "",
        "0664 1234567",
        "15550000009",
        "+999123456",
        "+1555000",
        "+1 555 000 0009 ext 5",
        "+43664call4me",
        "+43 664\u{0}1234567",
        "+４３６６４１２３４５６７",
        "+15550000001",
        "+1 (555) 000-0001",
    ] {
        let answer = app.call(&PHONE.set(PHONE.present, to)).await;
        assert_eq!(answer.outcome(), (422, "invalid_value"), "{to}: {}", answer.text);
        assert_eq!(answer.body["field"], "number", "{to}");
    }
    assert!(stage.sandbox.outbox().is_empty());
}

#[tokio::test]
async fn b12_text_messages_go_to_listed_countries_only() {
    let stage =
        Stage::with(|config| config.budgets.sms_countries = Some(vec!["AT".to_owned(), "49".to_owned()]))
            .await;
    let app = App::sign_in(&stage, "alice").await;
    for (to, served) in [
        ("+43 664 1234567", true),
        ("+49 1511 2345678", true),
        ("+41 79 123 45 67", false),
        // A number of the same calling code in another country, and one of no known country.
        ("+1 876 555 1234", false),
        ("+1 555 000 0009", false),
    ] {
        let call = PHONE.set(PHONE.of(&app), to);
        let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
        let wanted = if served { (200, "") } else { (422, "invalid_value") };
        assert_eq!(answer.outcome(), wanted, "{to}: {}", answer.text);
        assert_eq!(answer.body.get("field"), (!served).then_some(&json!("number")), "{to}");
    }
    assert_eq!(stage.sandbox.outbox().len(), 2);
}

#[tokio::test]
async fn b12_an_empty_list_of_countries_sends_no_text_message() {
    let stage = Stage::with(|config| config.budgets.sms_countries = Some(Vec::new())).await;
    let app = App::sign_in(&stage, "alice").await;
    let username = Call::patch("/username", change("username", "alice", "alice_2"));
    let everywhere = Stage::new().await;
    let (_, methods) = App::sign_in(&everywhere, "alice").await.challenge(&username).await;
    assert!(methods.contains(&"phone".to_owned()), "{methods:?}");
    let (nonce, methods) = app.challenge(&username).await;
    assert!(!methods.contains(&"phone".to_owned()), "a code that is never sent is no way: {methods:?}");
    let code = app.post("/step-up/code", json!({ "nonce": nonce, "route": "phone" })).await;
    assert!(code.status >= 400, "{}", code.text);
    let call = PHONE.set(PHONE.present, "+43 664 1234567");
    let answer = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(answer.outcome(), (422, "invalid_value"), "{}", answer.text);
    assert!(stage.sandbox.outbox().is_empty());
}

#[tokio::test]
async fn b12_text_messages_have_a_stricter_budget() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    for number in 3..6 {
        PHONE.send(&app, &format!("+1555000000{number}")).await;
    }
    let call = PHONE.set(PHONE.present, "+15550000006");
    let limited = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(limited.outcome(), (429, "rate_limited"), "{}", limited.text);
}

#[tokio::test]
async fn b29_the_mail_address_is_told_of_a_number() {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    let mut app = App::sign_in(&stage, "alice").await;
    assert_eq!(PHONE.change(&app, PHONE.typed).await.status, 200);
    app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    let call = PHONE.remove(PHONE.new);
    assert_eq!(app.call(&call.with_grant(&app.grant(&call).await)).await.body["phone"]["value"], Value::Null);
    // Equal notices within ten minutes become one: the second waits that long.
    stage.advance(600);
    stage.server.run_jobs().await;
    records.delivered().await;
    let mails = stage.sandbox.mails();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert_eq!(
            (mail.to, mail.subject.as_str()),
            (vec!["alice@example.test".to_owned()], "Your phone number was changed")
        );
        assert!(!mail.text.contains("0009"), "{}", mail.text);
    }
}
