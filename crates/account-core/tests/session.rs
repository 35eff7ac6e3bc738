//! Staying signed in: N12, N14, N15, and the effect of errors of the servers on a session.

use std::sync::Arc;
use std::time::Duration;

use account_api::account::{AccountUpdateRequest, Change};
use account_api::app::{AppState, Freshness, KeyringProblem, Persistence};
use account_api::error::{AppCode, Code, ServerCode};
use account_core::{App, StoreError};

use crate::support::{BOB, World};

/// Longer than an access token lives, shorter than anything else.
const TOKEN_LIFETIME: Duration = Duration::from_secs(600);

fn notice(app: &App) -> Option<Code> {
    match app.state() {
        AppState::SignedOut { notice, .. } => notice,
        other => panic!("not signed out: {other:?}"),
    }
}

fn persistence(app: &App) -> Persistence {
    match app.state() {
        AppState::SignedIn { persistence, .. } => persistence,
        other => panic!("not signed in: {other:?}"),
    }
}

fn stored_refresh_token(world: &World) -> String {
    let items = world.store.memory.contents();
    let [item] = items.as_slice() else { panic!("{} items", items.len()) };
    serde_json::from_str::<serde_json::Value>(item).unwrap()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn n12_one_item_per_issuer_client_and_user_no_token_in_file() {
    let world = World::signed_in().await;
    let alice = world.store.memory.names();
    assert_eq!(alice.len(), 1);
    assert!(alice[0].starts_with("session:") && !alice[0].contains(&world.alice()));

    world.host.set_user(BOB, world.sandbox.browser());
    let second = world.another_app();
    // A second app at the same server first finds Alice, so Bob signs in after her.
    second.start().await;
    assert!(matches!(second.state(), AppState::SignedIn { account_id, .. } if account_id == world.alice()));
    second.sign_out(&world.alice(), false).await.unwrap();
    second.sign_in().await.unwrap();
    let bob = world.store.memory.names();
    assert_eq!(bob.len(), 1);
    assert_ne!(alice, bob);

    let tokens: Vec<String> =
        world.sandbox.issued_secrets().into_iter().filter(|secret| secret.len() >= 16).collect();
    assert!(tokens.len() > 5);
    for (path, content) in world.files() {
        let content = String::from_utf8_lossy(&content).into_owned();
        for token in &tokens {
            assert!(!content.contains(token.as_str()), "{} holds a token", path.display());
        }
    }
}

#[tokio::test]
async fn n12_the_access_token_is_in_no_keyring_item() {
    let world = World::signed_in().await;
    let items = world.store.memory.contents().join("\n");
    assert!(items.contains("refresh_token"));
    let access_tokens: Vec<String> =
        world.sandbox.issued_secrets().into_iter().filter(|secret| secret.starts_with("eyJ")).collect();
    assert!(!access_tokens.is_empty());
    assert!(access_tokens.iter().all(|token| !items.contains(token.as_str())));
}

#[tokio::test]
async fn n14_session_of_closed_app_is_restored_at_next_start() {
    let mut world = World::signed_in().await;
    world.app.close().await;
    world.restart().await;
    assert!(matches!(world.app.state(), AppState::SignedIn { .. }));
    // Locked in mid-session: the item and the sealed copy stay, and make a session again.
    world.store.memory.set_problem(Some(StoreError::Locked));
    world.advance(TOKEN_LIFETIME);
    world.app.account_refresh(&world.alice()).await.unwrap();
    assert_eq!(persistence(&world.app), Persistence::MemoryOnly { reason: KeyringProblem::Locked });
    world.app.close().await;
    world.store.memory.set_problem(None);
    world.restart().await;
    world.app.account_refresh(&world.alice()).await.unwrap();
    assert_eq!(world.sandbox.grants("alice").len(), 1);
}

#[tokio::test]
async fn n14_closing_waits_two_seconds_for_a_silent_logto() {
    let world = World::new().await;
    world.store.memory.set_problem(Some(StoreError::Absent));
    world.app.sign_in().await.unwrap();
    world.fault("/oidc/token/revocation", logto_sandbox::FaultAction::Delay(60_000), None);
    tokio::time::timeout(Duration::from_secs(10), world.app.close()).await.expect("the app ends");
}

#[tokio::test]
async fn n14_without_keyring_session_is_in_memory_only() {
    for (problem, reason) in
        [(StoreError::Absent, KeyringProblem::Absent), (StoreError::Locked, KeyringProblem::Locked)]
    {
        let mut world = World::new().await;
        world.store.memory.set_problem(Some(problem));
        world.app.sign_in().await.unwrap();
        assert_eq!(persistence(&world.app), Persistence::MemoryOnly { reason });
        world.advance(TOKEN_LIFETIME);
        world.app.account_refresh(&world.alice()).await.unwrap();
        assert_eq!(persistence(&world.app), Persistence::MemoryOnly { reason });

        world.assert_nothing_left();
        let secrets = world.sandbox.issued_secrets();
        for (path, content) in world.files() {
            let content = String::from_utf8_lossy(&content).into_owned();
            assert!(secrets.iter().all(|secret| !content.contains(secret.as_str())), "{}", path.display());
        }
        assert_eq!(world.sandbox.grants("alice").len(), 1);
        world.app.close().await;
        assert!(world.sandbox.grants("alice").is_empty(), "a grant that no app can use stays at Logto");
        world.restart().await;
        assert_eq!(notice(&world.app), None, "the session ended with the app");
    }
}

#[tokio::test]
async fn n14_locked_keyring_at_start_is_shown_and_erases_nothing() {
    let problems = [
        (StoreError::Locked, Code::App(AppCode::StoreLocked)),
        (StoreError::Absent, Code::App(AppCode::StoreAbsent)),
        (StoreError::NoCollection, Code::App(AppCode::StoreNoCollection)),
        (StoreError::Refused, Code::App(AppCode::StoreRefused)),
    ];
    for (problem, code) in problems {
        let mut world = World::signed_in().await;
        let views = world.view_files();
        world.store.memory.set_problem(Some(problem));
        world.restart().await;
        assert_eq!(notice(&world.app), Some(code));
        assert_eq!(world.view_files(), views);
        world.store.memory.set_problem(None);
        world.restart().await;
        assert_eq!(persistence(&world.app), Persistence::Keyring);
        assert_eq!(world.account().user_id, world.alice());
    }
}

#[tokio::test]
async fn keyring_that_waits_for_user_is_shown_after_two_seconds() {
    let world = World::signed_in().await;
    world.store.let_read(false);
    let app = world.another_app();
    let starting = Arc::clone(&app);
    let start = tokio::spawn(async move { starting.start().await });
    while world.clock.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.state(), AppState::Starting { waiting_for_keyring: false });
    world.clock.advance(Duration::from_secs(2));
    let waits = |state: &AppState| *state == AppState::Starting { waiting_for_keyring: true };
    world.host.until("the wait is shown", |seen| seen.states.iter().any(waits)).await;
    world.store.let_read(true);
    start.await.unwrap();
    assert!(matches!(app.state(), AppState::SignedIn { freshness: Freshness::Live { .. }, .. }));
}

