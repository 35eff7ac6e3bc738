//! Personal access tokens: created with a proof, the value shown once, and revoked. By keyboard; each end state is Logto's own.

use e2e::logto::Logto;
use e2e::session::Session;
use e2e::window::Window;
use e2e::{Outcome, ensure, skip};
use reqwest::Method;

use crate::steps;

const NAME: &str = "journey";

/// A token is created after the password, its value leaves the page with the dialog, and it is revoked again.
pub(crate) async fn b21_token_value_is_shown_once_and_revoked(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "devices").await?;
    window.wait_for("sessions-reload").await?;
    if !window.has("access-tokens").await? {
        return skip("the settings server does not offer access tokens");
    }
    window.wait_for("token-create").await?;
    window.activate("token-create").await?;
    window.fill("input-token-name", NAME).await?;
    window.activate("token-save").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_for("token-value").await?;
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

/// The value of the token at Logto, where it has it.
async fn value_of(logto: &Logto) -> Outcome<Option<String>> {
    let user = logto.user().await?;
    let path = format!("/users/{}/personal-access-tokens", user["id"].as_str().unwrap_or_default());
    let tokens = logto.ask(Method::GET, &path, None).await?;
    let tokens = tokens.as_array().into_iter().flatten();
    let token = tokens.into_iter().find(|token| token["name"] == NAME);
    Ok(token.and_then(|token| token["value"].as_str()).map(str::to_owned))
}
