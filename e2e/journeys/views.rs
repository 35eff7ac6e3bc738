//! Every view of the page's own list, in light and dark: axe finds no violation, and a screenshot is saved.

use e2e::browser::Browser;
use e2e::logto::Logto;
use e2e::outbox::{self, Outbox};
use e2e::session::{SCHEME, Session};
use e2e::sign_in_page::SignInPage;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Outcome, elsewhere, ensure, skip};
use fantoccini::key::Key;
use reqwest::Method;
use serde_json::json;

use crate::fake_server::FakeServer;
use crate::gallery::Gallery;
use crate::security::refused_the_last_way;
use crate::{organisation, steps};

const NEW_ADDRESS: &str = "alice.example@example.test";

pub(crate) async fn axe_and_screenshots_light(session: &Session) -> Outcome {
    all(session, Gallery::light(session)).await
}

pub(crate) async fn axe_and_screenshots_dark(session: &Session) -> Outcome {
    all(session, Gallery::dark(session)).await
}

async fn all(session: &Session, mut gallery: Gallery<'_>) -> Outcome {
    let target = session.config.target()?;
    outbox::readable(target)?;
    if target.without_role.is_none() {
        return skip("no user without the role is named");
    }
    let views = without_an_account(session, &mut gallery).await?;
    refused(session, &mut gallery).await?;
    with_an_account(session, &mut gallery).await?;
    silent_keyring(session, &mut gallery).await?;
    switched_off(session, &mut gallery).await?;

    let missing: Vec<&String> = views.iter().filter(|view| !gallery.has(view)).collect();
    ensure(missing.is_empty(), format!("no journey leads to these views: {missing:?}"))?;
    gallery.finish()
}

/// Returns the page's own list of views.
async fn without_an_account(session: &Session, gallery: &mut Gallery<'_>) -> Outcome<Vec<String>> {
    let window = Window::open(session, &[]).await?;
    window.wait_for_view("no_server").await?;
    let listed = window.script("return window.__latchkey_views.map(view => view.id)").await?;
    let views: Vec<String> =
        listed.as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    ensure(views.len() > 5, format!("the page lists these views: {listed}"))?;
    gallery.look(&window, "no_server").await?;
    window.close(session).await?;

    let liar = FakeServer::start(|url| {
        let body = json!({
            "resource": format!("{url}/another"), "authorization_servers": [url], "scopes_supported": [],
            "bearer_methods_supported": ["header"],
            "latchkey": { "api_version": 1, "client_id": "x", "scheme": "app.latchkey.dev" },
        });
        ("200 OK", "Content-Type: application/json\r\n".to_owned(), body.to_string())
    })
    .await?;
    let window = Window::open(session, &["--server", &liar.url]).await?;
    window.activate("sign-in").await?;
    window.wait_for_view("problem").await?;
    gallery.look(&window, "problem").await?;
    window.close(session).await?;
    Ok(views)
}

/// Shows a user without permission. Ends the browser's session, so that the next user has to sign in.
async fn refused(session: &Session, gallery: &mut Gallery<'_>) -> Outcome {
    let target = session.config.target()?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("signed_out").await?;
    gallery.look(&window, "signed_out").await?;
    window.activate("sign-in").await?;
    window.wait_for("sign-in-reopen").await?;
    let browser = Browser::attach(session).await?;
    let page = SignInPage::appears(&browser, target).await?;
    gallery.look(&window, "signing_in").await?;
    if let Some((username, password)) = &target.without_role {
        page.sign_in(username, password).await?;
        window.wait_for_view("insufficient_scope").await?;
        gallery.look(&window, "insufficient_scope").await?;
        browser.client.delete_all_cookies().await?;
    }
    window.close(session).await
}

async fn with_an_account(session: &Session, gallery: &mut Gallery<'_>) -> Outcome {
    let target = session.config.target()?;
    organisation::fill_in(&Logto::connect(target).await?, &target.username).await?;
    let window = Window::open_with_server(session).await?;
    // The user without permission is still signed in, and the app says so again.
    window.wait_for_view("insufficient_scope").await?;
    steps::sign_out(&window).await?;
    window.activate("sign-in").await?;
    let browser = Browser::attach(session).await?;
    SignInPage::appears(&browser, target).await?.sign_in(&target.username, &target.password).await?;
    window.wait_for_view("overview").await?;
    window.wait_for("fact-name").await?;
    gallery.look(&window, "overview").await?;
    window.activate("account-menu").await?;
    window.wait_for("sign-out").await?;
    gallery.look_over(&window, "overview", "menu").await?;
    window.press(Key::Escape).await?;

    steps::go_to(&window, "profile").await?;
    organisation::has_the_fields(&window).await?;
    gallery.look(&window, "profile").await?;
    window.wait_for("card-memberships").await?;
    window
        .script("document.querySelector('[data-testid=card-memberships]').scrollIntoView({ block: 'end' })")
        .await?;
    gallery.look_over(&window, "profile", "organisation").await?;
    let fields = [
        "name",
        "birthdate",
        "address",
        "avatar",
        "zoneinfo",
        "custom-office",
        "custom-started",
        "custom-desk",
        "custom-newsletter",
        "custom-badge",
    ];
    for field in fields {
        steps::open_field(&window, field).await?;
        gallery.look_over(&window, "profile", field).await?;
        window.press(Key::Escape).await?;
        window.wait_until_gone("dialog").await?;
    }
    security(gallery, &window).await?;
    devices(session, gallery, &window, &browser).await?;
    steps::go_to(&window, "settings").await?;
    window.wait_for("theme-dark").await?;
    gallery.look(&window, "settings").await?;
    steps::open_sign_out(&window).await?;
    gallery.look_over(&window, "settings", "sign-out").await?;
    window.press(Key::Escape).await?;
    window.wait_until_gone("dialog").await?;
    changes(session, gallery, window).await
}

