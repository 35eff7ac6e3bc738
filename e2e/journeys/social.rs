//! Linked social accounts, by keyboard: linked through the system browser by every way, declined, finished by a cold start,
//! switched, unlinked and restored. Each end state is read from Logto.

use e2e::browser::Browser;
use e2e::logto::Logto;
use e2e::provider_page::{ProviderPage, answer_to_app, return_to_app, way_back};
use e2e::session::Session;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Outcome, ensure, skip};
use fantoccini::key::Key;
use serde_json::json;

use crate::gallery::Gallery;
use crate::steps;

/// The provider that answers to the settings server.
const RELAYED: &str = "github";
/// The provider that answers to the app itself.
const DIRECT: &str = "mock-social";
/// The provider whose code flow the settings server runs itself. It answers in a form.
const OPENID: &str = "corp-id";

/// An account is linked after the password and the browser, switched to another one, and unlinked again; the unlink is undone.
pub(crate) async fn b25_social_account_is_linked_switched_and_restored(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    let (window, browser) = open(session).await?;
    link(session, &window, RELAYED).await?;
    ProviderPage::appears(&browser, target).await?.authorize().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-result").await?;
    window.wait_for(&format!("social-{RELAYED}")).await?;
    let first = account(&logto, RELAYED).await?;
    ensure(first.is_some(), "Logto has no linked account")?;

    window.activate(&format!("social-switch-{RELAYED}")).await?;
    window.wait_for("social-switch-confirm").await?;
    window.activate("social-switch-confirm").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_for("social-waiting").await?;
    ProviderPage::appears(&browser, target).await?.authorize_as("another-account").await?;
    return_to_app(&browser, target).await?;
    window.wait_until_gone("dialog").await?;
    window.wait_for("social-result").await?;
    let switched = account(&logto, RELAYED).await?;
    ensure(switched.as_deref() == Some("another-account"), "Logto has the former account")?;

    restore(session, &window).await?;
    ensure(account(&logto, RELAYED).await? == first, "the switch is not undone")?;

    window.activate(&format!("social-unlink-{RELAYED}")).await?;
    window.wait_for("social-unlink-confirm").await?;
    window.activate("social-unlink-confirm").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_until_gone(&format!("social-{RELAYED}")).await?;
    ensure(account(&logto, RELAYED).await?.is_none(), "Logto still has the account")?;

    restore(session, &window).await?;
    window.wait_for(&format!("social-{RELAYED}")).await?;
    ensure(account(&logto, RELAYED).await? == first, "the unlink is not undone")
}

/// Undoes the last change from its result.
async fn restore(session: &Session, window: &Window) -> Outcome {
    window.activate("social-undo").await?;
    window.wait_for("social-restore-confirm").await?;
    window.activate("social-restore-confirm").await?;
    steps::prove_by_password(session, window).await?;
    window.wait_until_gone("dialog").await?;
    window.wait_for("social-result").await.map(drop)
}

/// The provider sends the browser to the app, which brings the code itself.
pub(crate) async fn b25_social_account_is_linked_directly(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    let (window, browser) = open(session).await?;
    link(session, &window, DIRECT).await?;
    ProviderPage::appears(&browser, target).await?.refuse().await?;
    answer_to_app(&browser).await?;
    window.wait_for_code("social-failure", "social_declined").await?;
    window.press(Key::Escape).await?;
    window.wait_until_gone("dialog").await?;
    ensure(account(&logto, DIRECT).await?.is_none(), "Logto has a linked account")?;

    link(session, &window, DIRECT).await?;
    ProviderPage::appears(&browser, target).await?.authorize().await?;
    answer_to_app(&browser).await?;
    window.wait_until_gone("dialog").await?;
    window.wait_for(&format!("social-{DIRECT}")).await?;
    ensure(account(&logto, DIRECT).await?.is_some(), "Logto has no linked account")
}

/// The settings server runs the code flow of an OpenID provider, which answers in a form.
pub(crate) async fn r12_social_openid_account_is_linked(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    let (window, browser) = open(session).await?;
    link(session, &window, OPENID).await?;
    let page = ProviderPage::appears(&browser, target).await?;
    page.authorize_as("corp-journey").await?;
    page.post_answer().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-result").await?;
    window.wait_for(&format!("social-{OPENID}")).await?;
    let linked = account(&logto, OPENID).await?;
    ensure(linked.as_deref() == Some("corp-journey"), "Logto has another account, or none")
}

