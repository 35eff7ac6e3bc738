//! Pending revocations, and the sessions that come after them: Logto keeps one grant per browser session.

use std::sync::Arc;
use std::time::Duration;

use account_api::app::{AppState, Freshness, KeyringProblem, Persistence};
use account_api::error::{AppCode, Code};
use account_core::StoreError;
use logto_sandbox::FaultAction;

use crate::support::World;

const REVOCATION: &str = "/oidc/token/revocation";
const TOKEN_LIFETIME: Duration = Duration::from_secs(600);

fn accounts_file(world: &World) -> String {
    std::fs::read_to_string(world.config.data_dir.join("accounts.json")).unwrap_or_default()
}

async fn assert_session_lives(world: &World) {
    world.advance(TOKEN_LIFETIME);
    world.app.account_refresh(&world.alice()).await.unwrap();
    assert!(matches!(world.freshness(), Freshness::Live { .. }));
}

#[tokio::test]
async fn n16_pending_revocation_is_sent_before_next_sign_in_only() {
    let world = World::signed_in().await;
    world.cut(REVOCATION);
    world.app.sign_out(&world.alice(), false).await.unwrap();
    let opened = world.host.seen(|seen| seen.opened.len());
    assert_eq!(
        world.app.sign_in().await.unwrap_err().code(),
        Code::App(AppCode::Offline),
        "it would end the new session"
    );
    assert_eq!(world.host.seen(|seen| seen.opened.len()), opened, "the browser stays closed");

    world.sandbox.faults().clear();
    world.app.sign_in().await.unwrap();
    assert_eq!(world.store.memory.names().len(), 1, "the session alone");
    assert_session_lives(&world).await;
    assert_session_lives(&world).await;
}

#[tokio::test]
async fn n16_sign_in_right_after_sign_out_waits_for_revocation() {
    let world = World::signed_in().await;
    world.fault(REVOCATION, FaultAction::Delay(300), None);
    let (app, alice) = (Arc::clone(&world.app), world.alice());
    let states = world.host.seen(|seen| seen.states.len());
    let leaving = tokio::spawn(async move { app.sign_out(&alice, false).await });
    let left = |state: &AppState| matches!(state, AppState::SignedOut { .. });
    world.host.until("signed out", |seen| seen.states[states..].iter().any(left)).await;
    world.app.sign_in().await.unwrap();
    leaving.await.unwrap().unwrap();
    assert_session_lives(&world).await;
}

#[tokio::test]
async fn n16_sign_in_waits_for_running_revocation_of_memory_session() {
    let world = World::new().await;
    world.store.memory.set_problem(Some(StoreError::Absent));
    world.app.sign_in().await.unwrap();
    world.fault(REVOCATION, FaultAction::Delay(300), None);
    let (app, alice) = (Arc::clone(&world.app), world.alice());
    let states = world.host.seen(|seen| seen.states.len());
    let leaving = tokio::spawn(async move { app.sign_out(&alice, false).await });
    let left = |state: &AppState| matches!(state, AppState::SignedOut { .. });
    world.host.until("signed out", |seen| seen.states[states..].iter().any(left)).await;
    world.app.sign_in().await.unwrap();
    leaving.await.unwrap().unwrap();
    assert_session_lives(&world).await;
}

/// The keyring does not return the item before the sign-in, but afterwards.
#[tokio::test]
async fn n16_item_unreadable_before_sign_in_is_erased_unsent() {
    let world = World::signed_in().await;
    world.cut(REVOCATION);
    world.app.sign_out(&world.alice(), false).await.unwrap();
    world.store.memory.set_problem(Some(StoreError::Locked));
    world.app.sign_in().await.unwrap();
    world.sandbox.faults().clear();
    world.store.memory.set_problem(None);
    assert_session_lives(&world).await;
    assert!(world.store.memory.names().iter().all(|name| name.starts_with("session:")));
    assert_session_lives(&world).await;
}

#[tokio::test]
async fn n16_item_kept_by_keyring_at_sign_out_is_erased_at_next_start() {
    let mut world = World::signed_in().await;
    world.store.memory.set_problem(Some(StoreError::Locked));
    world.app.sign_out(&world.alice(), false).await.unwrap_err();
    world.restart().await;
    assert!(
        matches!(world.app.state(), AppState::SignedOut { notice: None, .. }),
        "it is no session any more"
    );
    assert!(accounts_file(&world).contains(&world.alice()));
    world.store.memory.set_problem(None);
    world.restart().await;
    assert!(matches!(world.app.state(), AppState::SignedOut { notice: None, .. }));
    world.assert_nothing_left();
}

#[tokio::test]
async fn n16_session_moved_to_memory_leaves_no_item() {
    let world = World::signed_in().await;
    world.store.memory.set_problem(Some(StoreError::Locked));
    world.advance(TOKEN_LIFETIME);
    world.app.account_refresh(&world.alice()).await.unwrap();
    let AppState::SignedIn { persistence, .. } = world.app.state() else { panic!() };
    assert_eq!(persistence, Persistence::MemoryOnly { reason: KeyringProblem::Locked });
    assert_eq!(world.store.memory.names().len(), 1);
    world.store.memory.set_problem(None);
    world.app.sign_out(&world.alice(), false).await.unwrap();
    world.assert_nothing_left();
}

/// A former session's item is in the keyring, which is locked while the user signs in again.
#[tokio::test]
async fn n14_memory_sign_in_forgets_no_keyring_item() {
    let mut world = World::signed_in().await;
    world.store.memory.set_problem(Some(StoreError::Locked));
    world.restart().await;
    world.app.sign_in().await.unwrap();
    assert!(accounts_file(&world).contains(&world.alice()));
    world.store.memory.set_problem(None);
    world.restart().await;
    world.assert_nothing_left();
}
