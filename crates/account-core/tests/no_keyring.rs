//! N14 without any keyring. Must be started without a bus (`DBUS_SESSION_BUS_ADDRESS` names none), never by a plain
//! `cargo test`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails where its support code does")]

#[expect(
    dead_code,
    unused_imports,
    reason = "the support code of the other tests; this one needs little of it"
)]
#[path = "support/mod.rs"]
mod support;

use std::sync::Arc;

use account_api::app::{AppState, KeyringProblem, Persistence};
use account_core::KeyringStore;

#[tokio::test]
async fn n14_without_dbus_session_is_in_memory_and_in_no_file() {
    let world = support::World::new().await;
    let app = world.app_with_store(Arc::new(KeyringStore::new("app.latchkey.dev.test")));
    app.start().await;
    app.sign_in().await.unwrap();
    let AppState::SignedIn { persistence, account: Some(_), .. } = app.state() else { panic!() };
    assert_eq!(persistence, Persistence::MemoryOnly { reason: KeyringProblem::Absent });
    let secrets = world.sandbox.issued_secrets();
    for (path, content) in world.files() {
        let content = String::from_utf8_lossy(&content).into_owned();
        assert!(secrets.iter().all(|secret| !content.contains(secret.as_str())), "{}", path.display());
    }
    assert!(world.view_files().is_empty());
}
