//! Personal access tokens, by keyboard: created with a proof, the value shown once, and revoked. Each end state is read from
//! Logto.

use e2e::logto::Logto;
use e2e::session::Session;
use e2e::window::Window;
use e2e::{Outcome, ensure, skip};
use fantoccini::key::Key;

use crate::gallery::Gallery;
use crate::steps;

const NAME: &str = "journey";

/// A token is created after the password, its value leaves the page with the dialog, and it is revoked again.
pub(crate) async fn b21_token_value_is_shown_once_and_revoked(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let window = open(session).await?;
    create(session, &window).await?;
    let shown = window.script("return document.querySelector('[data-testid=token-value]').value").await?;
    let value = shown.as_str().unwrap_or_default().to_owned();
    ensure(value_of(&logto).await?.as_deref() == Some(value.as_str()), "the window shows another value")?;

    window.activate("token-done").await?;
    window.wait_until_gone("token-value").await?;
    window.wait_for(&format!("token-{NAME}")).await?;
    let page = window.script("return document.documentElement.outerHTML").await?;
    ensure(!page.as_str().unwrap_or(&value).contains(&value), "the value is still in the page")?;

    window.activate(&format!("token-revoke-{NAME}")).await?;
    window.wait_for("token-revoke-confirm").await?;
    window.activate("token-revoke-confirm").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_until_gone(&format!("token-{NAME}")).await?;
    ensure(value_of(&logto).await?.is_none(), "Logto still has the token")
}

pub(crate) async fn axe_and_screenshots_of_tokens_light(session: &Session) -> Outcome {
    every_state(session, Gallery::light(session)).await
}

pub(crate) async fn axe_and_screenshots_of_tokens_dark(session: &Session) -> Outcome {
    every_state(session, Gallery::dark(session)).await
}

/// Shows the list and each dialog, except the one with the value: pictures are kept.
async fn every_state(session: &Session, mut gallery: Gallery<'_>) -> Outcome {
    let window = open(session).await?;
    gallery.look_over(&window, "devices", "no-token").await?;
    window.activate("token-create").await?;
    window.wait_for("input-token-name").await?;
    gallery.look_over(&window, "devices", "token-create").await?;
    window.press(Key::Escape).await?;
    window.wait_until_gone("dialog").await?;
    create(session, &window).await?;
    window.activate("token-done").await?;
    window.wait_until_gone("dialog").await?;
    window.wait_for(&format!("token-{NAME}")).await?;
    gallery.look_over(&window, "devices", "token").await?;
    for (verb, shown) in [("rename", "input-token-name"), ("revoke", "token-revoke-confirm")] {
        window.activate(&format!("token-{verb}-{NAME}")).await?;
        window.wait_for(shown).await?;
        gallery.look_over(&window, "devices", &format!("token-{verb}")).await?;
        window.press(Key::Escape).await?;
        window.wait_until_gone("dialog").await?;
    }
    window.close(session).await?;
    gallery.finish()
}

/// Signs in and opens the page with the tokens.
async fn open(session: &Session) -> Outcome<Window> {
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "devices").await?;
    window.wait_for("sessions-reload").await?;
    if !window.has("access-tokens").await? {
        return skip("the settings server does not offer access tokens");
    }
    window.wait_for("token-create").await?;
    Ok(window)
}

/// Creates a token after the password. Its value is shown then.
async fn create(session: &Session, window: &Window) -> Outcome {
    window.activate("token-create").await?;
    window.fill("input-token-name", NAME).await?;
    window.activate("token-save").await?;
    steps::prove_by_password(session, window).await?;
    window.wait_for("token-value").await.map(drop)
}

/// Returns the value of the token at Logto, if it has the token.
async fn value_of(logto: &Logto) -> Outcome<Option<String>> {
    let tokens = logto.access_tokens().await?;
    let token = tokens.iter().find(|token| token["name"] == NAME);
    Ok(token.and_then(|token| token["value"].as_str()).map(str::to_owned))
}
