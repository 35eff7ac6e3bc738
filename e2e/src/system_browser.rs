//! The program that is a session's system browser, and what the session knows of it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use fantoccini::Client;

use crate::desktop;
use crate::failure::{Outcome, ensure};
use crate::session::Session;

/// The program that opens web addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemBrowser {
    /// Debian's `chromium`.
    Chromium,
    /// Debian's `firefox-esr`, with HTTPS-first on.
    Firefox,
}

impl SystemBrowser {
    /// Returns the name of the program's windows and of its profile's folder.
    fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        }
    }
}

impl Session {
    /// Makes Firefox the system browser, instead of Chromium.
    ///
    /// # Errors
    /// When its profile cannot be written.
    pub fn use_firefox(&self) -> Outcome {
        self.system_browser.set(SystemBrowser::Firefox);
        desktop::firefox(self)
    }

    /// Returns which program opens web addresses.
    #[must_use]
    pub fn system_browser(&self) -> SystemBrowser {
        self.system_browser.get()
    }

    /// Returns the driver of Firefox, once there is one: Firefox accepts no second one.
    pub(crate) fn firefox(&self) -> Option<Client> {
        self.firefox.borrow().clone()
    }

    /// Keeps the driver of Firefox.
    pub(crate) fn keep_firefox(&self, client: &Client) {
        *self.firefox.borrow_mut() = Some(client.clone());
    }

    /// Focuses the browser's window, as a user who works elsewhere does.
    ///
    /// # Errors
    /// When there is no such window.
    pub async fn focus_browser(&self) -> Outcome {
        self.focus_window(self.system_browser().name()).await
    }

    /// Types keys in the window of this class, as a user does: the window manager sees them first.
    ///
    /// # Errors
    /// When there is no such window.
    pub(crate) async fn type_in_window(&self, class: &str, keys: &str) -> Outcome {
        self.focus_window(class).await?;
        self.run_xdotool(&["key", keys]).await
    }

    async fn focus_window(&self, class: &str) -> Outcome {
        self.run_xdotool(&["search", "--sync", "--onlyvisible", "--class", class, "windowactivate", "--sync"])
            .await
    }

    async fn run_xdotool(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new("xdotool");
        command.args(arguments);
        let code = self.run_to_end(command, "xdotool").await?;
        ensure(code == Some(0), format!("xdotool ended with {code:?}"))
    }

    /// Returns the URLs that the browser was started with, the oldest first.
    #[must_use]
    pub fn opened_addresses(&self) -> Vec<String> {
        let text = fs::read_to_string(self.opened_addresses_file()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn opened_addresses_file(&self) -> PathBuf {
        self.folder().join("opened-addresses")
    }

    /// Returns the browser's profile; a file in it names the port of its driver.
    #[must_use]
    pub fn browser_profile(&self) -> PathBuf {
        self.folder().join(self.system_browser().name())
    }
}
