//! The last known view at rest (decision 10) and being offline.

use std::time::Duration;

use account_api::app::{AppState, Freshness};
use account_api::error::{AppCode, Code, ServerCode};
use serde_json::json;

use crate::support::World;
use crate::support::http::Answer;
use crate::support::scripts::settings_server;

#[tokio::test]
async fn offline_last_known_view_is_shown_then_refreshed() {
    let mut world = World::signed_in().await;
    let seen_at = world.clock.read();
    world.advance(Duration::from_secs(3600));
    world.cut("/oidc");
    world.restart().await;
    assert_eq!(world.account().user_id, world.alice());
    assert_eq!(
        world.freshness(),
        Freshness::Stale { at: Some(seen_at), cause: Code::App(AppCode::Offline), detail: None }
    );

    // It retries by itself, with growing pauses.
    world.sandbox.clear_request_log();
    for pause in [5, 10, 20, 40] {
        assert!(world.app.waits_to_ask_again());
        let asked = world.host.seen(|seen| seen.states.len());
        world.advance(Duration::from_secs(pause));
        let stale =
            |state: &AppState| matches!(state, AppState::SignedIn { freshness: Freshness::Stale { .. }, .. });
        world.host.until("asked again", |seen| seen.states[asked..].iter().any(stale)).await;
    }
    assert_eq!(world.requests_to("/oidc/.well-known/openid-configuration"), 4);

    world.sandbox.faults().clear();
    let until = world.host.seen(|seen| seen.states.len());
    world.advance(Duration::from_secs(80));
    let live =
        |state: &AppState| matches!(state, AppState::SignedIn { freshness: Freshness::Live { .. }, .. });
    world.host.until("live again", |seen| seen.states[until..].iter().any(live)).await;
}

/// The server returns a `Retry-After` of a minute and a half: that is respected, and then the pauses grow.
#[tokio::test]
async fn n29_retry_after_is_respected() {
    let world = World::new().await;
    let refusal = json!({
        "code": "upstream_unavailable", "message": "", "request_id": "r-1",
        "detail": {"kind": "retry_after", "seconds": 90}
    });
    let server = settings_server(&world, move |_| Answer::json(503, &refusal)).await;
    let reads = || server.asked().iter().filter(|asked| asked.target == "/account").count();
    let app = world.app_at(&server.base);
    app.start().await;
    app.sign_in().await.unwrap();
    let AppState::SignedIn { freshness, .. } = app.state() else { panic!() };
    assert_eq!(
        freshness,
        Freshness::Stale { at: None, cause: Code::Server(ServerCode::UpstreamUnavailable), detail: None }
    );
    for (reads_so_far, pause) in [(1, 90), (2, 180), (3, 300)] {
        while world.clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(reads(), reads_so_far);
        let states = world.host.seen(|seen| seen.states.len());
        world.clock.advance(Duration::from_secs(pause - 1));
        assert_eq!((reads(), world.clock.sleepers()), (reads_so_far, 1), "no task woke");
        world.clock.advance(Duration::from_secs(1));
        let stale =
            |state: &AppState| matches!(state, AppState::SignedIn { freshness: Freshness::Stale { .. }, .. });
        world.host.until("asked again", |seen| seen.states[states..].iter().any(stale)).await;
    }
}

#[tokio::test]
async fn n29_retry_after_of_days_is_capped_at_an_hour() {
    let world = World::new().await;
    let refusal = json!({
        "code": "upstream_unavailable", "message": "", "request_id": "r-1",
        "detail": {"kind": "retry_after", "seconds": 4_000_000_000_u32}
    });
    let server = settings_server(&world, move |_| Answer::json(503, &refusal)).await;
    let app = world.app_at(&server.base);
    app.start().await;
    app.sign_in().await.unwrap();
    while world.clock.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    let reads = || server.asked().iter().filter(|asked| asked.target == "/account").count();
    let before = reads();
    let states = world.host.seen(|seen| seen.states.len());
    // Both clocks: the access token has expired by then.
    world.advance(Duration::from_secs(60 * 60));
    let stale =
        |state: &AppState| matches!(state, AppState::SignedIn { freshness: Freshness::Stale { .. }, .. });
    world.host.until("asked again", |seen| seen.states[states..].iter().any(stale)).await;
    assert_eq!(reads(), before + 1);
}

#[tokio::test]
async fn sealed_file_opens_only_with_key_from_keyring() {
    let world = World::signed_in().await;
    let files = world.view_files();
    assert_eq!(files.len(), 1);
    for (path, content) in world.files() {
        let content = String::from_utf8_lossy(&content).into_owned();
        for canary in ["Alice", "alice@example.test", "15550000001"] {
            assert!(!content.contains(canary), "{canary} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn damaged_or_foreign_file_is_removed_and_app_continues() {
    let good = {
        let world = World::signed_in().await;
        std::fs::read(&world.view_files()[0]).unwrap()
    };
    let cases: [Vec<u8>; 6] = [
        Vec::new(),
        b"LATCHKV1".to_vec(),
        b"LATCHKV1 and far too short".to_vec(),
        vec![0xff; 4096],
        // Another account's file, in place of this one's.
        good,
        vec![b'x'; 2 * 1024 * 1024],
    ];
    for content in cases {
        let mut world = World::signed_in().await;
        let file = world.view_files().remove(0);
        std::fs::write(&file, &content).unwrap();
        world.cut("/oidc");
        world.advance(Duration::from_secs(3600));
        world.restart().await;
        let AppState::SignedIn { account, freshness, .. } = world.app.state() else { panic!() };
        assert_eq!(account, None);
        assert_eq!(
            freshness,
            Freshness::Stale { at: None, cause: Code::App(AppCode::Offline), detail: None }
        );
        assert!(world.view_files().is_empty(), "the file is gone");
    }
}
