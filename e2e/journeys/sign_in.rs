//! Signing in, staying signed in and signing out; and the other outcomes of a sign-in.

use e2e::browser::Browser;
use e2e::logto::Logto;
use e2e::session::{SCHEME, Session};
use e2e::sign_in_page::SignInPage;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Failure, Outcome, ensure, keyring, skip};
use fantoccini::key::Key;

use crate::steps;

/// The whole path of one user, from the first window to signing out.
pub(crate) async fn n16_sign_in_edit_restart_sign_out(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let name = logto.user().await?["name"].as_str().unwrap_or_default().to_owned();

    let window = Window::open_with_server(session).await?;
    window.wait_for_view("signed_out").await?;
    let browser = steps::sign_in(session, &window).await?;
    window.wait_for_text("account-name", &name).await?;
    wait::until("the window to have the focus again", PATIENCE, || window.is_focused()).await?;
    ensure(keyring::item_count(session).await? > 0, "nothing is in the keyring after signing in")?;

    let edited = format!("{name} the Second");
    window.activate("change-name").await?;
    window.wait_for("dialog").await?;
    window.fill("input-name", &edited).await?;
    steps::save_field(&window, "name").await?;
    window.wait_for_text("account-name", &edited).await?;
    ensure(logto.user().await?["name"] == edited.as_str(), "Logto does not have the new name")?;

    let tabs = browser.addresses().await?.len();
    window.close(session).await?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("overview").await?;
    window.wait_for_text("account-name", &edited).await?;
    ensure(browser.addresses().await?.len() == tabs, "a restart opened the browser")?;

    let grants = logto.grant_count().await?;
    ensure(grants > 0, "Logto knows no grant of a signed-in user")?;
    steps::sign_out(&window).await?;
    wait::until("Logto to forget the grant", PATIENCE, || async { Ok(logto.grant_count().await? < grants) })
        .await?;
    steps::keyring_is_empty(session).await?;
    window.close(session).await?;

    let window = Window::open_with_server(session).await?;
    window.wait_for_view("signed_out").await?;
    ensure(!window.has("account-name").await?, "the account is still shown after signing out")
}

/// Cancelled in the window: what the browser does afterwards has no effect, and a new attempt works.
pub(crate) async fn cancel(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let window = Window::open_with_server(session).await?;
    let browser = steps::start_sign_in(session, &window).await?;
    let page = SignInPage::appears(&browser, target).await?;
    window.activate("sign-in-cancel").await?;
    window.wait_for_view("signed_out").await?;

    page.sign_in(&target.username, &target.password).await?;
    wait::until("the browser to leave the sign-in page", PATIENCE, || async {
        Ok(browser.client.current_url().await?.origin() != target.issuer.origin())
    })
    .await?;
    ensure(window.view().await?.as_deref() == Some("signed_out"), "a cancelled sign-in signed in")?;
    ensure(keyring::item_count(session).await? == 0, "a cancelled sign-in left something in the keyring")?;

    // The browser has a session by now: Logto shows no page and redirects at once.
    window.activate("sign-in").await?;
    window.wait_for_view("overview").await
}

/// Refused at Logto.
pub(crate) async fn denied(session: &Session) -> Outcome {
    let window = Window::open_with_server(session).await?;
    let browser = steps::start_sign_in(session, &window).await?;
    let page = SignInPage::appears(&browser, session.config.target()?).await?;
    if !page.refuse().await? {
        return skip("this Logto's sign-in page has no way to refuse");
    }
    window.wait_for_view("signed_out").await?;
    window.wait_for_code("notice", "sign_in_denied").await?;
    ensure(window.has("sign-in").await?, "there is no way to try again")
}

/// Opens the browser again while waiting: a second tab of the same sign-in.
pub(crate) async fn reopen(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let window = Window::open_with_server(session).await?;
    let browser = steps::start_sign_in(session, &window).await?;
    SignInPage::appears(&browser, target).await?;
    let before = browser.addresses().await?.len();
    window.activate("sign-in-reopen").await?;
    wait::until("a second tab", PATIENCE, || async { Ok(browser.addresses().await?.len() > before) }).await?;
    let page = SignInPage::appears(&browser, target).await?;
    page.sign_in(&target.username, &target.password).await?;
    window.wait_for_view("overview").await
}

/// A user whose token has no scope reads why, and whom to contact.
pub(crate) async fn insufficient_scope(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let Some((username, password)) = &target.without_role else {
        return skip("no user without the role is named");
    };
    let window = Window::open_with_server(session).await?;
    let browser = steps::start_sign_in(session, &window).await?;
    SignInPage::appears(&browser, target).await?.sign_in(username, password).await?;
    window.wait_for_view("insufficient_scope").await?;
    window.wait_for_code("notice", "insufficient_scope").await?;
    ensure(!window.has("fact-email").await?, "an account is shown without permission")
}

/// The one journey by mouse: the pointer moves to everything that is clicked.
pub(crate) async fn smoke_by_mouse(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let window = Window::open_with_server(session).await?;
    window.click("sign-in").await?;
    window.wait_for_view("signing_in").await?;
    let browser = Browser::attach(session).await?;
    SignInPage::appears(&browser, target).await?.sign_in(&target.username, &target.password).await?;
    window.wait_for_view("overview").await?;
    window.click("nav-profile").await?;
    window.wait_for_view("profile").await?;
    window.click("edit-name").await?;
    window.wait_for("dialog").await?;
    window.click("discard").await?;
    window.wait_until_gone("dialog").await?;
    window.click("account-menu").await?;
    window.click("sign-out").await?;
    window.click("sign-out-confirm").await?;
    window.wait_for_view("signed_out").await
}

/// The browser returns by a link of the private scheme, as the user has chosen.
pub(crate) async fn n7_browser_returns_by_a_link(session: &Session) -> Outcome {
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "settings").await?;
    window.tab_to("browser-return-loopback").await?;
    window.press_until_focused(Key::Down, "browser-return-link").await?;
    window.wait_for("settings-browser-return").await?;
    ensure(!window.has("links-go-elsewhere").await?, "links open another program")?;
    steps::sign_out(&window).await?;
    // The browser is still signed in at Logto, and answers by itself.
    window.activate("sign-in").await?;
    window.wait_for_view("overview").await?;
    window.wait_for("account-name").await?;
    let opened = session.opened_addresses().pop().unwrap_or_default();
    let url = url::Url::parse(&opened).map_err(|error| Failure::Failed(format!("{opened}: {error}")))?;
    let redirect_uri = url.query_pairs().find(|(name, _)| name == "redirect_uri");
    let wanted = format!("{SCHEME}://callback");
    ensure(redirect_uri.is_some_and(|(_, uri)| uri == wanted), format!("not returned by a link: {opened}"))
}
