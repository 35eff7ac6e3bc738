//! Closing the app: a session in memory is revoked, a session in the keyring never is.

use std::sync::Arc;
use std::time::Duration;

use account_api::app::{AppState, Persistence};
use account_core::StoreError;

use crate::support::World;

const TOKEN_LIFETIME: Duration = Duration::from_secs(600);

/// Returns a world in which Alice's session is kept in memory only, and the keyring works again.
async fn in_memory() -> World {
    let world = World::new().await;
    world.store.memory.set_problem(Some(StoreError::Absent));
    world.app.sign_in().await.unwrap();
    world.store.memory.set_problem(None);
    world
}

#[tokio::test]
async fn n14_closing_while_a_session_is_put_into_the_keyring_keeps_it() {
    let mut world = in_memory().await;
    world.store.let_write(false);
    let (app, alice) = (Arc::clone(&world.app), world.alice());
    let keeping = tokio::spawn(async move { app.session_keep(&alice).await });
    world.store.until_somebody_writes().await;
    let app = Arc::clone(&world.app);
    let closing = tokio::spawn(async move { app.close().await });
    tokio::task::yield_now().await;
    world.store.let_write(true);
    keeping.await.unwrap().unwrap();
    closing.await.unwrap();
    world.restart().await;
    world.app.account_refresh(&world.alice()).await.unwrap();
    let AppState::SignedIn { persistence, .. } = world.app.state() else { panic!("{:?}", world.app.state()) };
    assert_eq!(persistence, Persistence::Keyring);
}

#[tokio::test]
async fn n14_closing_during_a_renewal_that_is_kept_keeps_it() {
    let mut world = in_memory().await;
    world.store.let_write(false);
    world.advance(TOKEN_LIFETIME);
    let (app, alice) = (Arc::clone(&world.app), world.alice());
    let renewing = tokio::spawn(async move { drop(app.account_refresh(&alice).await) });
    world.store.until_somebody_writes().await;
    let app = Arc::clone(&world.app);
    let closing = tokio::spawn(async move { app.close().await });
    tokio::task::yield_now().await;
    world.store.let_write(true);
    renewing.await.unwrap();
    closing.await.unwrap();
    assert_eq!(world.sandbox.grants("alice").len(), world.store.memory.names().len());
    world.restart().await;
    assert_eq!(world.sandbox.grants("alice").len(), 1);
}

#[tokio::test]
async fn n14_closing_twice_at_once_revokes_once() {
    let world = in_memory().await;
    tokio::join!(world.app.close(), world.app.close());
    assert!(world.sandbox.grants("alice").is_empty());
}

#[tokio::test]
async fn n14_closing_during_a_sign_in_leaves_no_grant() {
    let world = World::new().await;
    world.store.memory.set_problem(Some(StoreError::Absent));
    world.store.let_write(false);
    let app = Arc::clone(&world.app);
    let signing_in = tokio::spawn(async move { drop(app.sign_in().await) });
    world.store.until_somebody_writes().await;
    let app = Arc::clone(&world.app);
    let closing = tokio::spawn(async move { app.close().await });
    tokio::task::yield_now().await;
    world.store.let_write(true);
    closing.await.unwrap();
    signing_in.await.unwrap();
    assert!(world.sandbox.grants("alice").is_empty());
}

#[tokio::test]
async fn n14_closing_while_the_browser_waits_ends_the_sign_in() {
    let world =
        World::with(crate::support::Setup { user: crate::support::TestUser::Waits, ..Default::default() })
            .await;
    let app = Arc::clone(&world.app);
    let signing_in = tokio::spawn(async move { app.sign_in().await });
    world.host.until("the browser", |seen| !seen.opened.is_empty()).await;
    world.app.close().await;
    assert!(signing_in.await.unwrap().is_err());
}
