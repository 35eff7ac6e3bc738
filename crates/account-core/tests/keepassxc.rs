//! Tests with the real KeePassXC, which each test starts itself. Run by `cargo xtask test` on a bus without a
//! keyring, never by a plain `cargo test`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where its support code does"
)]

#[path = "support/secret_service.rs"]
mod secret_service_support;
#[expect(
    dead_code,
    unused_imports,
    reason = "the support code of the other tests; this one needs little of it"
)]
#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use account_api::app::{AppState, KeyringProblem, Persistence};
use account_api::error::{AppCode, Code};
use secret_service_support::{
    Daemon, SECRETS, TURN, active_window, answer_dialog, apart, assert_keeps_replaces_and_erases,
    assert_session_goes_on, assert_works, in_time, owner, persistence, secrets, signed_in, started, store,
    until,
};
use support::World;
use tempfile::TempDir;
use zbus::blocking::{Connection, Proxy};

const WINDOW: &str = "org.keepassxc.KeePassXC.MainWindow";
const PASSWORD: &str = "Correct-Horse-7";
/// The dialog for the database's password.
const UNLOCK: &str = "Unlock Database - KeePassXC";
/// The dialog that grants a program access to an item.
const ACCESS: &str = "KeePassXC -  Access Request";
/// The window of the open database.
const OPEN: &str = "passwords.kdbx - KeePassXC";

/// Returns a database whose one group is exposed through the Secret Service, or not.
fn content(shown: bool) -> String {
    let shown = if shown { "<Key>FDO_SECRETS_EXPOSED_GROUP</Key>" } else { "<Key>NOTHING_SHOWN</Key>" };
    format!(
        "<KeePassFile><Meta><RecycleBinEnabled>True</RecycleBinEnabled><CustomData><Item>{shown}\
         <Value>{{00112233-4455-6677-8899-aabbccddeeff}}</Value></Item></CustomData></Meta>\
         <Root><Group><UUID>ABEiM0RVZneImaq7zN3u/w==</UUID><Name>Root</Name></Group></Root></KeePassFile>"
    )
}

/// The folder of one user's KeePassXC.
struct TestUser {
    folder: TempDir,
}

impl TestUser {
    /// Creates a user with a database; `asks` makes KeePassXC confirm each access.
    fn new(shown: bool, asks: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let user = Self { folder };
        let settings = format!(
            "[General]\nConfigVersion=2\nUpdateCheckMessageShown=true\nRememberLastDatabases=false\n\
             [GUI]\nCheckForUpdates=false\n[FdoSecrets]\nEnabled=true\nShowNotification=false\n\
             ConfirmDeleteItem={asks}\nConfirmAccessItem={asks}\n"
        );
        fs::write(user.path("settings.ini"), settings).unwrap();
        fs::write(user.path("content.xml"), content(shown)).unwrap();
        let mut import = Command::new("keepassxc-cli")
            .args(["import", "--quiet", "--set-password", "--decryption-time", "100"])
            .args([user.path("content.xml"), user.path("passwords.kdbx")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        write!(import.stdin.take().unwrap(), "{PASSWORD}\n{PASSWORD}\n").unwrap();
        assert!(import.wait().unwrap().success());
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts KeePassXC with the open database.
    async fn start(&self) -> Daemon {
        let daemon = self.start_unseen().await;
        until("an open collection", || is_locked() == Some(false)).await;
        daemon
    }

    /// Starts KeePassXC without waiting until the database is exposed.
    async fn start_unseen(&self) -> Daemon {
        let mut command = Command::new("keepassxc");
        command.args(["--pw-stdin", "--config"]).arg(self.path("settings.ini"));
        command.arg("--localconfig").arg(self.path("local.ini")).arg(self.path("passwords.kdbx"));
        let mut daemon = Daemon::start(command.stdin(Stdio::piped()));
        writeln!(daemon.0.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        until("KeePassXC on the bus", || owner(SECRETS).is_some()).await;
        until("an open database", || active_window() == OPEN).await;
        daemon
    }

    /// Locks the database, as a user or the screen saver does.
    async fn lock(&self) {
        apart(|| in_window("lockAllDatabases", &())).await;
        until("a locked database", || is_locked() == Some(true)).await;
    }

    /// Locks the database and ends KeePassXC, which would never end if the signal came while it saves.
    async fn stop(&self, daemon: Daemon) {
        self.lock().await;
        daemon.end().await;
    }

    /// Opens the database again.
    async fn unlock(&self) {
        let database = self.path("passwords.kdbx").to_str().unwrap().to_owned();
        apart(move || in_window("openDatabase", &(database, PASSWORD))).await;
        until("an open database", || is_locked() == Some(false)).await;
    }
}

fn in_window(method: &str, arguments: &(impl serde::Serialize + zbus::zvariant::DynamicType)) {
    let bus = Connection::session().unwrap();
    let window = Proxy::new(&bus, WINDOW, "/keepassxc", WINDOW).unwrap();
    window.call::<_, _, ()>(method, arguments).unwrap();
}

/// Whether the database is locked; `None` while it is not exposed.
fn is_locked() -> Option<bool> {
    let bus = Connection::session().unwrap();
    let path = "/org/freedesktop/secrets/collection/passwords";
    let collection = Proxy::new(&bus, SECRETS, path, "org.freedesktop.Secret.Collection").unwrap();
    collection.get_property("Locked").ok()
}

fn notice(state: &AppState) -> Option<Code> {
    match state {
        AppState::SignedOut { notice, .. } => *notice,
        other => panic!("not signed out: {other:?}"),
    }
}

#[tokio::test]
async fn n12_keepassxc_keeps_replaces_and_erases() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(true, false);
    let _daemon = user.start().await;
    assert_keeps_replaces_and_erases().await;
}

#[tokio::test]
async fn n15_session_goes_on_when_keepassxc_was_restarted() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(true, false);
    let daemon = user.start().await;
    let (world, app) = signed_in().await;
    let store = store();
    assert_works(&store).await;
    user.stop(daemon).await;
    let _daemon = user.start().await;
    assert_works(&store).await;
    assert_session_goes_on(&world, &app).await;
}

/// There is no keyring when the app starts, but later.
#[tokio::test]
async fn n14_session_is_kept_once_keepassxc_was_started() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(true, false);
    let (world, app) = signed_in().await;
    assert_eq!(persistence(&app), Persistence::MemoryOnly { reason: KeyringProblem::Absent });
    let _daemon = user.start().await;
    app.session_keep(&world.alice()).await.unwrap();
    assert_eq!(persistence(&app), Persistence::Keyring);
    let again = started(&world).await;
    assert_eq!(persistence(&again), Persistence::Keyring);
}

/// The app starts before KeePassXC: the session is still there.
#[tokio::test]
async fn n14_keepassxc_not_running_keeps_session() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(true, false);
    let daemon = user.start().await;
    let (world, _) = signed_in().await;
    user.stop(daemon).await;
    let app = started(&world).await;
    assert_eq!(notice(&app.state()), Some(Code::App(AppCode::StoreAbsent)));
    let _daemon = user.start().await;
    let again = started(&world).await;
    assert_eq!(persistence(&again), Persistence::Keyring);
}

