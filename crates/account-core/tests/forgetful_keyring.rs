//! Keyrings that lose data, fail, or are another one than yesterday: none of this ends a session that could continue
//! (N12, N14, N15).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use account_api::app::{AppState, Freshness, KeyringProblem, Persistence};
use account_api::error::{AppCode, Code};
use account_core::{MemoryStore, StoreError, TokenStore};
use futures_util::future::BoxFuture;
use secrecy::SecretString;

use crate::support::{TestClock, World};

const TOKEN_LIFETIME: Duration = Duration::from_secs(600);
/// Longer than the time in which Logto accepts a used refresh token once more.
const PAST_THE_GRACE: Duration = Duration::from_secs(5);

async fn renew(world: &World) {
    world.advance(TOKEN_LIFETIME);
    world.app.account_refresh(&world.alice()).await.unwrap();
    world.advance(PAST_THE_GRACE);
}

fn persistence(world: &World) -> Persistence {
    match world.app.state() {
        AppState::SignedIn { persistence, .. } => persistence,
        other => panic!("not signed in: {other:?}"),
    }
}

fn notice(world: &World) -> Option<Code> {
    match world.app.state() {
        AppState::SignedOut { notice, .. } => notice,
        other => panic!("not signed out: {other:?}"),
    }
}

/// Returns the one item of the keyring, with its name.
fn item(world: &World) -> (String, SecretString) {
    let (names, contents) = (world.store.memory.names(), world.store.memory.contents());
    assert_eq!(names.len(), 1);
    (names[0].clone(), SecretString::from(contents[0].as_str()))
}

/// Behaves as KWallet when it ends within five seconds after a write.
#[tokio::test]
async fn n15_session_survives_keyring_that_loses_last_write() {
    let mut world = World::signed_in().await;
    renew(&world).await;
    let (name, old) = item(&world);
    renew(&world).await;
    world.store.memory.set(&name, old).await.unwrap();
    world.restart().await;
    assert!(matches!(world.freshness(), Freshness::Live { .. }), "the token of the sealed copy was used");
    renew(&world).await;
    assert_eq!(persistence(&world), Persistence::Keyring);
}

#[tokio::test]
async fn n15_running_app_keeps_token_when_keyring_loses_it() {
    let world = World::signed_in().await;
    let (name, old) = item(&world);
    renew(&world).await;
    renew(&world).await;
    world.store.memory.set(&name, old).await.unwrap();
    renew(&world).await;
    assert_eq!(persistence(&world), Persistence::Keyring);
}

#[tokio::test]
async fn n12_item_without_its_content_is_damaged_and_stays() {
    for content in ["", "{\"a newer version\": true}"] {
        let mut world = World::signed_in().await;
        let (name, _) = item(&world);
        world.store.memory.set(&name, SecretString::from(content)).await.unwrap();
        world.restart().await;
        assert_eq!(notice(&world), Some(Code::App(AppCode::StoredSessionDamaged)));
        assert_eq!(world.store.memory.contents(), [content]);
        world.app.sign_in().await.unwrap();
        world.restart().await;
        assert_eq!(persistence(&world), Persistence::Keyring);
    }
}

/// A write that fails while the item can still be read costs nothing.
#[tokio::test]
async fn n15_session_survives_a_keyring_that_refuses_to_write() {
    let mut world = World::signed_in().await;
    let store = Arc::new(Unwritable(world.store.memory.clone()));
    world.app = world.app_with_store(store);
    world.app.start().await;
    renew(&world).await;
    renew(&world).await;
    assert_eq!(persistence(&world), Persistence::Keyring);
    world.restart().await;
    assert!(matches!(world.freshness(), Freshness::Live { .. }));
}

/// Nothing can be written, read or erased for a while: the session continues in memory, and after a restart from the
/// copy.
#[tokio::test]
async fn n15_session_survives_a_keyring_that_fails_for_a_while() {
    let mut world = World::signed_in().await;
    world.store.memory.set_problem(Some(StoreError::Refused));
    renew(&world).await;
    assert_eq!(persistence(&world), Persistence::MemoryOnly { reason: KeyringProblem::Refused });
    renew(&world).await;
    world.store.memory.set_problem(None);
    world.restart().await;
    assert!(matches!(world.freshness(), Freshness::Live { .. }));
    renew(&world).await;
    assert_eq!(persistence(&world), Persistence::Keyring);
}

