//! Signing in where Firefox is the system browser, tries HTTPS first, and has cookies of another program on
//! 127.0.0.1.

use e2e::browser::Browser;
use e2e::session::Session;
use e2e::sign_in_page::SignInPage;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Failure, Outcome, ensure};
use serde_json::json;
use url::Url;

use crate::fake_server::{FakeServer, TLS};
use crate::{sign_in, steps};

const COOKIES: usize = 24;
/// The size of each, name and value, in bytes.
const COOKIE_SIZE: usize = 400;

/// Firefox tries TLS at the listener of the sign-in and sends nearly ten kilobytes of cookies of another program: the
/// sign-in succeeds.
pub(crate) async fn n6_firefox_https_first_and_many_cookies_signs_in(session: &Session) -> Outcome {
    session.use_firefox()?;
    let target = session.config.target()?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("signed_out").await?;
    let (browser, _other) = cookies_of_another_program(session).await?;
    steps::start_sign_in(session, &window).await?;
    SignInPage::appears(&browser, target).await?;

    // Firefox tries TLS for an address that is opened, and not for one that an issuer without TLS redirects to.
    let listener = listener_of_the_sign_in(session)?;
    session.open_link(listener.as_str()).await?;
    browser.turn_to(listener.as_str()).await?;
    ensure(
        window.view().await?.as_deref() == Some("signing_in"),
        "a page without an answer ended the sign-in",
    )?;

    SignInPage::appears(&browser, target).await?.sign_in(&target.username, &target.password).await?;
    window.wait_for_view("overview").await?;
    wait::until("the window to have the focus again", PATIENCE, || window.is_focused()).await?;
    browser.turn_to(&format!("{listener}?")).await
}

/// Cancelled in the window: what Firefox does afterwards has no effect, and a new attempt works.
pub(crate) async fn cancel_in_firefox(session: &Session) -> Outcome {
    session.use_firefox()?;
    sign_in::cancel(session).await
}

/// Opens another program's page in Firefox, which sets its cookies on 127.0.0.1, and checks the premises of this
/// journey: Firefox tried TLS there, and has every cookie.
async fn cookies_of_another_program(session: &Session) -> Outcome<(Browser, FakeServer)> {
    let cookies: String = (10..10 + COOKIES)
        .map(|number| format!("Set-Cookie: other{number}={}; Path=/\r\n", "x".repeat(COOKIE_SIZE - 8)))
        .collect();
    let other = FakeServer::start(|_| {
        ("200 OK", format!("Content-Type: text/html\r\n{cookies}"), "<title>Other</title>other".to_owned())
    })
    .await?;
    session.open_link(&other.url).await?;
    let browser = Browser::attach(session).await?;
    browser.turn_to(&other.url).await?;
    let count = "return document.cookie.split('; ').filter(one => one.length === arguments[0]).length";
    wait::until("every cookie", PATIENCE, || async {
        Ok(browser.client.execute(count, vec![json!(COOKIE_SIZE)]).await? == json!(COOKIES))
    })
    .await?;
    ensure(other.asked().iter().any(|one| one == TLS), "Firefox did not try TLS on 127.0.0.1")?;
    Ok((browser, other))
}

/// Returns where the running sign-in waits for the browser's answer: the redirect URI of the URL that the app opened
/// last.
fn listener_of_the_sign_in(session: &Session) -> Outcome<Url> {
    let opened = session.opened_addresses().pop().unwrap_or_default();
    let opened = Url::parse(&opened)?;
    let listener = opened.query_pairs().find(|(name, _)| name == "redirect_uri");
    let (_, listener) = listener
        .ok_or_else(|| Failure::Failed("the address of the sign-in has no redirect URI".to_owned()))?;
    Ok(Url::parse(&listener)?)
}
