//! The real keyring of a private desktop: started by `cargo xtask test` inside its own bus with an unlocked
//! gnome-keyring, never by a plain `cargo test`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the bench cannot do fails the test"
)]

#[expect(dead_code, unused_imports, reason = "the bench of the other tests; this one needs little of it")]
#[path = "bench/mod.rs"]
mod bench;

use std::sync::Arc;
use std::time::Duration;

use account_api::app::{AppState, Freshness, Persistence};
use account_core::{KeyringStore, TokenStore};
use secrecy::{ExposeSecret, SecretString};

const SERVICE: &str = "app.latchkey.dev.test";

#[tokio::test]
async fn n12_a_real_keyring_keeps_replaces_and_erases() {
    let store = KeyringStore::new(SERVICE);
    store.probe().await.expect("an unlocked keyring on this bus");
    let name = "session:of-a-test";
    store.delete(name).await.unwrap();
    assert!(store.get(name).await.unwrap().is_none());
    for secret in ["a-first-test-token", "a-second-test-token"] {
        store.set(name, SecretString::from(secret)).await.unwrap();
        // A second store, as a second start would have.
        let found = KeyringStore::new(SERVICE).get(name).await.unwrap().unwrap();
        assert_eq!(found.expose_secret(), secret);
    }
    store.delete(name).await.unwrap();
    store.delete(name).await.unwrap();
    assert!(store.get(name).await.unwrap().is_none());
}

#[tokio::test]
async fn n12_many_at_once_are_answered_one_after_the_other() {
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
async fn n12_a_session_outlives_the_app_in_a_real_keyring_and_leaves_with_the_person() {
    let world = bench::World::new().await;
    let start = || {
        let store: Arc<dyn TokenStore> = Arc::new(KeyringStore::new(SERVICE));
        world.app_with_store(store)
    };
    let app = start();
    app.start().await;
    app.sign_in().await.unwrap();
    world.advance(Duration::from_secs(600));

    let again = start();
    again.start().await;
    let AppState::SignedIn { account_id, freshness, persistence, .. } = again.state() else { panic!() };
    assert_eq!(persistence, Persistence::Keyring);
    assert_eq!(freshness, Freshness::Live { at: world.clock.read() });
    assert_eq!(world.token_requests("refresh_token"), 1);
    again.sign_out(&account_id, false).await.unwrap();
    assert!(world.view_files().is_empty());

    let afterwards = start();
    afterwards.start().await;
    assert!(matches!(afterwards.state(), AppState::SignedOut { notice: None, .. }));
    assert_eq!(world.token_requests("refresh_token"), 1);
}
