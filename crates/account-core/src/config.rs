//! The configuration that the program passes in at start. It is read once and never again.

use std::path::PathBuf;

/// The configuration of one run of the app.
#[derive(Clone, Debug)]
pub struct Config {
    /// `--server`: the settings server's base URL; takes precedence over everything else.
    pub command_line_server: Option<String>,
    /// `LATCHKEY_SERVER` of the environment: takes precedence over what the user set in the app.
    pub environment_server: Option<String>,
    /// `--resource`: the only resource indicator to accept, when it differs from the server's URL. The window
    /// shows it.
    pub pinned_resource: Option<String>,
    /// The folder of `settings.json`; created when missing.
    pub config_dir: PathBuf,
    /// The folder of the known accounts, the last known views and the locks; created when missing.
    pub data_dir: PathBuf,
    /// The private scheme, e.g. `app.latchkey`: used by deep links, by the redirect after sign-out, and as the
    /// service name of keyring items.
    pub scheme: String,
    /// The app's version, as shown in App settings.
    pub version: String,
}