#[tokio::test]
async fn n15_twenty_parallel_commands_renew_once() {
    let world = World::signed_in().await;
    let before = world.token_requests("refresh_token");
    world.advance(TOKEN_LIFETIME);
    let commands: Vec<_> = (0..20)
        .map(|_| {
            let (app, alice) = (Arc::clone(&world.app), world.alice());
            tokio::spawn(async move { app.account_refresh(&alice).await })
        })
        .collect();
    for command in commands {
        command.await.unwrap().unwrap();
    }
    assert_eq!(world.token_requests("refresh_token"), before + 1);
}

#[tokio::test]
async fn n15_two_processes_never_reuse_a_refresh_token() {
    let world = World::signed_in().await;
    let second = world.another_app();
    second.start().await;
    for _ in 0..3 {
        world.advance(TOKEN_LIFETIME);
        let alice = world.alice();
        let (first, other) = tokio::join!(world.app.account_refresh(&alice), second.account_refresh(&alice));
        first.unwrap();
        other.unwrap();
        // After the time in which Logto accepts a used token once more.
        world.advance(Duration::from_secs(5));
    }
    assert_eq!(persistence(&world.app), Persistence::Keyring);
    assert_eq!(persistence(&second), Persistence::Keyring);
}

/// The first process has used the refresh token and not saved the new one yet: the second waits.
#[tokio::test]
async fn n15_a_second_process_waits_until_the_first_has_saved() {
    let world = World::signed_in().await;
    let second = world.app_with_store(Arc::new(world.store.of_the_next_process()));
    second.start().await;
    let before = world.token_requests("refresh_token");
    world.advance(TOKEN_LIFETIME);
    world.store.let_write(false);
    let (app, alice) = (Arc::clone(&world.app), world.alice());
    let first = tokio::spawn(async move { app.account_refresh(&alice).await });
    world.store.until_somebody_writes().await;

    let alice = world.alice();
    let mut waiting = std::pin::pin!(second.account_refresh(&alice));
    let too_early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(too_early.is_err(), "the second process did not wait");
    assert_eq!(world.token_requests("refresh_token"), before + 1);
    world.store.let_write(true);
    first.await.unwrap().unwrap();
    waiting.await.unwrap();
    assert_eq!(world.token_requests("refresh_token"), before + 2);
}

