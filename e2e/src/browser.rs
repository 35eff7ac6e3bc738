//! The system browser that the app's sign-in opened: Chromium through chromedriver, or Firefox through Marionette.

use std::fs;
use std::time::Duration;

use fantoccini::{Client, Locator};
use serde_json::{Map, Value, json};

use crate::failure::Outcome;
use crate::session::Session;
use crate::system_browser::SystemBrowser;
use crate::{marionette, wait, webdriver};

/// A running browser.
#[derive(Debug)]
pub struct Browser {
    /// The driver.
    pub client: Client,
}

impl Browser {
    /// Waits until the app has opened the browser, and attaches to it.
    ///
    /// # Errors
    /// When no browser appears, or the driver does not start.
    pub async fn attach(session: &Session) -> Outcome<Self> {
        let client = match session.system_browser() {
            SystemBrowser::Chromium => chromium(session).await?,
            SystemBrowser::Firefox => {
                if let Some(client) = session.firefox() {
                    return Ok(Self { client });
                }
                let client = marionette::connect(port(session, "MarionetteActivePort").await?).await?;
                session.keep_firefox(&client);
                client
            }
        };
        session.remember(&client);
        Ok(Self { client })
    }

    /// Switches to the tab whose URL starts with `beginning`.
    ///
    /// # Errors
    /// When none appears in time.
    pub async fn turn_to(&self, beginning: &str) -> Outcome {
        self.turn_to_one_with(beginning, "html").await
    }

    /// Switches to the tab whose URL starts with `beginning` and whose page has an element.
    ///
    /// # Errors
    /// When none appears in time.
    pub async fn turn_to_one_with(&self, beginning: &str, css: &str) -> Outcome {
        wait::until(&format!("a browser tab at {beginning} with `{css}`"), wait::PATIENCE, || async {
            for window in self.client.windows().await?.into_iter().rev() {
                self.client.switch_to_window(window).await?;
                if self.client.current_url().await?.as_str().starts_with(beginning)
                    && self.client.find(Locator::Css(css)).await.is_ok()
                {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }

    /// Returns the URLs of all tabs.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn addresses(&self) -> Outcome<Vec<String>> {
        let mut found = Vec::new();
        for window in self.client.windows().await? {
            self.client.switch_to_window(window).await?;
            found.push(self.client.current_url().await?.to_string());
        }
        Ok(found)
    }

    /// Returns the text of the current tab.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn text(&self) -> Outcome<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }
}

async fn chromium(session: &Session) -> Outcome<Client> {
    let port = port(session, "DevToolsActivePort").await?;
    let mut capabilities = Map::<String, Value>::new();
    capabilities
        .insert("goog:chromeOptions".to_owned(), json!({ "debuggerAddress": format!("127.0.0.1:{port}") }));
    webdriver::connect(session, "chromedriver", &[], capabilities).await
}

/// Returns the port that the browser wrote to this file of its profile once it listened.
async fn port(session: &Session, file: &str) -> Outcome<u16> {
    let file = session.browser_profile().join(file);
    wait::until_some("the system browser", Duration::from_secs(60), || async {
        let text = fs::read_to_string(&file).unwrap_or_default();
        Ok(text.lines().next().and_then(|line| line.parse::<u16>().ok()))
    })
    .await
}
