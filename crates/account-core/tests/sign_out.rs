//! N16: signing out, at once and after being offline.

use std::time::Duration;

use account_api::app::AppState;
use account_api::error::{AppCode, Code};
use account_core::StoreError;

use crate::support::World;

const REVOCATION: &str = "/oidc/token/revocation";

fn revocations(world: &World) -> usize {
    let log = world.sandbox.request_log();
    log.iter().filter(|request| request.path == REVOCATION && request.status == 200).count()
}

/// Uses a refresh token as an attacker would.
pub(crate) async fn refresh_answer(world: &World, token: &str) -> u16 {
    let issuer = url::Url::parse(&world.sandbox.issuer()).unwrap();
    let host = format!("{}:{}", issuer.host_str().unwrap(), issuer.port().unwrap());
    let body = format!(
        "grant_type=refresh_token&refresh_token={token}&client_id={}",
        world.sandbox.native_client_id()
    );
    let request = format!(
        "POST /oidc/token HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    crate::support::http::raw(&host, request.as_bytes()).await.unwrap().status
}

fn stored_refresh_token(world: &World) -> String {
    let item = world.store.memory.contents().remove(0);
    serde_json::from_str::<serde_json::Value>(&item).unwrap()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn n16_refresh_token_is_revoked_at_once_and_nothing_is_left() {
    let world = World::signed_in().await;
    let token = stored_refresh_token(&world);
    world.app.sign_out(&world.alice(), false).await.unwrap();
    assert!(matches!(world.app.state(), AppState::SignedOut { notice: None, .. }));
    assert_eq!(revocations(&world), 1);
    assert_eq!(refresh_answer(&world, &token).await, 400);
    world.assert_nothing_left();
    assert_eq!(world.host.seen(|seen| seen.opened.len()), 1, "the browser's session is left alone");
}

#[tokio::test]
async fn n16_token_signed_out_offline_is_revoked_at_next_start() {
    let mut world = World::signed_in().await;
    let token = stored_refresh_token(&world);
    world.cut(REVOCATION);
    world.app.sign_out(&world.alice(), false).await.unwrap();
    assert!(matches!(world.app.state(), AppState::SignedOut { notice: None, .. }));
    assert!(world.view_files().is_empty());
    let items = world.store.memory.names();
    assert_eq!(items.len(), 1);
    assert!(items[0].starts_with("pending-revocation:"));

    let refreshes = world.token_requests("refresh_token");
    world.restart().await;
    assert!(matches!(world.app.state(), AppState::SignedOut { .. }), "the token is used for nothing else");
    assert_eq!(world.token_requests("refresh_token"), refreshes);
    assert_eq!(world.store.memory.names(), items);

    world.sandbox.faults().clear();
    world.restart().await;
    assert_eq!(revocations(&world), 1);
    assert_eq!(refresh_answer(&world, &token).await, 400);
    world.assert_nothing_left();
}

#[tokio::test]
async fn n16_token_signed_out_offline_is_revoked_once_online() {
    let world = World::signed_in().await;
    world.cut(REVOCATION);
    world.app.sign_out(&world.alice(), false).await.unwrap();
    assert!(world.app.waits_to_ask_again());
    world.sandbox.faults().clear();
    while world.clock.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    world.advance(Duration::from_secs(5));
    while world.app.waits_to_ask_again() {
        tokio::task::yield_now().await;
    }
    assert_eq!(revocations(&world), 1);
    world.assert_nothing_left();
}

#[tokio::test]
async fn n16_token_never_revoked_is_erased_after_its_lifetime() {
    let mut world = World::signed_in().await;
    world.cut(REVOCATION);
    world.app.sign_out(&world.alice(), false).await.unwrap();
    world.restart().await;
    assert_eq!(world.store.memory.names().len(), 1);
    world.advance(Duration::from_secs(180 * 24 * 3600));
    world.restart().await;
    world.assert_nothing_left();
    assert_eq!(revocations(&world), 0);
}

#[tokio::test]
async fn n16_ending_browser_session_is_optional() {
    let world = World::signed_in().await;
    world.app.sign_out(&world.alice(), true).await.unwrap();
    assert_eq!(revocations(&world), 1);
    world.host.until("the browser's session ends", |seen| seen.landed.len() == 2).await;
    let (url, landed) = world.host.seen(|seen| (seen.opened[1].clone(), seen.landed[1].clone()));
    assert_eq!(url.path(), "/oidc/session/end");
    assert!(landed.starts_with("app.latchkey.dev://signed-out"), "{landed}");
    assert!(!url.as_str().contains("token"), "no token in an address");
    world.app.open_link(&landed).unwrap();
}

#[tokio::test]
async fn n16_item_kept_by_keyring_is_not_reported_as_success() {
    let world = World::signed_in().await;
    world.store.memory.set_problem(Some(StoreError::Locked));
    let error = world.app.sign_out(&world.alice(), false).await.unwrap_err();
    assert_eq!(error.code(), Code::App(AppCode::StoreLocked));
    assert!(matches!(world.app.state(), AppState::SignedOut { .. }));
    assert_eq!(revocations(&world), 1, "what the keyring keeps is dead");
    assert!(world.view_files().is_empty());
}

#[tokio::test]
async fn n16_memory_session_without_keyring_is_revoked() {
    let world = World::new().await;
    world.store.memory.set_problem(Some(StoreError::Absent));
    world.app.sign_in().await.unwrap();
    world.app.sign_out(&world.alice(), false).await.unwrap();
    assert_eq!(revocations(&world), 1);
    assert_eq!(
        world.app.sign_out(&world.alice(), false).await.unwrap_err().code(),
        Code::App(AppCode::SignedOut)
    );
}