/// Another service is running today: KeePassXC is not, and D-Bus started gnome-keyring.
#[tokio::test]
async fn n12_missing_item_keeps_session_and_account() {
    let mut world = World::signed_in().await;
    let (name, kept) = item(&world);
    world.store.memory.delete(&name).await.unwrap();
    renew(&world).await;
    assert_eq!(persistence(&world), Persistence::Keyring);
    assert_eq!(
        world.store.memory.names(),
        std::slice::from_ref(&name),
        "the session is in the service that answers"
    );

    let newest = item(&world).1;
    world.store.memory.delete(&name).await.unwrap();
    world.restart().await;
    assert_eq!(notice(&world), None);
    world.store.memory.set(&name, kept).await.unwrap();
    world.restart().await;
    assert!(matches!(world.freshness(), Freshness::Live { .. }), "the first service is back");
    drop(newest);
}

#[tokio::test]
async fn n16_locked_keyring_that_looks_empty_is_not_erased() {
    let mut world = World::signed_in().await;
    world.store.memory.set_problem(Some(StoreError::Locked));
    let error = world.app.sign_out(&world.alice(), false).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::StoreLocked));
    world.store.memory.set_problem(None);
    assert_eq!(world.store.memory.names().len(), 1);
    world.restart().await;
    world.assert_nothing_left();
}

#[tokio::test]
async fn n14_session_in_memory_is_kept_once_the_keyring_works() {
    let mut world = World::new().await;
    for problem in [StoreError::Absent, StoreError::Locked, StoreError::NoCollection, StoreError::Refused] {
        world.store.memory.set_problem(Some(problem));
        world.app.sign_in().await.unwrap();
        assert_eq!(persistence(&world), Persistence::MemoryOnly { reason: problem.into() });
        let error = world.app.session_keep(&world.alice()).await.unwrap_err();
        assert!(matches!(error, account_core::Error::Store(still) if still == problem), "{error:?}");
        world.store.memory.set_problem(None);
        world.app.session_keep(&world.alice()).await.unwrap();
        assert_eq!(persistence(&world), Persistence::Keyring);
        world.restart().await;
        assert!(matches!(world.freshness(), Freshness::Live { .. }));
        world.app.sign_out(&world.alice(), false).await.unwrap();
    }
}

/// A dialog that was cancelled is the only one: neither the probe nor pending revocations prompt again.
#[tokio::test]
async fn n12_cancelled_dialog_is_not_repeated() {
    for answer in [Ok(None), Err(StoreError::Locked)] {
        let mut world = World::signed_in().await;
        world.cut("/oidc/token/revocation");
        world.app.sign_out(&world.alice(), false).await.unwrap();
        world.sandbox.faults().clear();
        world.app.sign_in().await.unwrap();
        let store = Arc::new(Dialogs { answer, clock: world.clock.clone(), shown: AtomicUsize::new(0) });
        world.app = world.app_with_store(Arc::<Dialogs>::clone(&store));
        world.app.start().await;
        assert_eq!(notice(&world), Some(Code::App(AppCode::StoreLocked)));
        assert_eq!(store.shown.load(Ordering::SeqCst), 1);
        assert_eq!(world.store.memory.names().len(), 1);
    }
}

/// Can be read, but not written.
struct Unwritable(MemoryStore);

impl TokenStore for Unwritable {
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        self.0.get(name)
    }

    fn set(&self, _: &str, _: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        Box::pin(std::future::ready(Err(StoreError::Refused)))
    }

    fn delete(&self, _: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        Box::pin(std::future::ready(Err(StoreError::Refused)))
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.0.probe()
    }
}

/// Shows a dialog at each call, which is cancelled after four seconds.
struct Dialogs {
    answer: Result<Option<SecretString>, StoreError>,
    clock: TestClock,
    shown: AtomicUsize,
}

impl Dialogs {
    fn cancelled<T: Send + 'static>(
        &self,
        answer: Result<T, StoreError>,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        self.shown.fetch_add(1, Ordering::SeqCst);
        let clock = self.clock.clone();
        Box::pin(async move {
            clock.advance(Duration::from_secs(4));
            answer
        })
    }
}

impl TokenStore for Dialogs {
    fn get(&self, _: &str) -> BoxFuture<'static, Result<Option<SecretString>, StoreError>> {
        self.cancelled(self.answer.clone())
    }

    fn set(&self, _: &str, _: SecretString) -> BoxFuture<'static, Result<(), StoreError>> {
        self.cancelled(Err(StoreError::Locked))
    }

    fn delete(&self, _: &str) -> BoxFuture<'static, Result<(), StoreError>> {
        self.cancelled(Err(StoreError::Locked))
    }

    fn probe(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.cancelled(Err(StoreError::Locked))
    }
}
