//! One window: links and second starts reach it.

use std::process::Command;

use e2e::package::{INSTALLED_SCHEME, Package, sessions_read};
use e2e::session::{SCHEME, Session};
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Outcome, ensure, skip};

use crate::steps;

/// A link from another program focuses the window and opens an allow-listed page; others do nothing.
pub(crate) async fn n10_deep_link_focuses_and_opens_page(session: &Session) -> Outcome {
    // The server is set in the app, so that a start by link alone knows it.
    let window = Window::open(session, &[]).await?;
    window.fill("server-url", &session.config.target()?.server_url).await?;
    window.activate("save-server").await?;
    window.wait_for_view("signed_out").await?;
    steps::sign_in(session, &window).await?;
    session.focus_browser().await?;
    wait::until("the browser to have the focus", PATIENCE, || async { Ok(!window.is_focused().await?) })
        .await?;
    session.open_link(&format!("{SCHEME}://open/profile")).await?;
    window.wait_for_view("profile").await?;
    wait::until("the window to have the focus", PATIENCE, || window.is_focused()).await?;

    for refused in [
        "open/secrets",
        "settings",
        "open/settings?next=https://evil.test",
        "callback?code=x&state=y",
        "open",
    ] {
        let mut second = Command::new(&session.config.app);
        second.arg(format!("{SCHEME}://{refused}"));
        let code = session.run_to_end(second, "latchkey").await?;
        ensure(code == Some(0), format!("a second start with `{refused}` ended with {code:?}"))?;
        ensure(window.view().await?.as_deref() == Some("profile"), format!("`{refused}` moved the window"))?;
    }
    // After the refused ones the window still follows a valid one.
    session.open_link(&format!("{SCHEME}://open/settings")).await?;
    window.wait_for_view("settings").await?;
    window.close(session).await?;

    // A cold start: the link is the only argument, as the system passes it.
    let window = Window::open(session, &[&format!("{SCHEME}://open/profile")]).await?;
    window.wait_for_view("profile").await?;
    window.close(session).await
}

/// A second start hands over to the first one and ends.
pub(crate) async fn n10_second_start_focuses_first(session: &Session) -> Outcome {
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    session.focus_browser().await?;
    wait::until("the browser to have the focus", PATIENCE, || async { Ok(!window.is_focused().await?) })
        .await?;
    let code = session.run_to_end(Command::new(&session.config.app), "latchkey").await?;
    ensure(code == Some(0), format!("the second start ended with {code:?}"))?;
    wait::until("the first window to have the focus", PATIENCE, || window.is_focused()).await?;
    ensure(window.view().await?.as_deref() == Some("overview"), "the first window shows something else")
}

/// Links reach the app of a package, warm and cold, under GNOME and under a desktop without tools of its own.
pub(crate) async fn n10_links_open_the_app_of_a_package(session: &Session) -> Outcome {
    let Some(deb) = &session.config.deb else { return skip("there is no package") };
    let package = Package::unpack(session, deb)?;
    let (program, server) = (package.program(), session.config.target()?.server_url.clone());
    for desktop in ["GNOME", "X-Generic"] {
        let environment = package.environment(desktop);
        let window = Window::start_in(session, &program, &[], &environment).await?;
        if desktop == "GNOME" {
            // The server is set in the app, so that a start by link alone knows it.
            window.fill("server-url", &server).await?;
            window.activate("save-server").await?;
            window.wait_for_view("signed_out").await?;
            steps::sign_in(session, &window).await?;
        } else {
            window.wait_for_view("overview").await?;
        }
        package.open_link(session, desktop, &format!("{INSTALLED_SCHEME}://open/profile"))?;
        window.wait_for_view("profile").await?;
        window.close(session).await?;

        let link = format!("{INSTALLED_SCHEME}://open/devices");
        let reads_before = sessions_read(session)?;
        package.open_link(session, desktop, &link)?;
        package.shows_devices_for(session, &link, reads_before).await?;
    }
    Ok(())
}
