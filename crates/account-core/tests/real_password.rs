//! The password through all layers: the app's core, the real settings server and the sandbox in place of Logto.

use account_api::error::{Code, CommandError, Detail, ServerCode};
use account_api::password::PasswordIssue;
use serde_json::json;

use crate::support::World;
use crate::support::requests::{ALICES_PASSWORD, done, needed, new_password};

#[tokio::test]
async fn b15_password_against_rules_is_refused_and_valid_one_set() {
    let world = World::signed_in().await;
    let (app, alice) = (&world.app, world.alice());
    let rules = app.password_rules(&alice).await.unwrap();
    assert!(rules.min_length > 4 && rules.max_length == 256, "{rules:?}");
    let update = async |to: &str| app.password_update(&alice, new_password(to)).await;

    let step_up = needed(update("abcd").await.unwrap());
    app.step_up_password(&alice, &step_up.id, new_password(ALICES_PASSWORD).password).await.unwrap();
    let error = CommandError::from(update("abcd").await.unwrap_err());
    assert_eq!(
        (error.code, error.field.as_deref()),
        (Code::Server(ServerCode::PasswordRejected), Some("password"))
    );
    let Some(Detail::PasswordIssues { issues }) = error.detail else { panic!("{error:?}") };
    assert!(issues.contains(&PasswordIssue::TooShort { min: rules.min_length }), "{issues:?}");
    let error = CommandError::from(update(ALICES_PASSWORD).await.unwrap_err());
    let issues = vec![PasswordIssue::SameAsPresent];
    assert_eq!(json!(error.detail), json!(Some(Detail::PasswordIssues { issues })));
    assert!(world.sandbox.has_password(&alice, ALICES_PASSWORD));

    let view = done(update("Better-Horse-8").await.unwrap());
    assert_eq!(world.account(), view);
    assert!(world.sandbox.has_password(&alice, "Better-Horse-8"));
    assert!(!world.sandbox.has_password(&alice, ALICES_PASSWORD));
}
