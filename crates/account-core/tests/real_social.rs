//! Linked social accounts over the whole staircase: the app's core, the real settings server and the sandbox in place of
//! Logto and the providers.

use std::time::Duration;

use account_api::app::Page;
use account_api::error::{AppCode, Code, ServerCode};
use account_api::social::{SocialForgetRequest, SocialLinkStart, SocialRestoreRequest, SocialUnlinkRequest};
use account_api::step_up::Purpose;
use logto_sandbox::{ProviderAccount, ProviderAnswer, ProviderOrder};
use reqwest::redirect::Policy;

use crate::support::requests::{ALICES_PASSWORD, done, needed, new_password};
use crate::support::{Setup, World};

async fn world() -> World {
    let world = World::with(Setup { social: true, ..Setup::default() }).await;
    world.app.sign_in().await.unwrap();
    world
}

fn start(target: &str) -> SocialLinkStart {
    SocialLinkStart { target: target.to_owned(), replaces: None }
}

async fn prove(world: &World, step_up: &str) {
    let password = new_password(ALICES_PASSWORD).password;
    world.app.step_up_password(&world.alice(), step_up, password).await.unwrap();
}

/// Begins to link an account. Returns the address that the browser was opened with.
async fn begin(world: &World, target: &str) -> String {
    let step_up = needed(world.app.social_link_begin(&world.alice(), start(target)).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::LinkSocial);
    prove(world, &step_up.id).await;
    let pending = done(world.app.social_link_begin(&world.alice(), start(target)).await.unwrap());
    assert_eq!((pending.target.as_str(), pending.expires_in), (target, 600));
    world.host.seen(|seen| seen.opened.last().unwrap().to_string())
}

/// Is the browser: authorizes, follows the redirect, and returns the deep link of the page.
async fn browse(world: &World, url: &str) -> String {
    let account = ProviderAccount { id: "account-42".to_owned(), ..ProviderAccount::default() };
    let back = world.sandbox.providers().continue_as(url, &account).await.unwrap();
    let http = reqwest::Client::builder().redirect(Policy::limited(2)).build().unwrap();
    let page = http.get(back.url).send().await.unwrap().text().await.unwrap();
    let (_, link) = page.split_once("<a href=\"").unwrap();
    link.split_once('"').unwrap().0.replace("&amp;", "&")
}

fn linked(world: &World, target: &str) -> bool {
    world.sandbox.user_json("alice")["identities"].get(target).is_some()
}

#[tokio::test]
async fn b25_account_is_linked_and_unlinked() {
    let world = world().await;
    let (app, alice) = (&world.app, world.alice());
    assert_eq!(app.pending_page(), None);
    let url = begin(&world, "github").await;
    app.social_link_reopen(&alice).await.unwrap();
    assert_eq!(world.host.seen(|seen| seen.opened.last().unwrap().to_string()), url, "the same again");
    let (answer, ()) = tokio::join!(app.social_link_wait(&alice), async {
        app.open_link(&browse(&world, &url).await).unwrap();
    });
    let answer = answer.unwrap();
    assert_eq!((answer.target.as_str(), answer.present.accounts.len()), ("github", 1));
    assert!(linked(&world, "github"));
    assert_eq!(world.host.seen(|seen| seen.navigations.last().copied()), Some(Page::Linked));
    assert_eq!(app.social_link_pending(&alice).await.unwrap(), None);

    let key = answer.present.accounts[0].key.clone();
    let request = SocialUnlinkRequest { target: "github".to_owned(), key };
    let step_up = needed(app.social_unlink(&alice, request.clone()).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::UnlinkSocial);
    prove(&world, &step_up.id).await;
    let view = done(app.social_unlink(&alice, request).await.unwrap());
    assert!(view.accounts.is_empty() && !linked(&world, "github"));

    let request = SocialRestoreRequest { key: view.former[0].key.clone(), replaces: None };
    let step_up = needed(app.social_restore(&alice, request.clone()).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::RestoreSocial);
    prove(&world, &step_up.id).await;
    let view = done(app.social_restore(&alice, request.clone()).await.unwrap());
    assert!(view.accounts.len() == 1 && view.former.is_empty() && linked(&world, "github"));
    let gone = app.social_restore(&alice, request).await.unwrap_err();
    assert_eq!(gone.code(), Code::Server(ServerCode::SocialNotRestorable));
}