/// A locked database looks empty, and prompts for its password; the user cancels the dialog.
#[tokio::test]
async fn n14_locked_keepassxc_keeps_session_and_prompts_once() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(true, false);
    let _daemon = user.start().await;
    let (world, _) = signed_in().await;
    user.lock().await;
    let app = world.app_with_store(store());
    let both = async { tokio::join!(app.start(), answer_dialog(&world, UNLOCK, "Escape")) };
    in_time(both).await;
    assert_eq!(notice(&app.state()), Some(Code::App(AppCode::StoreLocked)));
    assert_ne!(active_window(), UNLOCK);
    user.unlock().await;
    let again = started(&world).await;
    assert_eq!(persistence(&again), Persistence::Keyring);
}

/// Nothing is erased in a locked database, and nothing is reported as erased.
#[tokio::test]
async fn n16_locked_keepassxc_is_erased_once_it_is_open() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(true, false);
    let _daemon = user.start().await;
    let (world, app) = signed_in().await;
    let kept = secrets().await;
    assert_eq!(kept.len(), 1);
    user.lock().await;
    let alice = world.alice();
    let both = async { tokio::join!(app.sign_out(&alice, false), answer_dialog(&world, UNLOCK, "Escape")).0 };
    let erased = in_time(both).await;
    assert_eq!(erased.unwrap_err().code(), Code::App(AppCode::StoreLocked));
    user.unlock().await;
    assert_eq!(secrets().await, kept);
    world.advance(Duration::from_secs(5));
    let again = started(&world).await;
    assert_eq!(notice(&again.state()), None);
    assert_eq!(secrets().await, Vec::<String>::new());
}

/// The user exposes no group to other programs: nothing can be stored, and no password helps.
#[tokio::test]
async fn n14_keepassxc_that_shows_no_group_has_no_collection() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(false, false);
    let _daemon = user.start_unseen().await;
    let world = World::new().await;
    let app = started(&world).await;
    in_time(app.sign_in()).await.unwrap();
    let reason = KeyringProblem::NoCollection;
    assert_eq!(persistence(&app), Persistence::MemoryOnly { reason });
    assert_eq!(active_window(), OPEN);
}

/// KeePassXC asks whether another process may read what the first one wrote.
#[tokio::test]
async fn n14_access_denied_in_keepassxc_keeps_session() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(true, true);
    let _daemon = user.start().await;
    let (world, _) = signed_in().await;
    let app = world.app_with_store(store());
    let both = async { tokio::join!(app.start(), answer_dialog(&world, ACCESS, "Escape")) };
    in_time(both).await;
    assert_eq!(notice(&app.state()), Some(Code::App(AppCode::StoreLocked)));

    world.advance(Duration::from_secs(5));
    let app = world.app_with_store(store());
    let both = async { tokio::join!(app.start(), answer_dialog(&world, ACCESS, "Return")) };
    in_time(both).await;
    assert_eq!(persistence(&app), Persistence::Keyring);
    assert_eq!(active_window(), OPEN);
}

#[tokio::test]
async fn n14_renewal_in_locked_keepassxc_prompts_once_erases_nothing() {
    let _turn = TURN.lock().await;
    let user = TestUser::new(true, false);
    let _daemon = user.start().await;
    let (world, app) = signed_in().await;
    assert_eq!(secrets().await.len(), 1);
    user.lock().await;
    world.advance(Duration::from_secs(600));
    let alice = world.alice();
    in_time(async { tokio::join!(app.account_refresh(&alice), answer_dialog(&world, UNLOCK, "Escape")).0 })
        .await
        .unwrap();
    assert_ne!(active_window(), UNLOCK, "a second dialog");
    user.unlock().await;
    assert_eq!(secrets().await.len(), 1);
    assert!(matches!(started(&world).await.state(), AppState::SignedIn { .. }));
}
