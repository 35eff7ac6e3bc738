//! E-mail address, phone number and user name through all layers: the app's core, the real settings server and the
//! sandbox in place of Logto.

use account_api::account::Field;
use account_api::error::{Code, CommandError, Detail, ServerCode};
use account_api::identifiers::{EmailRemoveRequest, NextStep, PhoneRemoveRequest};
use account_api::step_up::Purpose;
use serde_json::json;

use crate::support::World;
use crate::support::requests::{
    ALICES_EMAIL, ALICES_PASSWORD, ALICES_PHONE, code_of, done, email, needed, new_password, phone, username,
};

/// Gives a proof with Alice's password.
async fn prove(world: &World, step_up: &str) {
    let password = new_password(ALICES_PASSWORD).password;
    world.app.step_up_password(&world.alice(), step_up, password).await.unwrap();
}

/// Returns the code of the newest message, and a wrong one.
fn codes(world: &World) -> (String, String) {
    let (_, code) = world.sandbox.outbox().last().cloned().unwrap();
    let wrong = code.chars().map(|digit| if digit == '1' { '2' } else { '1' }).collect();
    (code, wrong)
}

#[tokio::test]
async fn b11_new_email_is_proven_and_wrong_code_keeps_transaction() {
    let world = World::signed_in().await;
    let (app, alice) = (&world.app, world.alice());
    let request = email(" Alice.New@Example.TEST ");
    let step_up = needed(app.email_set(&alice, request.clone()).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::ChangeEmail);
    prove(&world, &step_up.id).await;
    let sent = done(app.email_set(&alice, request).await.unwrap());
    let (code, wrong) = codes(&world);
    assert_eq!(world.sandbox.outbox().last().unwrap().0, "Alice.New@example.test");
    let error = app.email_confirm(&alice, code_of(sent.transaction.expose(), &wrong)).await.unwrap_err();
    let error = CommandError::from(error);
    assert_eq!(
        (error.code, json!(error.detail)),
        (Code::Server(ServerCode::CodeWrong), json!(Some(Detail::TriesLeft { tries: 4 })))
    );
    assert_eq!(world.sandbox.user_json("alice")["primaryEmail"], ALICES_EMAIL);
    let view = app.email_confirm(&alice, code_of(sent.transaction.expose(), &code)).await.unwrap();
    assert_eq!(view.email, Field::Edit { value: Some("Alice.New@example.test".to_owned()) });
    assert_eq!(world.account(), view);
    assert_eq!(world.sandbox.user_json("alice")["primaryEmail"], "Alice.New@example.test");

    // The page still has the old address: the answer holds the current one.
    let error = app.email_set(&alice, email("third@example.test")).await.unwrap_err();
    assert!(matches!(CommandError::from(error).detail, Some(Detail::Conflict { .. })));
}

#[tokio::test]
async fn b11_new_phone_is_proven_and_wrong_code_keeps_transaction() {
    let world = World::signed_in().await;
    let (app, alice) = (&world.app, world.alice());
    let request = phone("+1 (555) 000-0009");
    let step_up = needed(app.phone_set(&alice, request.clone()).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::ChangePhone);
    prove(&world, &step_up.id).await;
    let sent = done(app.phone_set(&alice, request).await.unwrap());
    let (code, wrong) = codes(&world);
    let error = app.phone_confirm(&alice, code_of(sent.transaction.expose(), &wrong)).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::CodeWrong));
    let view = app.phone_confirm(&alice, code_of(sent.transaction.expose(), &code)).await.unwrap();
    assert_eq!(world.account(), view);
    assert_eq!(world.sandbox.user_json("alice")["primaryPhone"], "15550000009");
}

#[tokio::test]
async fn email_and_phone_are_each_removed_after_a_proof() {
    let world = World::signed_in().await;
    let (app, alice) = (&world.app, world.alice());
    let no_email = EmailRemoveRequest { from: ALICES_EMAIL.to_owned() };
    let step_up = needed(app.email_remove(&alice, no_email.clone()).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::RemoveEmail);
    prove(&world, &step_up.id).await;
    let view = done(app.email_remove(&alice, no_email).await.unwrap());
    assert_eq!(view.email, Field::Edit { value: None });
    let no_phone = PhoneRemoveRequest { from: ALICES_PHONE.to_owned() };
    let step_up = needed(app.phone_remove(&alice, no_phone.clone()).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::RemovePhone);
    prove(&world, &step_up.id).await;
    let view = done(app.phone_remove(&alice, no_phone).await.unwrap());
    assert_eq!(world.account(), view);
    let stored = world.sandbox.user_json("alice");
    assert!(stored["primaryEmail"].is_null() && stored["primaryPhone"].is_null(), "{stored}");
}

#[tokio::test]
async fn b17_last_sign_in_method_is_kept_and_next_step_named() {
    let world = World::signed_in().await;
    let (app, alice) = (&world.app, world.alice());
    let methods = json!([{"identifier": "email", "password": false, "verificationCode": true}]);
    let rules = json!({"signIn": {"methods": methods}, "socialSignInConnectorTargets": []});
    world.sandbox.set_sign_in_experience(&rules);
    world.advance(std::time::Duration::from_secs(61));
    let request = EmailRemoveRequest { from: ALICES_EMAIL.to_owned() };
    let error = CommandError::from(app.email_remove(&alice, request).await.unwrap_err());
    assert_eq!(error.code, Code::Server(ServerCode::LastSignInMethod));
    assert_eq!(
        json!(error.detail),
        json!(Some(Detail::LastWay { next_steps: vec![NextStep::AskOrganisation] }))
    );
    assert_eq!(world.sandbox.user_json("alice")["primaryEmail"], ALICES_EMAIL);
}

#[tokio::test]
async fn user_name_is_changed_unless_taken() {
    let world = World::signed_in().await;
    let (app, alice) = (&world.app, world.alice());
    let step_up = needed(app.username_update(&alice, username("alice", "alice_b")).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::Username);
    prove(&world, &step_up.id).await;
    let taken = app.username_update(&alice, username("alice", "bob")).await.unwrap_err();
    assert_eq!(taken.code(), Code::Server(ServerCode::IdentifierUnavailable));
    let view = done(app.username_update(&alice, username("alice", "alice_b")).await.unwrap());
    assert_eq!(view.username, Field::Edit { value: Some("alice_b".to_owned()) });
    assert_eq!(world.account(), view);
    assert_eq!(world.sandbox.user_json(&alice)["username"], "alice_b");
}
