//! Personal access tokens over the whole staircase: the app's core, the real settings server and the sandbox in place of
//! Logto.

use account_api::access_tokens::{
    AccessTokenCreateRequest, AccessTokenRenameRequest, AccessTokenRevokeRequest,
};
use account_api::error::{Code, ServerCode};
use account_api::step_up::Purpose;

use crate::support::World;
use crate::support::requests::{ALICES_PASSWORD, done, needed, new_password};

fn create(name: &str) -> AccessTokenCreateRequest {
    AccessTokenCreateRequest { name: name.to_owned(), lifetime_days: Some(30) }
}

async fn prove(world: &World, step_up: &str) {
    let password = new_password(ALICES_PASSWORD).password;
    world.app.step_up_password(&world.alice(), step_up, password).await.unwrap();
}

#[tokio::test]
async fn b21_created_token_has_its_value_once_and_is_revoked() {
    let world = World::signed_in().await;
    let (app, alice) = (&world.app, world.alice());
    let step_up = needed(app.access_token_create(&alice, create("build")).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::CreateAccessToken);
    prove(&world, &step_up.id).await;
    let created = done(app.access_token_create(&alice, create("build")).await.unwrap());
    assert_eq!(created.value.expose(), world.sandbox.personal_access_tokens("alice")["build"]);
    assert!(!format!("{created:?}").contains(created.value.expose()));

    let rename = AccessTokenRenameRequest { from: "build".to_owned(), to: "ci".to_owned() };
    let view = app.access_token_rename(&alice, rename).await.unwrap();
    assert_eq!(view, app.access_tokens_list(&alice).await.unwrap());
    assert_eq!(view.tokens[0].name, "ci");

    let revoke = AccessTokenRevokeRequest { name: "ci".to_owned() };
    let step_up = needed(app.access_token_revoke(&alice, revoke.clone()).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::RevokeAccessToken);
    prove(&world, &step_up.id).await;
    let view = done(app.access_token_revoke(&alice, revoke.clone()).await.unwrap());
    assert!(view.tokens.is_empty() && world.sandbox.personal_access_tokens("alice").is_empty());
    let again = app.access_token_revoke(&alice, revoke).await.unwrap_err();
    assert_eq!(again.code(), Code::Server(ServerCode::AccessTokenNotFound));
}

#[tokio::test]
async fn b8_proof_for_one_token_creates_no_other() {
    let world = World::signed_in().await;
    let (app, alice) = (&world.app, world.alice());
    let step_up = needed(app.access_token_create(&alice, create("build")).await.unwrap());
    prove(&world, &step_up.id).await;
    let other = needed(app.access_token_create(&alice, create("deploy")).await.unwrap());
    assert_eq!(other.purpose, Purpose::CreateAccessToken);
    assert!(world.sandbox.personal_access_tokens("alice").is_empty());
}
