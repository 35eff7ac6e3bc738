//! What the composition root knows at start: read once, handed in, never looked up again.

use std::path::PathBuf;

/// The configuration of one run of the app.
#[derive(Clone, Debug)]
pub struct Config {
    /// `--server`: the settings server's base URL; wins over everything else.
    pub command_line_server: Option<String>,
    /// `LATCHKEY_SERVER` of the environment: wins over what the person typed.
    pub environment_server: Option<String>,
    /// `--resource`: the only resource indicator to accept, when it differs from the server's URL. The window
    /// shows it.
    pub pinned_resource: Option<String>,
    /// Folder of `settings.json`; made when missing.
    pub config_dir: PathBuf,
    /// Folder of the known accounts, the last known views and the locks; made when missing.
    pub data_dir: PathBuf,
    /// The private scheme, e.g. `app.latchkey`: of deep links, of the end of sign-out, and the name under which
    /// items stand in the keyring.
    pub scheme: String,
    /// The app's version, as shown in App settings.
    pub version: String,
}
