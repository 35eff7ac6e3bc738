//! The options of the program: its command line and the few environment variables that it reads.

use clap::Parser;

/// Latchkey: manage your account.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "latchkey", version)]
pub struct Options {
    /// The settings server's URL; takes precedence over `LATCHKEY_SERVER` and over App settings.
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Accept this resource indicator although it is not the server's URL. Shown in the window.
    #[arg(long, value_name = "URL")]
    pub resource: Option<String>,
    /// Open an empty window and log when it was drawn: the floor that `cargo xtask bench app` compares with.
    #[arg(long, hide = true)]
    pub blank_window: bool,
    /// A link of the app's private scheme, as the system hands it over.
    #[arg(value_name = "LINK")]
    pub link: Option<String>,
}

/// The environment variables that the program reads.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `LATCHKEY_SERVER`: the settings server's URL.
    pub server: Option<String>,
    /// `LATCHKEY_DEV=1`: run as `app.latchkey.desktop.dev` with the scheme `app.latchkey.dev`, next to an
    /// installed Latchkey and without touching it.
    pub development: bool,
    /// `LATCHKEY_LOG`: a filter such as `info` or `latchkey_lib=debug`.
    pub log: Option<String>,
}

impl Environment {
    /// Reads the environment. Called once, by `main`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Self {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            server: read("LATCHKEY_SERVER"),
            development: read("LATCHKEY_DEV").is_some_and(|value| value == "1"),
            log: read("LATCHKEY_LOG"),
        }
    }
}
