//! Servers that are not Latchkey, that lie, or that are unreachable.

use e2e::session::Session;
use e2e::window::Window;
use e2e::{Outcome, ensure, skip};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fake_server::FakeServer;
use crate::steps;

/// Returns metadata as in RFC 9728, for another resource than the one it is found at.
fn metadata(resource: &str, issuer: &str) -> String {
    format!(
        "{{\"resource\":\"{resource}\",\"authorization_servers\":[\"{issuer}\"],\"scopes_supported\":[],\
         \"bearer_methods_supported\":[\"header\"],\"latchkey\":{{\"api_version\":1,\"client_id\":\"x\",\
         \"scheme\":\"app.latchkey.dev\"}}}}"
    )
}

/// Every wrong address has its own text, no browser opens, and the right one works in the end.
pub(crate) async fn wrong_server(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let issuer = target.issuer.to_string();
    let json = || "Content-Type: application/json\r\n".to_owned();
    let website = FakeServer::start(|_| {
        ("200 OK", "Content-Type: text/html\r\n".to_owned(), "<h1>A web site</h1>".to_owned())
    })
    .await?;
    let liar = FakeServer::start(|_| ("200 OK", json(), metadata(&target.server_url, &issuer))).await?;
    let elsewhere = format!("Location: {}/.well-known/oauth-protected-resource\r\n", website.url);
    let redirect = FakeServer::start(|_| ("302 Found", elsewhere, String::new())).await?;

    let window = Window::open(session, &[]).await?;
    window.wait_for_view("no_server").await?;
    for (url, code) in [
        ("ftp://latchkey.example.test", "server_url_invalid"),
        ("https://latchkey.example.test/?query", "server_url_invalid"),
        ("http://latchkey.example.test", "server_url_invalid"),
        (website.url.as_str(), "server_not_latchkey"),
        (liar.url.as_str(), "server_not_trusted"),
        (redirect.url.as_str(), "server_not_trusted"),
        ("http://127.0.0.1:9", "offline"),
    ] {
        window.fill("server-url", url).await?;
        window.activate("save-server").await?;
        window.wait_for_code("notice", code).await?;
        ensure(window.view().await?.as_deref() == Some("no_server"), format!("{url} was taken"))?;
    }
    window.close(session).await?;

    // The same when the address comes from the command line and a sign-in is tried.
    let window = Window::open(session, &["--server", &liar.url]).await?;
    window.activate("sign-in").await?;
    window.wait_for_view("problem").await?;
    window.wait_for_code("notice", "server_not_trusted").await?;
    window.close(session).await?;
    ensure(!session.browser_profile().join("DevToolsActivePort").exists(), "the browser was opened")?;

    let window = Window::open(session, &[]).await?;
    window.wait_for_view("no_server").await?;
    window.fill("server-url", &target.server_url).await?;
    window.activate("save-server").await?;
    window.wait_for_view("signed_out").await?;
    steps::sign_in(session, &window).await.map(drop)
}

/// The server becomes unreachable: the last known view stays, says how old it is, and an edit is not lost.
pub(crate) async fn server_away(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let Some(pid) = target.server_pid else {
        return skip("this settings server cannot be ended: LATCHKEY_E2E_SERVER_PID is not set");
    };
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    let name = window.text("account-name").await?;
    window.close(session).await?;

    kill(Pid::from_raw(pid), Signal::SIGTERM)?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("overview").await?;
    window.wait_for_text("account-name", &name).await?;
    window.wait_for_code("stale", "offline").await?;

    steps::go_to(&window, "profile").await?;
    steps::open_field(&window, "nickname").await?;
    window.fill("input-nickname", "Offline").await?;
    window.activate("save-nickname").await?;
    window.wait_for_code("notice", "offline").await?;
    ensure(window.text("input-nickname").await? == "Offline", "what was typed is lost")?;
    ensure(window.has("dialog").await?, "the dialog closed although nothing was saved")
}
