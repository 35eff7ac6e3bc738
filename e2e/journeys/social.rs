//! Linked social accounts, by keyboard: linked through the system browser, declined, finished by a cold start, switched and
//! unlinked. Each end state is read from Logto.

use e2e::browser::Browser;
use e2e::logto::Logto;
use e2e::provider_page::{ProviderPage, return_to_app, way_back};
use e2e::session::Session;
use e2e::window::Window;
use e2e::{Outcome, ensure, skip};
use fantoccini::key::Key;

use crate::gallery::Gallery;
use crate::steps;

const TARGET: &str = "mock-social";

/// An account is linked after the password and the browser, switched to another one, and unlinked again.
pub(crate) async fn b25_social_account_is_linked_switched_and_unlinked(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    let (window, browser) = open(session).await?;
    link(session, &window).await?;
    ProviderPage::appears(&browser, target).await?.authorize().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-result").await?;
    window.wait_for(&format!("social-{TARGET}")).await?;
    let first = account(&logto).await?;
    ensure(first.is_some(), "Logto has no linked account")?;

    window.activate(&format!("social-switch-{TARGET}")).await?;
    window.wait_for("social-switch-confirm").await?;
    window.activate("social-switch-confirm").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_for("social-waiting").await?;
    ProviderPage::appears(&browser, target).await?.authorize_as("another-account").await?;
    return_to_app(&browser, target).await?;
    window.wait_until_gone("dialog").await?;
    window.wait_for("social-result").await?;
    ensure(account(&logto).await?.as_deref() == Some("another-account"), "Logto has the former account")?;

    window.activate(&format!("social-unlink-{TARGET}")).await?;
    window.wait_for("social-unlink-confirm").await?;
    window.activate("social-unlink-confirm").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_until_gone(&format!("social-{TARGET}")).await?;
    ensure(account(&logto).await?.is_none(), "Logto still has the account")
}

/// The user refuses at the provider: the window says so, and nothing is linked.
pub(crate) async fn b25_social_refusal_is_shown(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    let (window, browser) = open(session).await?;
    link(session, &window).await?;
    ProviderPage::appears(&browser, target).await?.refuse().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-failure").await?;
    window.press(Key::Escape).await?;
    window.wait_until_gone("dialog").await?;
    ensure(account(&logto).await?.is_none(), "Logto has a linked account")
}

/// The app is closed while the browser is at the provider: the way back starts it, and the account is linked.
pub(crate) async fn n10_social_link_is_finished_by_cold_start(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    let window = Window::open(session, &[]).await?;
    window.fill("server-url", &target.server_url).await?;
    window.activate("save-server").await?;
    window.wait_for_view("signed_out").await?;
    let browser = steps::sign_in(session, &window).await?;
    steps::go_to(&window, "linked").await?;
    link(session, &window).await?;
    window.close(session).await?;
    ProviderPage::appears(&browser, target).await?.authorize().await?;
    let link = way_back(&browser, target).await?;
    let window = Window::open(session, &[&link]).await?;
    window.wait_for_view("linked").await?;
    window.wait_for("social-result").await?;
    ensure(account(&logto).await?.is_some(), "Logto has no linked account")?;
    window.close(session).await
}

pub(crate) async fn axe_and_screenshots_of_social_light(session: &Session) -> Outcome {
    every_state(session, Gallery::light(session)).await
}

pub(crate) async fn axe_and_screenshots_of_social_dark(session: &Session) -> Outcome {
    every_state(session, Gallery::dark(session)).await
}

/// Shows the list and each dialog.
async fn every_state(session: &Session, mut gallery: Gallery<'_>) -> Outcome {
    let target = session.config.target()?;
    let (window, browser) = open(session).await?;
    gallery.look_over(&window, "linked", "none").await?;
    link(session, &window).await?;
    gallery.look_over(&window, "linked", "browser").await?;
    ProviderPage::appears(&browser, target).await?.refuse().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-failure").await?;
    gallery.look_over(&window, "linked", "declined").await?;
    window.press(Key::Escape).await?;
    window.wait_until_gone("dialog").await?;
    link(session, &window).await?;
    ProviderPage::appears(&browser, target).await?.authorize().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-result").await?;
    gallery.look_over(&window, "linked", "linked").await?;
    for (verb, shown) in [("switch", "social-switch-confirm"), ("unlink", "social-unlink-confirm")] {
        window.activate(&format!("social-{verb}-{TARGET}")).await?;
        window.wait_for(shown).await?;
        gallery.look_over(&window, "linked", verb).await?;
        window.press(Key::Escape).await?;
        window.wait_until_gone("dialog").await?;
    }
    window.close(session).await?;
    gallery.finish()
}

/// Signs in and opens the page.
async fn open(session: &Session) -> Outcome<(Window, Browser)> {
    if session.config.target()?.providers.is_none() {
        return skip("there are no providers of social accounts");
    }
    let window = Window::open_with_server(session).await?;
    let browser = steps::sign_in(session, &window).await?;
    steps::go_to(&window, "linked").await?;
    window.wait_for(&format!("social-link-{TARGET}")).await?;
    Ok((window, browser))
}

/// Begins to link an account, up to the browser.
async fn link(session: &Session, window: &Window) -> Outcome {
    window.activate(&format!("social-link-{TARGET}")).await?;
    steps::prove_by_password(session, window).await?;
    window.wait_for("social-waiting").await.map(drop)
}

/// Returns the linked account at Logto.
async fn account(logto: &Logto) -> Outcome<Option<String>> {
    Ok(logto.user().await?["identities"][TARGET]["userId"].as_str().map(str::to_owned))
}
