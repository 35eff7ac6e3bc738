//! Step-up, and ending sessions. By keyboard; each end state is read from Logto.

use e2e::browser::Browser;
use e2e::logto::Logto;
use e2e::outbox::Outbox;
use e2e::session::Session;
use e2e::sign_in_page::SignInPage;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Outcome, elsewhere, ensure, skip};

use crate::steps;

/// One session is ended after the password is confirmed; a wrong password is shown in place and loses nothing.
pub(crate) async fn one_session_ends_after_the_password(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let logto = Logto::connect(target).await?;
    let window = Window::open_with_server(session).await?;
    let (own, other) = two_sessions(session, &window, &logto).await?;
    ensure(!window.has(&format!("session-end-{own}")).await?, "this device can be ended from the list")?;
    window.activate(&format!("session-end-{other}")).await?;
    window.wait_for("end-loss").await?;
    window.activate("end-confirm").await?;
    window.wait_for("step-up").await?;
    ensure(logto.sessions().await?.contains(&other), "a session ended before anything was proven")?;

    window.activate("step-up-method-password").await?;
    window.fill("input-password", "Wrong-Password-1").await?;
    window.activate("step-up-submit").await?;
    window.wait_for_code("step-up-error", "password_wrong").await?;
    window.fill("input-password", &target.password).await?;
    window.activate("step-up-submit").await?;
    window.wait_for("sessions-result").await?;
    window.wait_until_gone(&format!("session-{other}")).await?;
    let left = logto.sessions().await?;
    ensure(left.contains(&own) && !left.contains(&other), format!("Logto has the sessions {left:?}"))
}

/// Everything else is signed out after a fresh sign-in in the browser.
pub(crate) async fn b16_everything_else_ends_after_a_fresh_sign_in(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let logto = Logto::connect(target).await?;
    let window = Window::open_with_server(session).await?;
    let (own, _) = two_sessions(session, &window, &logto).await?;
    prove_by_sign_in(session, &window, &target.username, &target.password).await?;
    window.wait_for("sessions-result").await?;
    wait::until("the window to have the focus again", PATIENCE, || window.is_focused()).await?;
    logto.wait_for_sessions("no other session than this one", |now| now == [own.clone()]).await?;
    wait::until("Logto to have no other grant than this app's", PATIENCE, || async {
        Ok(logto.grant_count().await? == 1)
    })
    .await?;

    // The step-up's tokens belong to the app's own grant: had they been revoked, the app would be signed out now.
    window.close(session).await?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("overview").await?;
    steps::go_to(&window, "devices").await?;
    window.wait_for(&format!("session-{own}")).await.map(drop)
}

/// Another user who signs in where a proof is required is named and ends nothing; the user's own sign-in still
/// counts.
pub(crate) async fn b9_sign_in_of_another_user_proves_nothing(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let Some((username, password)) = &target.without_role else {
        return skip("no second user is named");
    };
    let logto = Logto::connect(target).await?;
    let window = Window::open_with_server(session).await?;
    let (own, other) = two_sessions(session, &window, &logto).await?;
    prove_by_sign_in(session, &window, username, password).await?;
    window.wait_for_code("step-up-error", "step_up_other_person").await?;
    let now = logto.sessions().await?;
    ensure(now.contains(&own), "another user's sign-in ended this user's session")?;

    window.activate("step-up-method-browser").await?;
    let browser = Browser::attach(session).await?;
    SignInPage::appears(&browser, target).await?.sign_in(&target.username, &target.password).await?;
    window.wait_for("sessions-result").await?;
    logto
        .wait_for_sessions("this session and not the other", |now| {
            now.contains(&own) && !now.contains(&other)
        })
        .await
}

/// A code to the current address is a proof; the address is masked, and pasting is enough.
pub(crate) async fn b11_a_code_to_a_present_address_proves_it(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let logto = Logto::connect(target).await?;
    let address = logto.user().await?["primaryEmail"].as_str().unwrap_or_default().to_owned();
    if address.is_empty() {
        return skip("the user under test has no e-mail address");
    }
    let outbox = Outbox::watch(&logto, &address).await?;
    let window = Window::open_with_server(session).await?;
    let (_, other) = two_sessions(session, &window, &logto).await?;
    window.activate(&format!("session-end-{other}")).await?;
    window.activate("end-confirm").await?;
    steps::code_is_offered(&window).await?;
    window.activate("step-up-method-email").await?;
    steps::enter_code(&outbox, &window).await?;
    window.wait_for("sessions-result").await?;
    ensure(!logto.sessions().await?.contains(&other), "Logto still has the other session")
}

/// Cancelling the dialog ends nothing, and what was typed is there when it opens again.
pub(crate) async fn leaving_the_proof_ends_nothing(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let window = Window::open_with_server(session).await?;
    two_sessions(session, &window, &logto).await?;
    let signed_in = logto.sessions().await?;
    window.activate("end-others").await?;
    window.activate("end-confirm").await?;
    window.activate("step-up-method-password").await?;
    window.fill("input-password", "half a passw").await?;
    window.activate("step-up-cancel").await?;
    window.wait_until_gone("step-up").await?;
    window.activate("end-confirm").await?;
    let field = window.wait_for("input-password").await?;
    let typed = field.prop("value").await?.unwrap_or_default();
    ensure(typed == "half a passw", format!("`{typed}` is left of what was typed"))?;
    ensure(logto.sessions().await? == signed_in, "something was ended without a proof")
}

/// Starts ending everything else, and signs in as this user where the proof is required.
async fn prove_by_sign_in(session: &Session, window: &Window, username: &str, password: &str) -> Outcome {
    window.activate("end-others").await?;
    window.activate("end-confirm").await?;
    window.wait_for("step-up").await?;
    window.activate("step-up-method-browser").await?;
    let browser = Browser::attach(session).await?;
    SignInPage::appears(&browser, session.config.target()?).await?.sign_in(username, password).await
}

/// Signs in with the app and in another browser; returns the sessions of both.
async fn two_sessions(session: &Session, window: &Window, logto: &Logto) -> Outcome<(String, String)> {
    let before = logto.sessions().await?;
    let browser = steps::sign_in(session, window).await?;
    let own = logto.new_session(&before).await?;
    let before = logto.sessions().await?;
    elsewhere::sign_in(session.config.target()?, &browser).await?;
    let other = logto.new_session(&before).await?;
    steps::go_to(window, "devices").await?;
    window.wait_for(&format!("session-{own}")).await?;
    Ok((own, other))
}
