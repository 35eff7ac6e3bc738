//! Tests with the real KWallet, which each test starts itself. Run by `cargo xtask test` on a bus without a keyring,
//! never by a plain `cargo test`.

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

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use account_api::app::{AppState, KeyringProblem, Persistence};
use account_api::error::{AppCode, Code};
use account_core::{StoreError, TokenStore};
use secret_service_support::{
    Daemon, SECRETS, TURN, answer_dialog, apart, ask_to_end, assert_keeps_replaces_and_erases, assert_live,
    assert_session_goes_on, assert_works, in_time, owner, persistence, renew, secrets, signed_in, started,
    store, until,
};
use support::World;
use tempfile::TempDir;
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, Proxy};

const KWALLET: &str = "org.kde.kwalletd5";
/// The wallet that a log-in opens and creates.
const WALLET: &str = "kdewallet";

/// The folder of one user's wallets and settings.
struct TestUser {
    folder: TempDir,
}

impl TestUser {
    /// Creates a user who never logged in to a KDE desktop.
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Creates a user who logs in for the second time: KWallet shows a wallet only then.
    async fn logged_in() -> (Self, Daemon) {
        let user = Self::new();
        user.log_in().await.end().await;
        let daemon = user.log_in().await;
        (user, daemon)
    }

    /// Starts KWallet and opens the wallet as PAM does; it is created where there is none.
    async fn log_in(&self) -> Daemon {
        let daemon = self.log_in_without_pam().await;
        apart(|| call_kwallet::<()>("pamOpen", &(WALLET, vec![7_u8; 56], 0_i32))).await;
        until("an open wallet", || call_kwallet("isOpen", &(WALLET,))).await;
        daemon
    }

    /// Starts KWallet.
    async fn log_in_without_pam(&self) -> Daemon {
        let mut command = Command::new("kwalletd5");
        for folder in ["XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(folder, self.folder.path());
        }
        let daemon = Daemon::start(command.stdin(Stdio::null()));
        until("KWallet on the bus", || owner(SECRETS).is_some()).await;
        daemon
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("kwalletd").join(WALLET).with_extension("kwl")
    }

    fn wallet(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }

    /// Waits until KWallet has written its wallet, which it does five seconds after the last change.
    async fn until_written(&self, before: Vec<u8>) {
        let file = self.file();
        until("a written wallet", move || fs::read(&file).is_ok_and(|wallet| wallet != before)).await;
    }
}

fn call_kwallet<T>(method: &str, arguments: &(impl serde::Serialize + zbus::zvariant::DynamicType)) -> T
where
    T: for<'de> zbus::zvariant::DynamicDeserialize<'de>,
{
    let bus = Connection::session().unwrap();
    let kwallet = Proxy::new(&bus, KWALLET, "/modules/kwalletd5", "org.kde.KWallet").unwrap();
    kwallet.call(method, arguments).unwrap()
}

#[tokio::test]
async fn n12_kwallet_keeps_replaces_and_erases() {
    let _turn = TURN.lock().await;
    let (_person, _daemon) = TestUser::logged_in().await;
    assert_keeps_replaces_and_erases().await;
}

/// D-Bus knows KWallet by its own name only. At the first use there is no wallet, which is not the same as a locked
/// one.
#[tokio::test]
async fn n14_kwallet_is_started_and_reports_no_wallet() {
    let _turn = TURN.lock().await;
    assert_eq!(owner(SECRETS), None);
    let (world, app) = signed_in().await;
    let reason = KeyringProblem::NoCollection;
    assert_eq!(persistence(&app), Persistence::MemoryOnly { reason });
    // KWallet offers to create one, and the user declines.
    let alice = world.alice();
    let cancelled = answer_dialog(&world, "KDE Wallet Service", "Escape");
    let (kept, ()) = in_time(async { tokio::join!(app.session_keep(&alice), cancelled) }).await;
    assert_eq!(kept.unwrap_err().code(), Code::App(AppCode::StoreNoCollection));
    assert_eq!(persistence(&app), Persistence::MemoryOnly { reason });

    let started_by_us = owner(KWALLET).expect("KWallet was started");
    ask_to_end(started_by_us);
    until("an end of KWallet", || owner(KWALLET).is_none()).await;
}

/// A user who cancelled the dialog that creates a wallet gets one from the log-in anyway.
#[tokio::test]
async fn n14_kwallet_dialog_that_was_left_hides_no_wallet() {
    let _turn = TURN.lock().await;
    let user = TestUser::new();
    let daemon = user.log_in_without_pam().await;
    let (world, app) = signed_in().await;
    let alice = world.alice();
    let cancelled = answer_dialog(&world, "KDE Wallet Service", "Escape");
    let (kept, ()) = in_time(async { tokio::join!(app.session_keep(&alice), cancelled) }).await;
    assert_eq!(kept.unwrap_err().code(), Code::App(AppCode::StoreNoCollection));
    daemon.end().await;
    user.log_in().await.end().await;
    let _daemon = user.log_in().await;
    in_time(app.session_keep(&world.alice())).await.unwrap();
    assert_eq!(persistence(&app), Persistence::Keyring);
}

