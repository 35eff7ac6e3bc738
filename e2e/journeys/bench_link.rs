//! The cost of the way back from a provider: from the start of the process that the desktop starts for the link until the
//! linked account is on screen, against the settings server's own time for it.

use std::process::Command;

use e2e::browser::Browser;
use e2e::logto::Logto;
use e2e::provider_page::{ProviderPage, way_back};
use e2e::session::Session;
use e2e::window::Window;
use e2e::{Failure, Outcome};
use serde_json::Value;

use crate::steps;

const TARGET: &str = "github";

/// Remembers when the second frame with the linked account on it was drawn, in milliseconds since the epoch.
const WATCH: &str = "
    window.linkedDrawnAt = null;
    const look = () => {
        if (!document.querySelector('[data-testid=social-github]')) return requestAnimationFrame(look);
        requestAnimationFrame(() => { window.linkedDrawnAt = performance.timeOrigin + performance.now(); });
    };
    look();
";
/// Waits for what [`WATCH`] remembers.
const DRAWN: &str = "
    const done = arguments[0];
    const wait = () => (window.linkedDrawnAt === null ? requestAnimationFrame(wait) : done(window.linkedDrawnAt));
    wait();
";

/// Milliseconds of every link: of the server alone, and until the account is on screen.
pub(crate) struct Links {
    pub(crate) server: Vec<f64>,
    pub(crate) window: Vec<f64>,
}

/// Links an account and unlinks it `rounds` times. A first round is not counted.
///
/// # Errors
/// When the server's log lacks a moment, or a link fails.
pub(crate) async fn measure(
    session: &Session,
    window: &Window,
    browser: &Browser,
    rounds: u32,
) -> Outcome<Links> {
    let target = session.config.target()?;
    let logto = Logto::connect(target).await?;
    let id = logto.user().await?["id"].as_str().unwrap_or_default().to_owned();
    let mut links = Links { server: Vec::new(), window: Vec::new() };
    steps::go_to(window, "linked").await?;
    for round in 0..=rounds {
        window.wait_for(&format!("social-link-{TARGET}")).await?;
        window.activate(&format!("social-link-{TARGET}")).await?;
        steps::prove_by_password(session, window).await?;
        window.wait_for("social-waiting").await?;
        ProviderPage::appears(browser, target).await?.authorize().await?;
        let link = way_back(browser, target).await?;
        window.script(WATCH).await?;
        let began = window.script("return performance.timeOrigin + performance.now();").await?;
        let mut second = Command::new(&session.config.app);
        second.arg(link);
        let (mut child, _) = session.start_logged(second, "latchkey-link")?;
        let drawn = window.client.execute_async(DRAWN, vec![]).await?;
        let took = drawn.as_f64().zip(began.as_f64()).map(|(drawn, began)| drawn - began);
        let took = took.ok_or_else(|| Failure::Failed(format!("from {began} to {drawn}")))?;
        child.wait()?;
        if round > 0 {
            links.server.push(finished_in(session)?);
            links.window.push(took);
        }
        let path = format!("/users/{id}/identities/{TARGET}");
        logto.ask(reqwest::Method::DELETE, &path, None).await?;
        window.activate("social-reload").await?;
        window.wait_until_gone(&format!("social-{TARGET}")).await?;
    }
    Ok(links)
}

/// Returns how long the server's last finish of a link took, by its own log.
fn finished_in(session: &Session) -> Outcome<f64> {
    let log = session.config.target()?.server_log.as_ref();
    let log = log.ok_or_else(|| Failure::Failed("the settings server's log is needed".to_owned()))?;
    let text = std::fs::read_to_string(log)?;
    let mut finished = text.lines().rev().filter(|line| line.contains("/social/link/finish"));
    let line: Option<Value> = finished.next().and_then(|line| serde_json::from_str(line).ok());
    line.and_then(|line| line["duration_ms"].as_f64())
        .ok_or_else(|| Failure::Failed("the settings server never logged a link".to_owned()))
}