/// What cannot be linked here is linked on Logto's own page, which opens in the browser.
pub(crate) async fn b25_social_account_center_is_opened(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    logto.set_account_center(true, json!({ "name": "Edit", "social": "Edit" })).await?;
    let (window, _) = open(session).await?;
    window.activate("social-account-center-apple").await?;
    let wanted = format!("{}/account/security", target.issuer.as_str().trim_end_matches("/oidc"));
    wait::until(&format!("the browser at {wanted}"), PATIENCE, || async {
        Ok(session.opened_addresses().last() == Some(&wanted))
    })
    .await
}

/// The account is the last sign-in method: it is not unlinked, and the window says what to do first.
pub(crate) async fn b17_social_last_sign_in_method_stays(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    let (window, browser) = open(session).await?;
    link(session, &window, RELAYED).await?;
    ProviderPage::appears(&browser, target).await?.authorize().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-result").await?;
    // Without them the password signs the user in nowhere.
    let id = logto.user().await?["id"].as_str().unwrap_or_default().to_owned();
    logto.change_user(json!({ "username": null, "primaryEmail": null, "primaryPhone": null })).await?;
    window.activate(&format!("social-unlink-{RELAYED}")).await?;
    window.wait_for("social-unlink-confirm").await?;
    window.activate("social-unlink-confirm").await?;
    window.wait_for("last-way").await?;
    let user = logto.ask(reqwest::Method::GET, &format!("/users/{id}"), None).await?;
    ensure(user["identities"][RELAYED].is_object(), "the last sign-in method is gone")
}

/// The user refuses at the provider: the window says so, and nothing is linked.
pub(crate) async fn b25_social_refusal_is_shown(session: &Session) -> Outcome {
    let (target, logto) = (session.config.target()?, Logto::connect(session.config.target()?).await?);
    let (window, browser) = open(session).await?;
    link(session, &window, RELAYED).await?;
    ProviderPage::appears(&browser, target).await?.refuse().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-failure").await?;
    window.press(Key::Escape).await?;
    window.wait_until_gone("dialog").await?;
    ensure(account(&logto, RELAYED).await?.is_none(), "Logto has a linked account")
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
    link(session, &window, RELAYED).await?;
    window.close(session).await?;
    ProviderPage::appears(&browser, target).await?.authorize().await?;
    let link = way_back(&browser, target).await?;
    let window = Window::open(session, &[&link]).await?;
    window.wait_for_view("linked").await?;
    window.wait_for("social-result").await?;
    ensure(account(&logto, RELAYED).await?.is_some(), "Logto has no linked account")?;
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
    link(session, &window, RELAYED).await?;
    gallery.look_over(&window, "linked", "browser").await?;
    ProviderPage::appears(&browser, target).await?.refuse().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-failure").await?;
    gallery.look_over(&window, "linked", "declined").await?;
    window.press(Key::Escape).await?;
    window.wait_until_gone("dialog").await?;
    link(session, &window, RELAYED).await?;
    ProviderPage::appears(&browser, target).await?.authorize().await?;
    return_to_app(&browser, target).await?;
    window.wait_for("social-result").await?;
    gallery.look_over(&window, "linked", "linked").await?;
    for (verb, shown) in [("switch", "social-switch-confirm"), ("unlink", "social-unlink-confirm")] {
        window.activate(&format!("social-{verb}-{RELAYED}")).await?;
        window.wait_for(shown).await?;
        gallery.look_over(&window, "linked", verb).await?;
        window.press(Key::Escape).await?;
        window.wait_until_gone("dialog").await?;
    }
    window.activate(&format!("social-unlink-{RELAYED}")).await?;
    window.wait_for("social-unlink-confirm").await?;
    window.activate("social-unlink-confirm").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_until_gone("dialog").await?;
    gallery.look_over(&window, "linked", "former").await?;
    window.activate("social-undo").await?;
    window.wait_for("social-restore-confirm").await?;
    gallery.look_over(&window, "linked", "restore").await?;
    window.press(Key::Escape).await?;
    window.wait_until_gone("dialog").await?;
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
    window.wait_for(&format!("social-link-{RELAYED}")).await?;
    Ok((window, browser))
}

/// Begins to link an account, up to the browser.
async fn link(session: &Session, window: &Window, provider: &str) -> Outcome {
    window.activate(&format!("social-link-{provider}")).await?;
    steps::prove_by_password(session, window).await?;
    window.wait_for("social-waiting").await.map(drop)
}

/// Returns the linked account at Logto.
async fn account(logto: &Logto, provider: &str) -> Outcome<Option<String>> {
    Ok(logto.user().await?["identities"][provider]["userId"].as_str().map(str::to_owned))
}
