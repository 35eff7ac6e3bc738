//! Tests with the real keyring of a private desktop. Run by `cargo xtask test` inside its own bus with an unlocked
//! gnome-keyring, never by a plain `cargo test`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where its support code does"
)]

#[expect(dead_code, reason = "the other services need more of it")]
#[path = "support/secret_service.rs"]
mod secret_service_support;
#[expect(
    dead_code,
    unused_imports,
    reason = "the support code of the other tests; this one needs little of it"
)]
#[path = "support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use account_api::app::{AppState, Persistence};
use account_core::{KeyringStore, TokenStore};
use secrecy::{ExposeSecret, SecretString};
use secret_service_support::{
    Daemon, SECRETS, SERVICE, TURN, apart, ask_to_end, assert_keeps_replaces_and_erases, assert_live,
    assert_session_goes_on, assert_works, directly, owner, persistence, signed_in, started, until,
};
use tokio::sync::MutexGuard;

/// Waits for the turn of a test, and starts a daemon where the session's is gone.
async fn turn() -> (MutexGuard<'static, ()>, Option<Daemon>) {
    let turn = TURN.lock().await;
    let is_there = apart(|| owner(SECRETS)).await.is_some();
    (turn, if is_there { None } else { Some(start_daemon().await) })
}

#[tokio::test]
async fn n12_a_real_keyring_keeps_replaces_and_erases() {
    let _turn = turn().await;
    assert_keeps_replaces_and_erases().await;
}

#[tokio::test]
async fn n12_concurrent_requests_are_answered_in_sequence() {
    let _turn = turn().await;
    let store = KeyringStore::new(SERVICE);
    let all = (0..8).map(|number| {
        let name = format!("parallel:{number}");
        let (set, get, delete) = (
            store.set(&name, SecretString::from(format!("test-token-{number}"))),
            store.get(&name),
            store.delete(&name),
        );
        async move {
            set.await.unwrap();
            let found = get.await.unwrap().unwrap();
            assert_eq!(found.expose_secret(), format!("test-token-{number}"));
            delete.await.unwrap();
        }
    });
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn n12_session_stays_in_real_keyring_until_sign_out() {
    let _turn = turn().await;
    let (world, _) = signed_in().await;
    world.advance(Duration::from_secs(600));

    let again = started(&world).await;
    assert_eq!(persistence(&again), Persistence::Keyring);
    assert_live(&world, &again);
    assert_eq!(world.token_requests("refresh_token"), 1);
    again.sign_out(&world.alice(), false).await.unwrap();
    assert!(world.view_files().is_empty());

    let afterwards = started(&world).await;
    assert!(matches!(afterwards.state(), AppState::SignedOut { notice: None, .. }));
    assert_eq!(world.token_requests("refresh_token"), 1);
}

/// Returns the attributes of another program's item that the service finds by our attributes.
fn neighbour(of: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", of), ("application", "another-program")])
}

#[tokio::test]
async fn n12_item_of_another_program_is_never_touched() {
    let _turn = turn().await;
    let name = "session:with-a-neighbour";
    directly(move |service| {
        let collection = service.get_default_collection().unwrap();
        collection.create_item("theirs", neighbour(name), b"their secret", false, "text/plain").unwrap();
    })
    .await;
    let store = KeyringStore::new(SERVICE);
    assert!(store.get(name).await.unwrap().is_none(), "theirs is not ours");
    store.delete(name).await.unwrap();
    for secret in ["a-first-test-token", "a-second-test-token"] {
        store.set(name, SecretString::from(secret)).await.unwrap();
        let found = KeyringStore::new(SERVICE).get(name).await.unwrap().unwrap();
        assert_eq!(found.expose_secret(), secret);
    }
    store.delete(name).await.unwrap();
    assert!(store.get(name).await.unwrap().is_none());
    let theirs = directly(move |service| {
        let found = service.search_items(neighbour(name)).unwrap();
        let secrets: Vec<_> = found.unlocked.iter().map(|item| item.get_secret().unwrap()).collect();
        found.unlocked.iter().for_each(|item| item.delete().unwrap());
        secrets
    })
    .await;
    assert_eq!(theirs, [b"their secret"]);
}

/// Starts an unlocked daemon and waits until it answers.
async fn start_daemon() -> Daemon {
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped());
    let mut daemon = Daemon::start(&mut command);
    daemon.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    until("a keyring", || owner(SECRETS).is_some()).await;
    daemon
}

/// The daemon is upgraded or crashes while the app runs: the next save works, and the session outlives the app.
#[tokio::test]
async fn n15_session_goes_on_when_the_keyring_was_restarted() {
    let _turn = turn().await;
    let (world, app) = signed_in().await;
    let store = KeyringStore::new(SERVICE);
    assert_works(&store).await;

    ask_to_end(apart(|| owner(SECRETS)).await.unwrap());
    until("an end of the keyring", || owner(SECRETS).is_none()).await;
    let _second = start_daemon().await;
    assert_works(&store).await;
    assert_session_goes_on(&world, &app).await;
}
