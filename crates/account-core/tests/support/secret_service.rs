//! The Secret Service on the bus of a test: which process owns its name, what it holds, and daemons that the test
//! starts itself and ends by their ids.

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use account_api::app::{AppState, Freshness, Persistence};
use account_core::{App, KeyringStore, TokenStore};
use secrecy::{ExposeSecret, SecretString};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use tokio::sync::Mutex;
use tokio::time::Instant;
use zbus::blocking::{Connection, fdo::DBusProxy};

use crate::support::World;

/// Lets one test run at a time: they share a bus.
pub(crate) static TURN: Mutex<()> = Mutex::const_new(());
/// The service name of the items of these tests.
pub(crate) const SERVICE: &str = "app.latchkey.dev.test";
/// The name of every Secret Service on its bus.
pub(crate) const SECRETS: &str = "org.freedesktop.secrets";
/// How long a test waits before it fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than the second by which the app distinguishes a dialog from a slow answer.
const HESITATION: Duration = Duration::from_millis(1200);
/// The pause between two checks.
const PAUSE: Duration = Duration::from_millis(10);

/// A daemon that the test started. It ends with the test.
pub(crate) struct Daemon(pub(crate) Child);

impl Daemon {
    /// Starts it without output.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Sends it the signal of a log-out, and waits until it has ended.
    pub(crate) async fn end(mut self) {
        ask_to_end(self.0.id());
        until("the end of the daemon", move || self.0.try_wait().unwrap().is_some()).await;
        until("an end of the service", || owner(SECRETS).is_none()).await;
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Sends the signal of a log-out to a process.
pub(crate) fn ask_to_end(process: u32) {
    assert!(Command::new("kill").arg(process.to_string()).status().unwrap().success());
}

/// Waits until a dialog has the keyboard, leaves it open for as long as a user needs at least, and presses a key.
pub(crate) async fn answer_dialog(world: &World, title: &'static str, key: &'static str) {
    until("a dialog", move || active_window() == title).await;
    let began = Instant::now();
    until("a user who has read it", move || began.elapsed() > HESITATION).await;
    world.clock.advance(HESITATION);
    press(key);
}

/// Presses keys in the focused window.
pub(crate) fn press(key: &str) {
    assert!(Command::new("xdotool").args(["key", key]).status().unwrap().success());
}

/// Returns the title of the focused window; empty when there is none.
pub(crate) fn active_window() -> String {
    let asked = Command::new("xdotool").args(["getactivewindow", "getwindowname"]).output().unwrap();
    String::from_utf8_lossy(&asked.stdout).trim().to_owned()
}

/// Returns the result of a call that opens no dialog but those that the test answers: any other would stay open.
pub(crate) async fn in_time<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, call).await.expect("no other dialog")
}

/// Runs blocking work on a separate thread.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &'static str, mut condition: impl FnMut() -> bool + Send + 'static) {
    let wait = move || {
        let began = Instant::now();
        while !condition() {
            assert!(began.elapsed() < PATIENCE, "never: {what}");
            std::thread::park_timeout(PAUSE);
        }
    };
    apart(wait).await;
}

/// Returns the process that has this name on the bus.
pub(crate) fn owner(name: &'static str) -> Option<u32> {
    let bus = DBusProxy::new(&Connection::session().unwrap()).unwrap();
    bus.get_connection_unix_process_id(name.try_into().unwrap()).ok()
}

/// Calls the Secret Service on a separate thread.
pub(crate) async fn directly<T: Send + 'static>(
    call: impl FnOnce(&SecretService<'_>) -> T + Send + 'static,
) -> T {
    // KWallet refuses a public key now and then: without keys it has nothing to refuse.
    apart(move || call(&SecretService::connect(EncryptionType::Plain).unwrap())).await
}

/// Returns the secrets of all items of these tests, in an open collection.
pub(crate) async fn secrets() -> Vec<String> {
    directly(|service| {
        let found = service.search_items(HashMap::from([("service", SERVICE)])).unwrap();
        assert!(found.locked.is_empty(), "the collection is open");
        let secrets = found.unlocked.iter().map(|item| item.get_secret().unwrap());
        secrets.map(|secret| String::from_utf8(secret).unwrap()).collect()
    })
    .await
}

/// Returns the keyring as a process that starts now sees it.
pub(crate) fn store() -> Arc<KeyringStore> {
    Arc::new(KeyringStore::new(SERVICE))
}

/// Returns the started app of a process that starts now.
pub(crate) async fn started(world: &World) -> Arc<App> {
    let app = world.app_with_store(store());
    app.start().await;
    app
}

/// Returns a world and its app, whose user has signed in.
pub(crate) async fn signed_in() -> (World, Arc<App>) {
    let world = World::new().await;
    let app = started(&world).await;
    app.sign_in().await.unwrap();
    (world, app)
}

/// Renews the session, after the time in which Logto accepts a used token once more.
pub(crate) async fn renew(world: &World, app: &Arc<App>) {
    world.advance(Duration::from_secs(600));
    app.account_refresh(&world.alice()).await.unwrap();
    world.advance(Duration::from_secs(5));
}

/// Returns where the session of the app is kept.
pub(crate) fn persistence(app: &App) -> Persistence {
    match app.state() {
        AppState::SignedIn { persistence, .. } => persistence,
        other => panic!("not signed in: {other:?}"),
    }
}

/// Asserts that the app, and one that starts after it, continue with the session in the keyring, and that signing out
/// erases it.
pub(crate) async fn assert_session_goes_on(world: &World, app: &Arc<App>) {
    renew(world, app).await;
    renew(world, app).await;
    assert_eq!(persistence(app), Persistence::Keyring);
    let again = started(world).await;
    assert_live(world, &again);
    again.sign_out(&world.alice(), false).await.unwrap();
    assert_eq!(secrets().await, Vec::<String>::new());
}

/// Asserts that the view of the app is current.
pub(crate) fn assert_live(world: &World, app: &App) {
    match app.state() {
        AppState::SignedIn { freshness, .. } => {
            assert_eq!(freshness, Freshness::Live { at: world.clock.read() });
        }
        other => panic!("not signed in: {other:?}"),
    }
}

const NAME: &str = "session:of-a-test";

/// Asserts that a secret is stored, replaced and erased, also as a second process sees it.
pub(crate) async fn assert_keeps_replaces_and_erases() {
    let store = store();
    store.probe().await.expect("an open collection on this bus");
    store.delete(NAME).await.unwrap();
    assert!(store.get(NAME).await.unwrap().is_none());
    for secret in ["a-first-test-token", "a-second-test-token"] {
        store.set(NAME, SecretString::from(secret)).await.unwrap();
        let found = KeyringStore::new(SERVICE).get(NAME).await.unwrap().unwrap();
        assert_eq!(found.expose_secret(), secret);
    }
    store.delete(NAME).await.unwrap();
    store.delete(NAME).await.unwrap();
    assert!(store.get(NAME).await.unwrap().is_none());
}

/// Asserts that a store that may have known another daemon works at the first call.
pub(crate) async fn assert_works(store: &KeyringStore) {
    store.set(NAME, SecretString::from("a-test-token")).await.unwrap();
    assert_eq!(store.get(NAME).await.unwrap().unwrap().expose_secret(), "a-test-token");
    store.delete(NAME).await.unwrap();
}
