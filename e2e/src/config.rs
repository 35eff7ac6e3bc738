//! The configuration of a run of journeys, read once from the environment.
//!
//! Required: `LATCHKEY_E2E_APP` (the app's binary), `LATCHKEY_E2E_ISSUER`, `…_MANAGEMENT_API` (its base, with
//! `/api`), `…_M2M_ID`, `…_M2M_SECRET_FILE`, `…_RESOURCE_INDICATOR` (of the Management API), `…_SERVER_URL`
//! (the settings server), `…_USERNAME`, `…_PASSWORD`. Optional: `…_CONTROL` (only a sandbox has one), `…_OUTBOX_COMMAND`,
//! `…_PROVIDERS` and `…_PROVIDER_KEY` (only a sandbox has providers),
//! `…_SERVER_PID` and `…_SERVER_LOG` (only a server of our own), `…_NOROLE_USERNAME` and `…_NOROLE_PASSWORD` (a user without the role), `…_AXE`,
//! `…_SCREENSHOTS`, `…_DEB`. A journey that needs what is not there is skipped.

use std::path::PathBuf;

use crate::failure::{Failure, Outcome};

/// What a run is configured with. The module documentation lists the variables.
#[derive(Clone, Debug)]
pub struct Config {
    /// The app's binary.
    pub app: PathBuf,
    /// axe-core's script.
    pub axe: PathBuf,
    /// The folder of screenshots.
    pub screenshots: PathBuf,
    /// The app's Debian package.
    pub deb: Option<PathBuf>,
    /// Logto and the server; absent when only a session is wanted.
    pub target: Option<Target>,
}

/// The Logto and the settings server under test.
#[derive(Clone, Debug)]
pub struct Target {
    /// The issuer's URL.
    pub issuer: url::Url,
    /// The Management API's base URL, ending in `/api`.
    pub management_api: String,
    /// Client id of a machine-to-machine application.
    pub m2m_id: String,
    /// The file with its secret.
    pub m2m_secret_file: PathBuf,
    /// The Management API's resource indicator.
    pub resource_indicator: String,
    /// The settings server's base URL.
    pub server_url: String,
    /// The user who signs in.
    pub username: String,
    /// The user's password.
    pub password: String,
    /// A user without the role that grants scopes, and the password.
    pub without_role: Option<(String, String)>,
    /// The sandbox's control endpoint.
    pub control: Option<String>,
    /// A shell command that prints the last code sent to the address in `$1`.
    pub outbox_command: Option<String>,
    /// The providers of social accounts: the beginning of their pages' addresses, and the SHA-256 of their certificate's
    /// key in base64, for Chromium to trust.
    pub providers: Option<(String, String)>,
    /// The settings server's process, when a journey may stop it.
    pub server_pid: Option<i32>,
    /// The settings server's log.
    pub server_log: Option<PathBuf>,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`Failure::Infrastructure`] naming the variable that is missing.
    pub fn read() -> Outcome<Self> {
        Ok(Self {
            app: required("APP")?.into(),
            axe: optional("AXE").unwrap_or_else(|| "ui/node_modules/axe-core/axe.min.js".into()).into(),
            screenshots: optional("SCREENSHOTS").unwrap_or_else(|| "target/screenshots".into()).into(),
            deb: optional("DEB").map(PathBuf::from),
            target: if optional("ISSUER").is_some() { Some(Target::read()?) } else { None },
        })
    }

    /// Returns Logto and the server.
    ///
    /// # Errors
    /// [`Failure::Infrastructure`] when the environment names none.
    pub fn target(&self) -> Outcome<&Target> {
        self.target.as_ref().ok_or_else(|| Failure::infrastructure("LATCHKEY_E2E_ISSUER", "not set"))
    }
}

impl Target {
    fn read() -> Outcome<Self> {
        let issuer = required("ISSUER")?;
        Ok(Self {
            issuer: url::Url::parse(&issuer)
                .map_err(|error| Failure::infrastructure("LATCHKEY_E2E_ISSUER", error))?,
            management_api: required("MANAGEMENT_API")?.trim_end_matches('/').to_owned(),
            m2m_id: required("M2M_ID")?,
            m2m_secret_file: required("M2M_SECRET_FILE")?.into(),
            resource_indicator: required("RESOURCE_INDICATOR")?,
            server_url: required("SERVER_URL")?,
            username: required("USERNAME")?,
            password: required("PASSWORD")?,
            without_role: optional("NOROLE_USERNAME").zip(optional("NOROLE_PASSWORD")),
            control: optional("CONTROL").map(|url| url.trim_end_matches('/').to_owned()),
            outbox_command: optional("OUTBOX_COMMAND"),
            providers: optional("PROVIDERS").zip(optional("PROVIDER_KEY")),
            server_pid: optional("SERVER_PID").and_then(|pid| pid.parse().ok()),
            server_log: optional("SERVER_LOG").map(PathBuf::from),
        })
    }
}

fn required(name: &str) -> Outcome<String> {
    optional(name).ok_or_else(|| {
        Failure::infrastructure(&format!("LATCHKEY_E2E_{name}"), "not set; use `cargo xtask e2e`")
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn optional(name: &str) -> Option<String> {
    std::env::var(format!("LATCHKEY_E2E_{name}")).ok().filter(|value| !value.is_empty())
}

/// Returns `PATH`, the one variable that every program of a session inherits.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn search_path() -> String {
    std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned())
}
