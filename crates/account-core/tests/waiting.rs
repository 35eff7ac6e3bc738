//! Keyrings that unlock late, or never answer: the app always reaches a state in which the user can act.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use account_api::app::{AppState, KeyringProblem, Persistence};
use account_api::error::{AppCode, Code, ServerCode};
use account_core::{MemoryStore, StoreError, TokenStore};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::json;

use crate::support::World;
use crate::support::http::Answer;
use crate::support::scripts::{account, settings_server};

const PATIENCE: Duration = Duration::from_secs(2 * 60);

/// Locked until it is written for the first time: the system prompts for the password then.
struct UnlocksWhenWritten(MemoryStore);

impl TokenStore for UnlocksWhenWritten {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        self.0.get(name)
    }

    fn set(&self, name: &str, secret: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        self.0.set_problem(None);
        self.0.set(name, secret)
    }

    fn delete(&self, name: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        self.0.set_problem(None);
        self.0.delete(name)
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.0.set_problem(None);
        self.0.probe()
    }
}

#[tokio::test]
async fn n12_keyring_unlocked_by_probe_restores_session_at_start() {
    let world = World::signed_in().await;
    world.store.memory.set_problem(Some(StoreError::Locked));
    let app = world.app_with_store(Arc::new(UnlocksWhenWritten(world.store.memory.clone())));
    app.start().await;
    assert!(matches!(app.state(), AppState::SignedIn { persistence: Persistence::Keyring, .. }));
    assert_eq!(world.store.memory.names().len(), 1);
}

#[tokio::test]
async fn n12_keyring_unlocked_by_probe_keeps_session() {
    let world = World::signed_in().await;
    let app = world.app_with_store(Arc::new(UnlocksWhenWritten(world.store.memory.clone())));
    app.start().await;
    world.advance(Duration::from_secs(600));
    world.store.memory.set_problem(Some(StoreError::Locked));
    app.account_refresh(&world.alice()).await.unwrap();
    assert!(matches!(app.state(), AppState::SignedIn { persistence: Persistence::Keyring, .. }));
}

#[tokio::test]
async fn n16_keyring_unlocked_by_probe_yields_pending_revocations() {
    let world = World::signed_in().await;
    world.cut("/oidc/token/revocation");
    world.app.sign_out(&world.alice(), false).await.unwrap();
    world.sandbox.faults().clear();
    world.sandbox.clear_request_log();
    world.store.memory.set_problem(Some(StoreError::Locked));
    let app = world.app_with_store(Arc::new(UnlocksWhenWritten(world.store.memory.clone())));
    app.start().await;
    assert_eq!(world.requests_to("/oidc/token/revocation"), 1);
    world.assert_nothing_left();
}

async fn advance_when_somebody_sleeps(world: &World, sleepers: usize, by: Duration) {
    while world.clock.sleepers() < sleepers {
        tokio::task::yield_now().await;
    }
    world.clock.advance(by);
}

#[tokio::test]
async fn keyring_that_never_answers_at_start_leaves_signed_out() {
    let world = World::signed_in().await;
    world.store.let_read(false);
    let app = world.another_app();
    let starting = Arc::clone(&app);
    let start = tokio::spawn(async move { starting.start().await });
    advance_when_somebody_sleeps(&world, 2, PATIENCE).await;
    start.await.unwrap();
    assert!(matches!(app.state(), AppState::SignedOut { notice: Some(Code::App(AppCode::StoreLocked)), .. }));
    assert_eq!(world.store.memory.names().len(), 1, "nothing is erased");
}

#[tokio::test]
async fn keyring_that_never_answers_leaves_sign_in_in_memory() {
    let world = World::new().await;
    world.store.let_write(false);
    let app = Arc::clone(&world.app);
    let attempt = tokio::spawn(async move { app.sign_in().await });
    world.store.until_somebody_writes().await;
    advance_when_somebody_sleeps(&world, 1, PATIENCE).await;
    attempt.await.unwrap().unwrap();
    let AppState::SignedIn { persistence, .. } = world.app.state() else { panic!() };
    assert_eq!(persistence, Persistence::MemoryOnly { reason: KeyringProblem::Locked });
}

/// An answer about a session that is over arrives late, when its user is signed in again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn n25_late_answer_erases_nothing_of_next_session() {
    let world = World::new().await;
    let (alice, reads) = (world.alice(), Arc::new(AtomicUsize::new(0)));
    let (release, held) = mpsc::channel::<()>();
    let (held, good, count) = (Mutex::new(held), account(&alice, "Alice"), Arc::clone(&reads));
    let server = settings_server(&world, move |asked| match asked.target.as_str() {
        "/account" => match count.fetch_add(1, Ordering::SeqCst) {
            1 => {
                held.lock().unwrap().recv().unwrap();
                let gone = json!({"code": "account_not_found", "message": "", "request_id": "r-1"});
                Answer::json(404, &gone)
            }
            _ => Answer::json(200, &good),
        },
        _ => Answer::json(503, &json!({})),
    })
    .await;
    let app = world.app_at(&server.base);
    app.start().await;
    app.sign_in().await.unwrap();
    let (asking, id) = (Arc::clone(&app), alice.clone());
    let late = tokio::spawn(async move { asking.account_refresh(&id).await });
    while reads.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    app.sign_out(&alice, false).await.unwrap();
    app.sign_in().await.unwrap();
    release.send(()).unwrap();
    assert_eq!(late.await.unwrap().unwrap_err().code(), Code::Server(ServerCode::AccountNotFound));
    assert!(matches!(app.state(), AppState::SignedIn { .. }));
    assert_eq!(world.store.memory.names().len(), 1);
    assert_eq!(world.view_files().len(), 1);
}
