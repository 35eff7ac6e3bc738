//! What holds for phone numbers alone: their spelling, where text messages go, and who is notified (B12, B29).

use serde_json::{Value, json};
use settings_server::config::{FieldMode, FieldTable};

use crate::support::addresses::PHONE;
use crate::support::app::{App, Call};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Stage, change};

#[tokio::test]
async fn b11_typed_numbers_are_stored_as_logto_stores_them() {
    for (typed, stored, formatted) in [
        ("+1 (555) 000-0009", "15550000009", "+1 555-000-0009"),
        ("001 555 000 0009", "15550000009", "+1 555-000-0009"),
        ("+43 (0)664 123 45 67", "436641234567", "+43 664 1234567"),
        ("\u{202a}+49\u{a0}1511/2345-678\u{202c}", "4915112345678", "+49 1511 2345678"),
        // A zero that is dialled within the country only, and the form from abroad.
        ("+375 8 029 123 45 67", "375291234567", "+375 29 123-45-67"),
        ("+54 11 15 2345 6789", "5491123456789", "+54 9 11 2345-6789"),
        ("+43 (0) 6523 529302817", "436523529302817", "+43 652 3529302817"),
        ("+7 800 123 45 67", "78001234567", "+7 800 123-45-67"),
        ("+229 01 90 01 12 34", "2290190011234", "+229 01 90 01 12 34"),
        // Digits of other scripts, and hyphens that do not break.
        ("＋４３ ６６４\u{2011}１２３４５６７", "436641234567", "+43 664 1234567"),
        ("+43٦٦٤1234567", "436641234567", "+43 664 1234567"),
    ] {
        let stage = Stage::new().await;
        let app = App::sign_in(&stage, "alice").await;
        let answer = PHONE.change(&app, typed).await;
        assert_eq!((answer.status, &answer.body["phone"]["value"]), (200, &json!(stored)), "{}", answer.text);
        assert_eq!(answer.body["phone_formatted"], formatted, "{typed}");
        // The sandbox parses what it gets once more, as Logto does.
        assert_eq!(PHONE.of(&app), stored);
        assert_eq!(stage.sandbox.outbox().last().unwrap().0, stored, "{typed}");
    }
}

#[tokio::test]
async fn b21_stored_numbers_are_formatted_or_left_alone() {
    for (stored, formatted) in [
        (json!("436641234567"), json!("+43 664 1234567")),
        (json!("15550000001"), json!("+1 555-000-0001")),
        // Kept by an older Logto, or written by an administrator: not a number that could be written in any other way.
        (json!("490151234914988"), Value::Null),
        (json!("12345"), Value::Null),
        (Value::Null, Value::Null),
    ] {
        let stage = Stage::new().await;
        stage.sandbox.patch_user("alice", &json!({ "primaryPhone": stored }));
        let account = stage.alice().await;
        assert_eq!(account.body["phone"]["value"], stored, "{}", account.text);
        assert_eq!(account.body["phone_formatted"], formatted, "{}", account.text);
    }
    let stage = Stage::with(|config| {
        config.fields = FieldTable { phone: Some(FieldMode::Off), ..FieldTable::default() }
    })
    .await;
    let account = stage.alice().await;
    assert_eq!(account.body["phone_formatted"], Value::Null, "{}", account.text);
}

#[tokio::test]
async fn invalid_or_present_number_is_refused_before_any_request() {
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
        "+229 90 01 12 34",
        "+43 664 123456²",
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
    assert!(!methods.contains(&"phone".to_owned()), "a code that is never sent is no method: {methods:?}");
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
async fn b29_mail_address_is_notified_of_a_number_change() {
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
