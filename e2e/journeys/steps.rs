//! Steps that several journeys share: sign in, edit a field, sign out. By keyboard.

use std::future::Future;

use e2e::browser::Browser;
use e2e::outbox::Outbox;
use e2e::session::Session;
use e2e::sign_in_page::SignInPage;
use e2e::wait::{self, PATIENCE, SETTINGS_BOUND};
use e2e::window::Window;
use e2e::{Outcome, ensure, keyring, skip};
use fantoccini::key::Key;

/// Starts a sign-in in the window and finishes it in the browser as the user under test.
pub(crate) async fn sign_in(session: &Session, window: &Window) -> Outcome<Browser> {
    let target = session.config.target()?;
    let browser = start_sign_in(session, window).await?;
    SignInPage::appears(&browser, target).await?.sign_in(&target.username, &target.password).await?;
    window.wait_for_view("overview").await?;
    window.wait_for("account-name").await?;
    Ok(browser)
}

/// Starts a sign-in in the window and waits for the browser.
pub(crate) async fn start_sign_in(session: &Session, window: &Window) -> Outcome<Browser> {
    window.activate("sign-in").await?;
    window.wait_for_view("signing_in").await?;
    Browser::attach(session).await
}

/// Opens a page from the navigation.
pub(crate) async fn go_to(window: &Window, page: &str) -> Outcome {
    window.activate(&format!("nav-{page}")).await?;
    window.wait_for_view(page).await
}

/// Refreshes the account until the settings server has read the tenant's settings anew.
pub(crate) async fn refresh_until<F>(window: &Window, is_seen: impl Fn() -> F) -> Outcome
where
    F: Future<Output = Outcome<bool>>,
{
    wait::until("the settings server to read the tenant's settings anew", SETTINGS_BOUND, || async {
        window.activate("account-menu").await?;
        window.press_until_focused(Key::Down, "refresh").await?;
        window.press(Key::Enter).await?;
        window.wait_until_gone("refresh").await?;
        is_seen().await
    })
    .await
}

/// Opens the dialog of a field on the profile page.
pub(crate) async fn open_field(window: &Window, field: &str) -> Outcome {
    window.activate(&format!("edit-{field}")).await?;
    window.wait_for("dialog").await?;
    window.wait_for(&format!("input-{field}")).await.map(drop)
}

/// Saves the open dialog and waits until the server has answered.
pub(crate) async fn save_field(window: &Window, field: &str) -> Outcome {
    window.activate(&format!("save-{field}")).await?;
    window.wait_until_gone("dialog").await
}

/// Edits one text field, from the profile page.
pub(crate) async fn edit_text(window: &Window, field: &str, text: &str) -> Outcome {
    open_field(window, field).await?;
    window.fill(&format!("input-{field}"), text).await?;
    save_field(window, field).await
}

/// Opens the account's menu and the sign-out dialog.
pub(crate) async fn open_sign_out(window: &Window) -> Outcome {
    window.activate("account-menu").await?;
    window.press_until_focused(Key::Down, "sign-out").await?;
    window.press(Key::Enter).await?;
    window.wait_for("sign-out-confirm").await.map(drop)
}

/// Signs out and waits for the sign-in screen.
pub(crate) async fn sign_out(window: &Window) -> Outcome {
    open_sign_out(window).await?;
    window.activate("sign-out-confirm").await?;
    window.wait_for_view("signed_out").await
}

/// Waits until the keyring is empty.
pub(crate) async fn keyring_is_empty(session: &Session) -> Outcome {
    wait::until("an empty keyring", PATIENCE, || async { Ok(keyring::item_count(session).await? == 0) }).await
}

/// Gives the proof when the dialog requires one.
pub(crate) async fn prove_by_password(session: &Session, window: &Window) -> Outcome {
    window.wait_for("step-up").await?;
    window.activate("step-up-method-password").await?;
    window.fill("input-password", &session.config.target()?.password).await?;
    window.activate("step-up-submit").await?;
    window.wait_until_gone("step-up").await
}

/// Waits for the dialog that requires a proof, and that it offers a code to the user's e-mail address.
///
/// # Errors
/// [`e2e::Failure::Skipped`] where it does not: for a day the settings server accepts an address that was changed for
/// no proof of anything destructive, and an earlier run may have changed it.
pub(crate) async fn code_is_offered(window: &Window) -> Outcome {
    window.wait_for("step-up-method-password").await?;
    if window.has("step-up-method-email").await? {
        return Ok(());
    }
    skip("the settings server offers no proof by a code to the user's address: it was changed within a day")
}

/// Types the code that was sent into the dialog; the sixth digit sends it.
pub(crate) async fn enter_code(outbox: &Outbox<'_>, window: &Window) -> Outcome {
    window.wait_for("input-code").await?;
    let code = outbox.code().await?;
    window.tab_to("input-code").await?;
    window.type_text(&code).await
}

/// Chooses an option of the focused list by keyboard: letters and arrows, until it has the value.
pub(crate) async fn choose(window: &Window, id: &str, value: &str) -> Outcome {
    for key in [Key::Down, Key::Up] {
        for _ in 0..16 {
            if window.text(id).await? == value {
                return Ok(());
            }
            window.press(key).await?;
        }
    }
    ensure(window.text(id).await? == value, format!("`{id}` cannot be set to {value} by keyboard"))
}