#[tokio::test]
async fn b20_former_account_is_forgotten() {
    let world = world().await;
    let (app, alice) = (&world.app, world.alice());
    let url = begin(&world, "github").await;
    app.open_link(&browse(&world, &url).await).unwrap();
    let key = app.social_link_wait(&alice).await.unwrap().present.accounts[0].key.clone();
    let request = SocialUnlinkRequest { target: "github".to_owned(), key: key.clone() };
    prove(&world, &needed(app.social_unlink(&alice, request.clone()).await.unwrap()).id).await;
    assert_eq!(done(app.social_unlink(&alice, request).await.unwrap()).former.len(), 1);
    let request = SocialForgetRequest { key };
    let step_up = needed(app.social_forget(&alice, request.clone()).await.unwrap());
    assert_eq!(step_up.purpose, Purpose::ForgetSocial);
    prove(&world, &step_up.id).await;
    let view = done(app.social_forget(&alice, request).await.unwrap());
    assert!(view.former.is_empty() && !linked(&world, "github"));
}

/// The app was closed while the browser was at the provider: the deep link starts it, before its session is read.
#[tokio::test]
async fn n10_cold_start_finishes_the_link() {
    let mut world = world().await;
    let url = begin(&world, "github").await;
    let link = browse(&world, &url).await;
    world.app = world.another_app();
    world.app.open_link(&link).unwrap();
    world.app.start().await;
    let alice = world.alice();
    assert_eq!(world.app.pending_page(), Some(Page::Linked));
    assert_eq!(world.app.social_link_pending(&alice).await.unwrap().unwrap().target, "github");
    world.app.social_link_wait(&alice).await.unwrap();
    assert!(linked(&world, "github"));
}

#[tokio::test]
async fn b25_unreachable_provider_is_finished_later() {
    let world = world().await;
    let (app, alice) = (&world.app, world.alice());
    let url = begin(&world, "github").await;
    app.open_link(&browse(&world, &url).await).unwrap();
    let action =
        logto_sandbox::FaultAction::Status(500, Some(serde_json::json!({ "message": "fetch failed" })));
    world.fault("/identities", action, Some(1));
    let failed = app.social_link_wait(&alice).await.unwrap_err();
    assert_eq!(failed.code(), Code::Server(ServerCode::SocialProviderUnreachable));
    app.social_link_wait(&alice).await.unwrap();
    assert!(linked(&world, "github"));
}

#[tokio::test]
async fn b25_declined_cancelled_and_late_links_end() {
    let world = world().await;
    let (app, alice) = (&world.app, world.alice());
    let url = begin(&world, "github").await;
    let order =
        ProviderOrder { provider: "github".to_owned(), answer: ProviderAnswer::Refuse, times: Some(1) };
    world.sandbox.providers().push(order);
    app.open_link(&browse(&world, &url).await).unwrap();
    let declined = app.social_link_wait(&alice).await.unwrap_err();
    assert_eq!(declined.code(), Code::Server(ServerCode::SocialDeclined));

    begin(&world, "google").await;
    let (cancelled, ()) = tokio::join!(app.social_link_wait(&alice), async {
        let second = app.social_link_wait(&alice).await.unwrap_err();
        assert_eq!(second.code(), Code::App(AppCode::SocialLinkInProgress));
        app.social_link_cancel(&alice).await.unwrap();
    });
    assert_eq!(cancelled.unwrap_err().code(), Code::App(AppCode::SocialLinkCancelled));

    begin(&world, "mock-social").await;
    let (late, ()) = tokio::join!(app.social_link_wait(&alice), async {
        tokio::task::yield_now().await;
        world.clock.advance(Duration::from_secs(600));
    });
    assert_eq!(late.unwrap_err().code(), Code::App(AppCode::SocialLinkTimedOut));
    assert_eq!(app.social_link_pending(&alice).await.unwrap(), None);
    assert!(!linked(&world, "github") && !linked(&world, "google") && !linked(&world, "mock-social"));
}

#[tokio::test]
async fn b25_deep_link_of_another_link_is_told_and_does_nothing() {
    let world = world().await;
    let (app, alice) = (&world.app, world.alice());
    let secret = "A".repeat(43);
    app.open_link(&format!("app.latchkey.dev://social?state={secret}&handle={secret}")).unwrap();
    let unknown = app.social_link_pending(&alice).await.unwrap_err();
    assert_eq!(unknown.code(), Code::App(AppCode::SocialLinkUnknown));
    assert_eq!(app.social_link_pending(&alice).await.unwrap(), None, "once");

    let url = begin(&world, "github").await;
    world.sandbox.clear_request_log();
    app.open_link(&format!("app.latchkey.dev://social?state={secret}&handle={secret}")).unwrap();
    assert!(app.social_link_pending(&alice).await.unwrap().is_some(), "the link under way stays");
    assert!(!world.sandbox.request_log().iter().any(|request| request.path.contains("identities")));
    app.open_link(&browse(&world, &url).await).unwrap();
    app.social_link_wait(&alice).await.unwrap();
    assert!(linked(&world, "github"));
}