#[tokio::test]
async fn n15_rotated_token_is_saved_before_access_token_is_used() {
    let world = World::signed_in().await;
    let old = stored_refresh_token(&world);
    world.advance(TOKEN_LIFETIME);
    world.store.let_write(false);
    let path = format!("/api/users/{}", world.alice());
    let reads = world.requests_to(&path);
    let (app, alice) = (Arc::clone(&world.app), world.alice());
    let refreshing = tokio::spawn(async move { app.account_refresh(&alice).await });
    world.store.until_somebody_writes().await;
    assert_eq!(world.requests_to(&path), reads, "nothing is asked while the token is not saved");
    world.store.let_write(true);
    refreshing.await.unwrap().unwrap();
    assert_eq!(world.requests_to(&path), reads + 1);
    assert_ne!(stored_refresh_token(&world), old);
}

#[tokio::test]
async fn n15_crash_between_answer_and_keyring_keeps_the_session() {
    let world = crashed_before_the_keyring_had_the_token().await;
    world.app.start().await;
    assert!(matches!(world.freshness(), Freshness::Live { .. }), "the sealed copy had it");
}

#[tokio::test]
async fn n15_crash_before_copy_is_repaired_by_new_sign_in() {
    let world = crashed_before_the_keyring_had_the_token().await;
    std::fs::remove_dir_all(world.config.data_dir.join("tokens")).unwrap();
    world.app.start().await;
    assert_eq!(notice(&world.app), Some(Code::App(AppCode::SessionEnded)));
    world.assert_nothing_left();
    world.app.sign_in().await.unwrap();
    assert_eq!(world.account().user_id, world.alice());
}

/// Returns a world in which the app has used its refresh token and ended; the next process has not started yet.
async fn crashed_before_the_keyring_had_the_token() -> World {
    let mut world = World::signed_in().await;
    world.advance(TOKEN_LIFETIME);
    world.store.let_write(false);
    let (app, alice) = (Arc::clone(&world.app), world.alice());
    let refreshing = tokio::spawn(async move { app.account_refresh(&alice).await });
    world.store.until_somebody_writes().await;
    // The process ends here: the keyring still holds the token that was just used up.
    refreshing.abort();
    drop(refreshing.await);
    world.store = world.store.of_the_next_process();
    world.app = world.another_app();
    world.sandbox.clock().advance(Duration::from_secs(5));
    std::fs::remove_dir_all(world.config.data_dir.join("locks")).unwrap();
    world
}

#[tokio::test]
async fn n15_invalid_grant_signs_out_and_erases_everything() {
    let world = World::signed_in().await;
    assert_eq!(world.view_files().len(), 1);
    world.sandbox.suspend_user("alice", true);
    world.advance(TOKEN_LIFETIME);
    let error = world.app.account_refresh(&world.alice()).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::SessionEnded));
    assert_eq!(notice(&world.app), Some(Code::App(AppCode::SessionEnded)));
    world.assert_nothing_left();
    assert_eq!(
        world.app.account_refresh(&world.alice()).await.unwrap_err().code(),
        Code::App(AppCode::SignedOut)
    );
}

#[tokio::test]
async fn refused_token_is_renewed_once_and_request_repeated() {
    let world = World::signed_in().await;
    let before = world.token_requests("refresh_token");
    // The clocks of the server and of the identity provider are ahead of this machine's: its token looks fresh here.
    world.server_clock.advance(Duration::from_secs(700));
    world.sandbox.clock().advance(Duration::from_secs(700));
    let change = Change { from: Some("Alice Example".to_owned()), to: Some("Alice Later".to_owned()) };
    let request = AccountUpdateRequest { name: Some(change), ..AccountUpdateRequest::default() };
    world.app.account_update(&world.alice(), request).await.unwrap();
    assert_eq!(world.token_requests("refresh_token"), before + 1);
    assert_eq!(world.sandbox.user_json("alice")["name"], "Alice Later");
}

