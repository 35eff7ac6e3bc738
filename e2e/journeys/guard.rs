//! The window shows its own page and nothing else.

use e2e::session::Session;
use e2e::window::Window;
use e2e::{Outcome, ensure};
use serde_json::json;

use crate::fake_server::FakeServer;

/// Navigation to the issuer, or anywhere, is cancelled: by address, by a link, by a new window, in a frame.
pub(crate) async fn n1_no_embedded_view_loads_the_issuer(session: &Session) -> Outcome {
    let issuer = session.config.target()?.issuer.to_string();
    let elsewhere =
        FakeServer::start(|_| ("200 OK", "Content-Type: text/html\r\n".to_owned(), "elsewhere".to_owned()))
            .await?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("signed_out").await?;
    let own = window.client.current_url().await?;
    for url in [elsewhere.url.as_str(), issuer.as_str()] {
        for script in [
            "location.href = arguments[0]",
            "location.replace(arguments[0])",
            "const a = document.createElement('a'); a.href = arguments[0]; document.body.append(a); a.click()",
            "window.open(arguments[0], '_blank')",
            "const f = document.createElement('iframe'); f.src = arguments[0]; document.body.append(f)",
            "const f = document.createElement('form'); f.action = arguments[0]; document.body.append(f); f.submit()",
            "fetch(arguments[0]).catch(() => 0)",
            "const i = new Image(); i.src = arguments[0]",
        ] {
            window.client.execute(script, vec![json!(url)]).await?;
            // Two answers of the app: the window decided on the navigation before both.
            for _ in 0..2 {
                window.command("app_state", json!({})).await?;
            }
            let now = window.client.current_url().await?;
            ensure(now == own, format!("`{script}` went to {now}"))?;
        }
    }
    ensure(elsewhere.asked().is_empty(), format!("the page reached the network: {:?}", elsewhere.asked()))?;
    ensure(window.client.windows().await?.len() == 1, "a second window was opened")?;
    window.wait_for_view("signed_out").await
}
