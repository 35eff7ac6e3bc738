//! The demo's tour: the main path through the real window, with a screenshot and a time per step.

use std::path::Path;

use e2e::Outcome;
use e2e::browser::Browser;
use e2e::elsewhere;
use e2e::session::Session;
use e2e::sign_in_page::SignInPage;
use e2e::window::Window;
use tokio::time::Instant;

use crate::steps;

struct Tour<'a> {
    folder: &'a Path,
    step: u32,
    at: Instant,
}

impl Tour<'_> {
    /// Called when a step is reached: saves a screenshot and prints how long it took.
    async fn reached(&mut self, window: &Window, what: &str) -> Outcome {
        self.step += 1;
        let slug: String = what
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
            .collect();
        let file = format!("{:02}-{slug}.png", self.step);
        window.picture(&self.folder.join(&file)).await?;
        println!("  {:2}. {what} ({:.1} s) {file}", self.step, self.at.elapsed().as_secs_f64());
        self.at = Instant::now();
        Ok(())
    }
}

/// Runs the tour. Fails at the first step that does not succeed, and names it.
pub(crate) async fn run(session: &Session, folder: &Path) -> Outcome {
    let target = session.config.target()?;
    let mut tour = Tour { folder, step: 0, at: Instant::now() };

    let window = Window::open_with_server(session).await?;
    window.wait_for_view("signed_out").await?;
    tour.reached(&window, "The app opens and asks to sign in").await?;

    window.activate("sign-in").await?;
    window.wait_for("sign-in-reopen").await?;
    let browser = Browser::attach(session).await?;
    let page = SignInPage::appears(&browser, target).await?;
    tour.reached(&window, "The system browser has the word").await?;

    page.sign_in(&target.username, &target.password).await?;
    window.wait_for_view("overview").await?;
    window.wait_for("account-name").await?;
    tour.reached(&window, "Signed in, the account at a glance").await?;

    window.activate("change-name").await?;
    window.wait_for("dialog").await?;
    window.fill("input-name", "Alice of the Tour").await?;
    tour.reached(&window, "One dialog, one change").await?;

    steps::save_field(&window, "name").await?;
    window.wait_for_text("account-name", "Alice of the Tour").await?;
    tour.reached(&window, "The server confirmed the new name").await?;

    steps::go_to(&window, "profile").await?;
    steps::edit_text(&window, "custom-department", "Works").await?;
    window.wait_for_text("value-custom-department", "Works").await?;
    tour.reached(&window, "A field of the organisation's own").await?;

    elsewhere::sign_in(target, &browser).await?;
    steps::go_to(&window, "devices").await?;
    window.wait_for("end-others").await?;
    tour.reached(&window, "Where the account is signed in").await?;
    window.activate("end-others").await?;
    window.activate("end-confirm").await?;
    window.wait_for("step-up").await?;
    tour.reached(&window, "It asks who you are first").await?;
    window.activate("step-up-method-password").await?;
    window.fill("input-password", &target.password).await?;
    window.activate("step-up-submit").await?;
    window.wait_for("sessions-result").await?;
    tour.reached(&window, "Signed out everywhere else").await?;

    steps::go_to(&window, "security").await?;
    window.wait_for("change-username").await?;
    tour.reached(&window, "Every way to sign in").await?;
    window.activate("change-username").await?;
    window.fill("input-username", "alice_of_the_tour").await?;
    window.activate("username-save").await?;
    steps::prove_by_password(session, &window).await?;
    window.wait_for_text("value-username", "alice_of_the_tour").await?;
    tour.reached(&window, "Another user name, after a proof").await?;

    steps::go_to(&window, "settings").await?;
    tour.reached(&window, "Theme, language and the server").await?;

    window.close(session).await?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_text("account-name", "Alice of the Tour").await?;
    tour.reached(&window, "Started again, still signed in").await?;

    steps::sign_out(&window).await?;
    tour.reached(&window, "Signed out, nothing is left here").await?;
    steps::keyring_is_empty(session).await
}
