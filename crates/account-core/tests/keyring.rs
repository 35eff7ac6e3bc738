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

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use account_api::app::{AppState, Freshness, Persistence};
use account_core::{KeyringStore, TokenStore};
use secrecy::{ExposeSecret, SecretString};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use tokio::sync::{Mutex, MutexGuard};

/// One test at a time: they share a keyring, and one of them starts it anew.
static TURN: Mutex<()> = Mutex::const_new(());

/// The turn of one test, with a daemon of its own where the session's is gone.
async fn turn() -> (MutexGuard<'static, ()>, Option<Daemon>) {
    let turn = TURN.lock().await;
    let is_there = owner_of_the_service().await.is_some();
    (turn, if is_there { None } else { Some(Daemon::start().await) })
}

const SERVICE: &str = "app.latchkey.dev.test";

#[tokio::test]
async fn n12_a_real_keyring_keeps_replaces_and_erases() {
    let _turn = turn().await;
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
async fn n12_a_session_outlives_the_app_in_a_real_keyring_and_leaves_with_the_person() {
    let _turn = turn().await;
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

/// What an item of another program has that the service finds by our attributes.
fn neighbour(of: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", of), ("application", "another-program")])
}

/// Runs a call of the Secret Service on a thread of its own: it blocks.
async fn directly<T: Send + 'static>(call: impl FnOnce(&SecretService<'_>) -> T + Send + 'static) -> T {
    let call = move || call(&SecretService::connect(EncryptionType::Dh).unwrap());
    tokio::task::spawn_blocking(call).await.unwrap()
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

/// The daemon that this test started.
struct Daemon(Child);

impl Daemon {
    async fn start() -> Self {
        let mut child = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        while owner_of_the_service().await.is_none() {
            tokio::task::yield_now().await;
        }
        Self(child)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The process id of the Secret Service on the bus; `None` while there is none.
async fn owner_of_the_service() -> Option<u32> {
    let ask = || {
        let bus = zbus::blocking::Connection::session().unwrap();
        let bus = zbus::blocking::fdo::DBusProxy::new(&bus).unwrap();
        bus.get_connection_unix_process_id("org.freedesktop.secrets".try_into().unwrap()).ok()
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

/// An upgrade or a crash of the daemon while the app runs: the next save works, and the session outlives the app.
#[tokio::test]
async fn n15_session_goes_on_when_the_keyring_was_restarted() {
    let _turn = turn().await;
    let world = bench::World::new().await;
    let app = world.app_with_store(Arc::new(KeyringStore::new(SERVICE)));
    app.start().await;
    app.sign_in().await.unwrap();
    let AppState::SignedIn { account_id, .. } = app.state() else { panic!() };

    let daemon = owner_of_the_service().await.unwrap();
    assert!(Command::new("kill").arg(daemon.to_string()).status().unwrap().success());
    while owner_of_the_service().await.is_some() {
        tokio::task::yield_now().await;
    }
    let second = Daemon::start().await;
    for _ in 0..2 {
        world.advance(Duration::from_secs(600));
        app.account_refresh(&account_id).await.unwrap();
        world.advance(Duration::from_secs(5));
    }
    let AppState::SignedIn { persistence, .. } = app.state() else { panic!() };
    assert_eq!(persistence, Persistence::Keyring);
    let again = world.app_with_store(Arc::new(KeyringStore::new(SERVICE)));
    again.start().await;
    let AppState::SignedIn { freshness, .. } = again.state() else { panic!("{:?}", again.state()) };
    assert_eq!(freshness, Freshness::Live { at: world.clock.read() });
    again.sign_out(&account_id, false).await.unwrap();
    drop(second);
}