/// The wallet of the first log-in is used from the second one on, by an app that kept running.
#[tokio::test]
async fn n14_session_is_kept_once_kwallet_has_a_wallet() {
    let _turn = TURN.lock().await;
    let user = TestUser::new();
    let first = user.log_in().await;
    let (world, app) = signed_in().await;
    let reason = KeyringProblem::NoCollection;
    assert_eq!(persistence(&app), Persistence::MemoryOnly { reason });
    assert_eq!(store().probe().await, Err(StoreError::NoCollection));

    first.end().await;
    let _second = user.log_in().await;
    in_time(app.session_keep(&world.alice())).await.unwrap();
    assert_eq!(persistence(&app), Persistence::Keyring);
    let again = started(&world).await;
    assert_eq!(persistence(&again), Persistence::Keyring);
}

#[tokio::test]
async fn n15_session_goes_on_when_kwallet_was_restarted() {
    let _turn = TURN.lock().await;
    let (user, daemon) = TestUser::logged_in().await;
    let world = World::new().await;
    let app = started(&world).await;
    let store = store();
    assert_works(&store).await;
    let before = user.wallet();
    app.sign_in().await.unwrap();
    user.until_written(before).await;
    daemon.end().await;
    let _daemon = user.log_in().await;
    assert_works(&store).await;
    assert_session_goes_on(&world, &app).await;
}

/// The user logs out within five seconds after a renewal: KWallet has the token before, which is used up.
#[tokio::test]
async fn n15_session_survives_kwallet_that_lost_last_write() {
    let _turn = TURN.lock().await;
    let (user, daemon) = TestUser::logged_in().await;
    let world = World::new().await;
    let app = started(&world).await;
    let before = user.wallet();
    app.sign_in().await.unwrap();
    user.until_written(before).await;
    let kept = secrets().await;
    renew(&world, &app).await;
    renew(&world, &app).await;
    assert_ne!(secrets().await, kept);
    drop(app);
    daemon.end().await;

    let _daemon = user.log_in().await;
    store().probe().await.unwrap();
    assert_eq!(secrets().await, kept, "KWallet has what it had before");
    let again = started(&world).await;
    assert_live(&world, &again);
    renew(&world, &again).await;
    assert_eq!(persistence(&again), Persistence::Keyring);
}

/// The user logs out within five seconds after signing in: KWallet has an item without its content.
#[tokio::test]
async fn n12_item_that_kwallet_left_empty_is_damaged_and_stays() {
    let _turn = TURN.lock().await;
    let (user, daemon) = TestUser::logged_in().await;
    let (world, app) = signed_in().await;
    drop(app);
    daemon.end().await;

    let _daemon = user.log_in().await;
    store().probe().await.unwrap();
    assert_eq!(secrets().await, [""]);
    let app = started(&world).await;
    let notice = Some(Code::App(AppCode::StoredSessionDamaged));
    assert!(matches!(app.state(), AppState::SignedOut { notice: found, .. } if found == notice));
    assert_eq!(secrets().await, [""]);
    app.sign_in().await.unwrap();
    let again = started(&world).await;
    assert_eq!(persistence(&again), Persistence::Keyring);
}

/// Refuses every public key, as KWallet refuses one in 256.
struct Refusing(Arc<Mutex<Vec<Vec<u8>>>>);

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
impl Refusing {
    fn open_session(
        &self,
        _algorithm: &str,
        key: zbus::zvariant::Value<'_>,
    ) -> zbus::fdo::Result<(zbus::zvariant::OwnedValue, zbus::zvariant::OwnedObjectPath)> {
        self.0.lock().unwrap().push(Vec::try_from(key).unwrap());
        Err(zbus::fdo::Error::InvalidArgs("Client public key size is invalid".to_owned()))
    }
}

#[tokio::test]
async fn n12_key_that_kwallet_refuses_is_replaced_by_another() {
    let _turn = TURN.lock().await;
    let keys = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let service = Refusing(Arc::clone(&keys));
    let on_the_bus = apart(move || {
        let service = Builder::session().unwrap().serve_at("/org/freedesktop/secrets", service).unwrap();
        service.name(SECRETS).unwrap().build().unwrap()
    })
    .await;
    assert_eq!(store().probe().await, Err(StoreError::Absent));
    let offered: HashSet<_> = keys.lock().unwrap().iter().cloned().collect();
    assert_eq!(offered.len(), 4);
    drop(on_the_bus);
    until("an end of the service", || owner(SECRETS).is_none()).await;
}
