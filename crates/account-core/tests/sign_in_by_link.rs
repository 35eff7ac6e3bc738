//! A sign-in that the browser returns from by a link of the private scheme (N3, N4, N7).

use account_api::app::{AppState, BrowserReturn};
use account_api::error::{AppCode, Code};

use crate::support::host::{parameter, replace};
use crate::support::requests::needed;
use crate::support::{TestUser, World};

async fn world() -> World {
    let world = World::new().await;
    let settings = world.app.settings_set_browser_return(BrowserReturn::Link).unwrap();
    assert_eq!((settings.browser_return, settings.links_go_elsewhere), (BrowserReturn::Link, false));
    world
}

/// Waits until the browser was sent to a link, and returns it.
async fn link(world: &World) -> String {
    world.host.until("a link", |seen| seen.landed.last().is_some_and(|url| url.starts_with("app."))).await;
    world.host.seen(|seen| seen.landed.pop().unwrap())
}

#[tokio::test]
async fn n7_browser_returns_by_a_link() {
    let world = world().await;
    let (signed_in, ()) = tokio::join!(world.app.sign_in(), async {
        let link = link(&world).await;
        assert!(link.starts_with("app.latchkey.dev://callback?"), "{link}");
        world.app.open_link(&link).unwrap();
        // A browser may send it twice: the second is taken or refused, and causes nothing.
        drop(world.app.open_link(&link));
    });
    signed_in.unwrap();
    let log = world.sandbox.request_log();
    let tokens = log.iter().filter(|request| request.path == "/oidc/token").count();
    assert_eq!(tokens, 2, "one exchange, and the server's own token");
    assert!(matches!(world.app.state(), AppState::SignedIn { .. }));
    let opened = world.host.seen(|seen| seen.opened[0].clone());
    assert_eq!(parameter(&opened, "redirect_uri").unwrap(), "app.latchkey.dev://callback");
    let late = world.app.open_link("app.latchkey.dev://callback?code=a&state=b").unwrap_err();
    assert_eq!(late.code(), Code::App(AppCode::SignInStartAgain));
}

#[tokio::test]
async fn n3_foreign_links_do_not_end_a_sign_in() {
    let world = world().await;
    let (signed_in, ()) = tokio::join!(world.app.sign_in(), async {
        let link = link(&world).await;
        let url = url::Url::parse(&link).unwrap();
        let changed = |name: &str, value: Option<&str>| {
            let mut url = url.clone();
            replace(&mut url, name, value);
            url.to_string()
        };
        for foreign in [
            changed("state", Some("another")),
            changed("state", None),
            "app.latchkey.dev://callback?error=access_denied&state=another".to_owned(),
        ] {
            world.app.open_link(&foreign).unwrap();
            tokio::task::yield_now().await;
        }
        // More at once than are kept.
        for _ in 0..10 {
            drop(world.app.open_link("app.latchkey.dev://callback?code=a&state=another"));
        }
        tokio::task::yield_now().await;
        world.app.open_link(&link).unwrap();
    });
    signed_in.unwrap();
}

#[tokio::test]
async fn n4_answer_of_another_issuer_is_refused() {
    let world = world().await;
    let (refused, ()) = tokio::join!(world.app.sign_in(), async {
        let mut url = url::Url::parse(&link(&world).await).unwrap();
        replace(&mut url, "iss", Some("https://other.example.test/oidc"));
        world.app.open_link(url.as_str()).unwrap();
    });
    assert_eq!(refused.unwrap_err().code(), Code::App(AppCode::SignInMismatch));
}

#[tokio::test]
async fn n7_denied_by_a_link_is_denied() {
    let world = world().await;
    world.host.seat(TestUser::Denies);
    let (denied, ()) = tokio::join!(world.app.sign_in(), async {
        world.app.open_link(&link(&world).await).unwrap();
    });
    assert_eq!(denied.unwrap_err().code(), Code::App(AppCode::SignInDenied));
}

/// Another program has registered the scheme: it would get the code, without the verifier.
#[tokio::test]
async fn n7_loopback_is_used_where_links_open_another_program() {
    let world = world().await;
    world.host.seen(|seen| seen.links_go_elsewhere = true);
    assert!(world.app.settings().links_go_elsewhere);
    world.app.sign_in().await.unwrap();
    let opened = world.host.seen(|seen| seen.opened[0].clone());
    assert!(parameter(&opened, "redirect_uri").unwrap().starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn b9_step_up_returns_by_a_link() {
    let mut world = world().await;
    world.app.settings_set_browser_return(BrowserReturn::Loopback).unwrap();
    world.app.sign_in().await.unwrap();
    world.app.settings_set_browser_return(BrowserReturn::Link).unwrap();
    world.restart().await;
    let (app, alice) = (&world.app, world.alice());
    assert_eq!(app.settings().browser_return, BrowserReturn::Link, "it was kept");
    let step_up = needed(app.sessions_end_others(&alice, Default::default()).await.unwrap());
    let (proven, ()) = tokio::join!(app.step_up_browser(&alice, &step_up.id), async {
        app.open_link(&link(&world).await).unwrap();
    });
    proven.unwrap();
}
