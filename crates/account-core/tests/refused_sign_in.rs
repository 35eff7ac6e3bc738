//! A sign-in that fails between the tokens and the session: the reason is returned, and no token stays valid (N5,
//! N16).

use std::sync::Arc;
use std::time::Duration;

use account_api::app::AppState;
use account_api::error::{AppCode, Code, CommandError, Detail};
use account_core::{App, Dependencies, Http, OperatingSystemRandomness};
use logto_sandbox::FaultAction;
use serde_json::json;

use crate::support::{TestHost, World};

const TOKEN: &str = "/oidc/token";
const REVOCATION: &str = "/oidc/token/revocation";

fn assert_no_tokens_left(world: &World) {
    assert!(world.sandbox.grants("alice").is_empty(), "a grant stays at Logto");
    world.assert_nothing_left();
}

#[tokio::test]
async fn n5_wrong_clock_is_named_and_leaves_no_grant() {
    for (ahead_seconds, minutes) in [(-90, -2), (-300, -5), (-86_400, -1_440), (7_200, 120)] {
        let world = World::new().await;
        world.clock.set_wrong_by(ahead_seconds);
        for _ in 0..3 {
            let error = CommandError::from(world.app.sign_in().await.unwrap_err());
            assert_eq!(error.code, Code::App(AppCode::ClockWrong), "{ahead_seconds}");
            assert_eq!(json!(error.detail), json!(Some(Detail::ClockOff { minutes })), "{ahead_seconds}");
        }
        assert!(matches!(
            world.app.state(),
            AppState::SignedOut { notice: Some(Code::App(AppCode::ClockWrong)), .. }
        ));
        assert_no_tokens_left(&world);
        world.clock.set_wrong_by(0);
        world.app.sign_in().await.unwrap();
    }
}

#[tokio::test]
async fn n5_clock_within_the_tolerance_signs_in() {
    for ahead_seconds in [-59, 59] {
        let world = World::new().await;
        world.clock.set_wrong_by(ahead_seconds);
        world.app.sign_in().await.unwrap();
        assert_eq!(world.sandbox.grants("alice").len(), 1);
    }
}

/// Only the tolerance of the ID token is measured on the computer's clock; lifetimes count from the arrival.
#[tokio::test]
async fn n5_clock_set_wrong_in_mid_session_has_no_effect() {
    let world = World::signed_in().await;
    let renewals = world.token_requests("refresh_token");
    for ahead_seconds in [400 * 86_400, -400 * 86_400, 1_000, -1_000] {
        world.clock.set_wrong_by(ahead_seconds);
        world.app.account_refresh(&world.alice()).await.unwrap();
        world.app.sessions_list(&world.alice()).await.unwrap();
    }
    assert_eq!(world.token_requests("refresh_token"), renewals, "the access token is good as long as it was");
    world.advance(Duration::from_secs(600));
    world.app.account_refresh(&world.alice()).await.unwrap();
    assert_eq!(world.token_requests("refresh_token"), renewals + 1);
}

#[tokio::test]
async fn n16_refused_tokens_are_revoked_later_when_offline() {
    let world = World::new().await;
    world.clock.set_wrong_by(-300);
    world.cut(REVOCATION);
    assert_eq!(world.app.sign_in().await.unwrap_err().code(), Code::App(AppCode::ClockWrong));
    assert_eq!(world.sandbox.grants("alice").len(), 1);
    world.sandbox.faults().clear();
    world.clock.set_wrong_by(0);
    world.app.sign_in().await.unwrap();
    assert_eq!(world.sandbox.grants("alice").len(), 1, "the session's own");
    assert_eq!(world.store.memory.names().len(), 1, "the session's own");
    world.advance(Duration::from_secs(600));
    world.app.account_refresh(&world.alice()).await.unwrap();
}

/// A computer whose clock is a year ahead still sends pending revocations.
#[tokio::test]
async fn n16_pending_revocation_is_sent_whatever_the_clock_says() {
    let mut world = World::signed_in().await;
    world.cut(REVOCATION);
    world.app.sign_out(&world.alice(), false).await.unwrap();
    world.sandbox.faults().clear();
    world.clock.set_wrong_by(400 * 86_400);
    world.restart().await;
    assert_no_tokens_left(&world);
}

#[tokio::test]
async fn n16_code_whose_request_was_lost_is_sent_again() {
    let world = World::new().await;
    world.fault(TOKEN, FaultAction::Drop, Some(1));
    world.app.sign_in().await.unwrap();
    assert_eq!(world.sandbox.grants("alice").len(), 1);
}

/// The tokens of a lost answer cannot be revoked; using the code twice ends its grant.
#[tokio::test]
async fn n16_tokens_of_lost_answer_are_revoked_with_their_grant() {
    let world = World::new().await;
    let dependencies = Dependencies {
        clock: Arc::new(world.clock.clone()),
        randomness: Arc::new(OperatingSystemRandomness),
        http: Http::with_timeout("0.1.0-test", Duration::from_millis(500)),
        store: Arc::new(world.store.clone()),
        host: Arc::<TestHost>::clone(&world.host),
    };
    let app = App::new(world.config.clone(), dependencies);
    app.start().await;
    for action in [FaultAction::DropAfter, FaultAction::HangAfter] {
        world.fault(TOKEN, action.clone(), Some(1));
        assert_eq!(app.sign_in().await.unwrap_err().code(), Code::App(AppCode::SignInFailed), "{action:?}");
        assert_no_tokens_left(&world);
    }
    app.sign_in().await.unwrap();
}