/// The server refuses every token of the identity provider: that is the server's fault, not the session's.
#[tokio::test]
async fn session_is_kept_when_renewed_token_is_refused_too() {
    let mut world = World::signed_in().await;
    let (items, views) = (world.store.memory.names(), world.view_files());
    let seen_at = world.clock.read();
    // By the server's clock every token of the identity provider has expired.
    world.server_clock.advance(Duration::from_secs(7200));
    let error = world.app.account_refresh(&world.alice()).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::Unauthorized));
    assert_eq!(
        world.freshness(),
        Freshness::Stale { at: Some(seen_at), cause: Code::Server(ServerCode::Unauthorized), detail: None }
    );
    assert_eq!((world.store.memory.names(), world.view_files()), (items, views));
    world.restart().await;
    assert_eq!(world.account().user_id, world.alice());
    assert_eq!(
        world.freshness(),
        Freshness::Stale { at: Some(seen_at), cause: Code::Server(ServerCode::Unauthorized), detail: None }
    );
}

/// The identity provider has rotated the token and the connection broke: within three seconds it accepts the old one
/// once more.
#[tokio::test]
async fn n15_lost_answer_after_rotation_is_requested_once_more() {
    let world = World::signed_in().await;
    let before = world.token_requests("refresh_token");
    world.advance(TOKEN_LIFETIME);
    let rotated = crate::sign_out::refresh_answer(&world, &stored_refresh_token(&world)).await;
    assert_eq!(rotated, 200);
    world.fault("/oidc/token", logto_sandbox::FaultAction::Drop, Some(1));
    world.app.account_refresh(&world.alice()).await.unwrap();
    assert_eq!(world.token_requests("refresh_token"), before + 3, "rotated, lost, and asked once more");
    assert!(matches!(world.freshness(), Freshness::Live { .. }));
}

#[tokio::test]
async fn start_for_another_resource_keeps_stored_session() {
    let mut world = World::signed_in().await;
    let before = (world.store.memory.names(), world.view_files());
    world.config.pinned_resource = Some("https://pinned.example.test/api".to_owned());
    world.restart().await;
    assert_eq!(notice(&world.app), None);
    assert_eq!((world.store.memory.names(), world.view_files()), before);
    world.config.pinned_resource = None;
    world.restart().await;
    assert_eq!(world.account().user_id, world.alice());
}

#[tokio::test]
async fn deleted_user_is_erased_from_app() {
    let world = World::signed_in().await;
    world.sandbox.delete_user("alice");
    let id = match world.app.state() {
        AppState::SignedIn { account_id, .. } => account_id,
        other => panic!("{other:?}"),
    };
    let error = world.app.account_refresh(&id).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::AccountNotFound));
    assert_eq!(notice(&world.app), Some(Code::Server(ServerCode::AccountNotFound)));
    assert!(world.store.memory.names().is_empty());
    assert!(world.view_files().is_empty());
}

#[tokio::test]
async fn suspended_user_is_notified() {
    let world = World::signed_in().await;
    world.sandbox.patch_user("alice", &serde_json::json!({"isSuspended": true}));
    let error = world.app.account_refresh(&world.alice()).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::AccountSuspended));
    assert!(matches!(
        world.freshness(),
        Freshness::Stale { cause: Code::Server(ServerCode::AccountSuspended), .. }
    ));
}

#[tokio::test]
async fn keyring_locked_in_mid_session_leaves_memory_session() {
    let world = World::signed_in().await;
    world.store.memory.set_problem(Some(StoreError::Locked));
    world.advance(TOKEN_LIFETIME);
    world.app.account_refresh(&world.alice()).await.unwrap();
    assert_eq!(persistence(&world.app), Persistence::MemoryOnly { reason: KeyringProblem::Locked });
    assert!(world.view_files().is_empty(), "no keyring, no file");
}

#[tokio::test]
async fn session_signed_out_by_another_process_ends() {
    let world = World::signed_in().await;
    let second = world.another_app();
    second.start().await;
    second.sign_out(&world.alice(), false).await.unwrap();
    world.advance(TOKEN_LIFETIME);
    let error = world.app.account_refresh(&world.alice()).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::SessionEnded));
    world.assert_nothing_left();
}