/// Begins a link whose provider answers to the app, and authorizes it. Returns the deep link that the browser follows.
async fn answered_directly(world: &World) -> String {
    let url = begin(world, "mock-social").await;
    let account = ProviderAccount { id: "account-42".to_owned(), ..ProviderAccount::default() };
    let link = world.sandbox.providers().continue_as(&url, &account).await.unwrap().url;
    assert!(link.starts_with("app.latchkey.dev://social/"), "{link}");
    link
}

async fn direct_world() -> World {
    let setup = Setup { social: true, direct: Some("mock-social"), ..Setup::default() };
    let world = World::with(setup).await;
    world.app.sign_in().await.unwrap();
    world
}

#[tokio::test]
async fn b25_provider_answers_to_the_app() {
    let world = direct_world().await;
    let link = answered_directly(&world).await;
    world.sandbox.clear_request_log();
    // Of another connector, of another state, or by way of the server: the link stays, and nothing is asked.
    let (place, query) = link.split_once('?').unwrap();
    let state = query.split('&').find_map(|pair| pair.strip_prefix("state=")).unwrap();
    let other = link.replace(state, &"A".repeat(43));
    let relayed = format!("app.latchkey.dev://social?state={state}&handle={}", "A".repeat(43));
    for foreign in [format!("{place}x?{query}"), other, relayed] {
        world.app.open_link(&foreign).unwrap();
        assert!(world.app.social_link_pending(&world.alice()).await.unwrap().is_some(), "{foreign}");
    }
    assert!(world.sandbox.request_log().is_empty());
    world.app.open_link(&link.replace("app.latchkey.dev://social", "APP.Latchkey.dev://Social")).unwrap();
    let linked = world.app.social_link_wait(&world.alice()).await.unwrap();
    assert_eq!(linked.target, "mock-social");
    assert!(self::linked(&world, "mock-social"));
}

/// Another program has registered the scheme: it would get the code, which nothing binds to the user's own link.
#[tokio::test]
async fn n7_direct_link_is_not_begun_where_links_open_another_program() {
    let world = direct_world().await;
    let step_up = needed(world.app.social_link_begin(&world.alice(), start("mock-social")).await.unwrap());
    prove(&world, &step_up.id).await;
    world.host.seen(|seen| seen.links_go_elsewhere = true);
    let opened = world.host.seen(|seen| seen.opened.len());
    let refused = world.app.social_link_begin(&world.alice(), start("mock-social")).await.unwrap_err();
    assert_eq!(refused.code(), Code::App(AppCode::SocialLinkElsewhere));
    assert_eq!(world.host.seen(|seen| seen.opened.len()), opened, "no browser");
    assert_eq!(world.app.social_link_pending(&world.alice()).await.unwrap(), None);
}

#[tokio::test]
async fn n10_cold_start_finishes_a_direct_link() {
    let mut world = direct_world().await;
    let link = answered_directly(&world).await;
    world.app = world.another_app();
    world.app.open_link(&link).unwrap();
    // A web page sends links of its own meanwhile.
    let secret = "A".repeat(43);
    for _ in 0..3 {
        let foreign = format!("app.latchkey.dev://social?state={secret}&handle={secret}");
        world.app.open_link(&foreign).unwrap();
    }
    world.app.start().await;
    let alice = world.alice();
    assert_eq!(world.app.social_link_pending(&alice).await.unwrap().unwrap().target, "mock-social");
    // The answer is in the keyring now: a further start needs no link.
    world.app = world.another_app();
    world.app.start().await;
    assert!(world.app.social_link_pending(&alice).await.unwrap().is_some());
    world.app.social_link_wait(&alice).await.unwrap();
    assert!(linked(&world, "mock-social"));
}

#[tokio::test]
async fn b25_provider_that_declines_answers_to_the_app() {
    let world = direct_world().await;
    for (answer, code) in [
        (ProviderAnswer::Refuse, ServerCode::SocialDeclined),
        (ProviderAnswer::Error("server_error".to_owned()), ServerCode::SocialProviderFailed),
        (ProviderAnswer::NoCode, ServerCode::SocialProviderFailed),
    ] {
        let order = ProviderOrder { provider: "mock-social".to_owned(), answer, times: Some(1) };
        world.sandbox.providers().push(order);
        let link = answered_directly(&world).await;
        world.app.open_link(&link).unwrap();
        let failed = world.app.social_link_wait(&world.alice()).await.unwrap_err();
        assert_eq!(failed.code(), Code::Server(code));
        assert_eq!(world.app.social_link_pending(&world.alice()).await.unwrap(), None);
    }
    assert!(!linked(&world, "mock-social"));
}

#[tokio::test]
async fn n16_sign_out_erases_the_link() {
    let world = world().await;
    begin(&world, "github").await;
    assert!(world.store.memory.names().iter().any(|name| name.starts_with("social-link:")));
    world.app.sign_out(&world.alice(), false).await.unwrap();
    assert!(!world.store.memory.names().iter().any(|name| name.starts_with("social-link:")));
}
