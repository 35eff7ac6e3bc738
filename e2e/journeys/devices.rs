//! Proving it is you, and ending what is signed in. By keyboard; each end state is Logto's own word.

use e2e::browser::Browser;
use e2e::logto::Logto;
use e2e::session::Session;
use e2e::sign_in_page::SignInPage;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Failure, Outcome, elsewhere, ensure};
use reqwest::Method;

use crate::steps;

/// One session is ended after the password was asked for; a wrong one is said in place and loses nothing.
pub(crate) async fn one_session_ends_after_the_password(session: &Session) -> Outcome {
    let target = session.surroundings.target()?;
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

/// Everything else is signed out after a fresh sign-in in the browser. Somebody else who signs in there is named, and
/// gets nothing.
pub(crate) async fn b16_everything_else_ends_after_a_fresh_sign_in(session: &Session) -> Outcome {
    let target = session.surroundings.target()?;
    let logto = Logto::connect(target).await?;
    let window = Window::open_with_server(session).await?;
    let (own, _) = two_sessions(session, &window, &logto).await?;
    window.activate("end-others").await?;
    window.activate("end-confirm").await?;
    window.wait_for("step-up").await?;
    if let Some((username, password)) = &target.without_role {
        window.activate("step-up-method-browser").await?;
        let browser = Browser::attach(session).await?;
        SignInPage::appears(&browser, target).await?.sign_in(username, password).await?;
        window.wait_for_code("step-up-error", "step_up_other_person").await?;
        ensure(
            logto.sessions().await?.contains(&own),
            "somebody else's sign-in ended this person's session",
        )?;
    }
    window.activate("step-up-method-browser").await?;
    let browser = Browser::attach(session).await?;
    SignInPage::appears(&browser, target).await?.sign_in(&target.username, &target.password).await?;
    window.wait_for("sessions-result").await?;
    wait::until("the window to have the focus again", PATIENCE, || window.is_focused()).await?;
    ensure(logto.sessions().await? == [own.clone()], "Logto has other sessions than this one")?;
    ensure(logto.grant_count().await? == 1, "Logto has other grants than this app's")?;

    // The step-up's tokens belong to the app's own grant: had they been revoked, this would end in signing in again.
    window.close(session).await?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("overview").await?;
    steps::go_to(&window, "devices").await?;
    window.wait_for(&format!("session-{own}")).await.map(drop)
}

/// A code to the present address proves it; the address is masked, and pasting is enough.
pub(crate) async fn b11_a_code_to_a_present_address_proves_it(session: &Session) -> Outcome {
    let target = session.surroundings.target()?;
    let logto = Logto::connect(target).await?;
    if logto.control(Method::GET, "/outbox.json", None).await?.is_none() {
        println!("   this Logto's messages cannot be read here: not proven");
        return Ok(());
    }
    let window = Window::open_with_server(session).await?;
    let (_, other) = two_sessions(session, &window, &logto).await?;
    window.activate(&format!("session-end-{other}")).await?;
    window.activate("end-confirm").await?;
    window.activate("step-up-method-email").await?;
    steps::enter_newest_code(&logto, &window).await?;
    window.wait_for("sessions-result").await?;
    ensure(!logto.sessions().await?.contains(&other), "Logto still has the other session")
}

/// Leaving the dialog ends nothing, and what was typed is there when it comes back.
pub(crate) async fn leaving_the_proof_ends_nothing(session: &Session) -> Outcome {
    let logto = Logto::connect(session.surroundings.target()?).await?;
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

/// Signs in with the app and in another browser; answers the sessions of both.
async fn two_sessions(session: &Session, window: &Window, logto: &Logto) -> Outcome<(String, String)> {
    let before = logto.sessions().await?;
    let browser = steps::sign_in(session, window).await?;
    let own = newest(&before, &logto.sessions().await?)?;
    let before = logto.sessions().await?;
    elsewhere::sign_in(session.surroundings.target()?, &browser).await?;
    let other = newest(&before, &logto.sessions().await?)?;
    steps::go_to(window, "devices").await?;
    window.wait_for(&format!("session-{own}")).await?;
    Ok((own, other))
}

fn newest(before: &[String], now: &[String]) -> Outcome<String> {
    match now.iter().filter(|id| !before.contains(id)).collect::<Vec<_>>()[..] {
        [one] => Ok(one.clone()),
        _ => Err(Failure::Failed("Logto does not know exactly one new session".to_owned())),
    }
}
