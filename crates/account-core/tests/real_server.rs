//! All layers in one process: the app's core, the real settings server and the sandbox in place of Logto.

use std::time::Duration;

use account_api::app::StepUpProgress;
use account_api::error::{Code, CommandError, Detail, ServerCode};
use account_api::secret::SecretText;
use account_api::sessions::{CurrentSession, EndOthersRequest};
use account_api::step_up::StepUpMethod;

use crate::support::requests::{done, needed};
use crate::support::{ALICE, BOB, World};

/// Signs the same user in in another browser, with the same app.
async fn another_session(world: &World) {
    world.advance(Duration::from_secs(5));
    let url = world.host.seen(|seen| seen.opened.first().cloned()).unwrap();
    world.sandbox.authenticate(url.as_str(), "alice", "Correct-Horse-7").await.unwrap();
    world.advance(Duration::from_secs(5));
}

#[tokio::test]
async fn b16_fresh_sign_in_ends_all_other_sessions_but_not_this_app() {
    let world = World::signed_in().await;
    let alice = world.alice();
    another_session(&world).await;
    let listed = world.app.sessions_list(&alice).await.unwrap();
    assert!(matches!(listed.current, CurrentSession::Known { .. }), "{:?}", listed.current);
    assert_eq!(listed.sessions.len(), 2);

    let request = EndOthersRequest::default();
    let step_up = needed(world.app.sessions_end_others(&alice, request.clone()).await.unwrap());
    assert_eq!(step_up.methods[0], StepUpMethod::Browser);
    world.host.seat(BOB);
    let other = world.app.step_up_browser(&alice, &step_up.id).await.unwrap_err();
    let other = CommandError::from(other);
    assert_eq!(other.code, Code::Server(ServerCode::StepUpOtherPerson));
    assert!(matches!(other.detail, Some(Detail::OtherPerson { .. })), "{:?}", other.detail);

    world.host.seat(ALICE);
    let progress = world.app.step_up_browser(&alice, &step_up.id).await.unwrap();
    assert!(matches!(progress, StepUpProgress::Granted), "{progress:?}");
    let ended = done(world.app.sessions_end_others(&alice, request.clone()).await.unwrap());
    assert!(ended.sessions_ended >= 1 && ended.remaining.is_empty(), "{ended:?}");
    // Bob's sign-in ended this browser's session, and the one that Alice started over it is one of the others: only
    // her app's own grant is left.
    assert_eq!(ended.present.sessions, []);
    assert!(matches!(&ended.present.grants[..], [own] if own.current), "{:?}", ended.present.grants);
    // The step-up's tokens belong to this app's own grant: nothing of it was revoked.
    world.advance(Duration::from_secs(700));
    world.app.account_refresh(&alice).await.unwrap();
    needed(world.app.sessions_end_others(&alice, request).await.unwrap());
}

#[tokio::test]
async fn b14_password_ends_one_session_wrong_one_keeps_it() {
    let world = World::signed_in().await;
    let alice = world.alice();
    another_session(&world).await;
    let listed = world.app.sessions_list(&alice).await.unwrap();
    let other = listed.sessions[1].id.clone();
    let step_up = needed(world.app.session_end(&alice, &other).await.unwrap());
    let password = |text: &str| SecretText::new(text.to_owned());
    let wrong = world.app.step_up_password(&alice, &step_up.id, password("Wrong-Password-1")).await;
    assert_eq!(wrong.unwrap_err().code(), Code::Server(ServerCode::PasswordWrong));
    assert_eq!(world.app.sessions_list(&alice).await.unwrap().sessions.len(), 2);
    world.app.step_up_password(&alice, &step_up.id, password("Correct-Horse-7")).await.unwrap();
    let ended = done(world.app.session_end(&alice, &other).await.unwrap());
    assert_eq!((ended.sessions_ended, ended.present.sessions.len()), (1, 1));
}