/// Shows the dialogs after a proof in Security, and errors. The account is changed afterwards.
async fn changes(session: &Session, gallery: &mut Gallery<'_>, window: Window) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let outbox = Outbox::watch(&logto, NEW_ADDRESS).await?;
    steps::go_to(&window, "security").await?;
    window.activate("change-email").await?;
    window.fill("input-email", NEW_ADDRESS).await?;
    window.activate("address-send").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_for("input-code").await?;
    gallery.look_over(&window, "security", "code").await?;
    steps::enter_code(&outbox, &window).await?;
    window.wait_for("security-result").await?;
    gallery.look_over(&window, "security", "changed").await?;
    window.activate("everywhere-else").await?;
    window.wait_for("everywhere-else-found").await?;
    gallery.look_over(&window, "security", "everywhere-else").await?;
    window.close(session).await?;

    let window = refused_the_last_way(session, &logto).await?;
    gallery.look_over(&window, "security", "last-way").await?;
    window.close(session).await
}

/// Shows Security with each of its dialogs.
async fn security(gallery: &mut Gallery<'_>, window: &Window) -> Outcome {
    steps::go_to(window, "security").await?;
    window.wait_for("change-email").await?;
    gallery.look(window, "security").await?;
    for (verb, field) in [
        ("change-email", "input-email"),
        ("change-phone", "input-phone"),
        ("change-username", "input-username"),
        ("change-password", "input-new-password"),
        ("remove-email", "removal-confirm"),
    ] {
        window.activate(verb).await?;
        window.wait_for(field).await?;
        gallery.look_over(window, "security", verb).await?;
        window.press(Key::Escape).await?;
        window.wait_until_gone("dialog").await?;
    }
    Ok(())
}

/// Shows Linked accounts; and Devices and apps with another session, its dialogs, and every step of the proof.
async fn devices(
    session: &Session,
    gallery: &mut Gallery<'_>,
    window: &Window,
    browser: &Browser,
) -> Outcome {
    elsewhere::sign_in(session.config.target()?, browser).await?;
    steps::go_to(window, "linked").await?;
    window.wait_for("social-reload").await?;
    gallery.look(window, "linked").await?;
    steps::go_to(window, "devices").await?;
    window.wait_for("end-others").await?;
    gallery.look(window, "devices").await?;
    window.activate("end-others").await?;
    window.wait_for("end-confirm").await?;
    gallery.look_over(window, "devices", "end-others").await?;
    window.activate("end-confirm").await?;
    window.wait_for("step-up").await?;
    steps::code_is_offered(window).await?;
    gallery.look_over(window, "devices", "step-up").await?;
    for (method, field) in [("password", "input-password"), ("email", "input-code")] {
        window.activate(&format!("step-up-method-{method}")).await?;
        window.wait_for(field).await?;
        gallery.look_over(window, "devices", &format!("step-up-{method}")).await?;
        window.activate("step-up-other").await?;
        window.wait_for("step-up-method-browser").await?;
    }
    window.activate("step-up-cancel").await?;
    window.wait_until_gone("step-up").await?;
    window.activate("end-cancel").await?;
    window.wait_until_gone("dialog").await
}

/// Shows a keyring that prompts for its password: the app says what it waits for.
async fn silent_keyring(session: &Session, gallery: &mut Gallery<'_>) -> Outcome {
    session.silence_keyring(true)?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("starting").await?;
    wait::until("the app to say what it waits for", PATIENCE, || async {
        Ok(window.script("return !!document.querySelector('main .keyring')").await? == json!(true))
    })
    .await?;
    gallery.look(&window, "starting").await?;
    session.silence_keyring(false)?;
    window.wait_for_view("overview").await?;
    window.close(session).await
}

/// Shows a page that the tenant has switched off, reached by a link.
async fn switched_off(session: &Session, gallery: &mut Gallery<'_>) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let mut fields = logto.ask(Method::GET, "/account-center", None).await?["fields"].clone();
    fields["session"] = json!("Off");
    logto.set_account_center(true, fields).await?;
    let window = Window::open_with_server(session).await?;
    window.wait_for("account-name").await?;
    steps::refresh_until(&window, || async { Ok(!window.has("nav-devices").await?) }).await?;
    session.open_link(&format!("{SCHEME}://open/devices")).await?;
    window.wait_for("not-offered").await?;
    gallery.look(&window, "not_offered").await?;
    window.close(session).await
}
