//! The paths of a run: the checkout, the cache and the target folder. The only file that reads the environment and the
//! time.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::Outcome;

/// The folders of one run.
#[derive(Clone, Debug)]
pub(crate) struct Checkout {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// `${XDG_CACHE_HOME:-$HOME/.cache}/latchkey`: tools that are installed once.
    pub(crate) cache: PathBuf,
    /// Cargo's target folder, outside the checkout.
    pub(crate) target: PathBuf,
    /// The cargo that runs xtask.
    cargo: OsString,
}

impl Checkout {
    /// Reads the environment once.
    pub(crate) fn find() -> Outcome<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = variable("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .unwrap_or_else(|| manifest.to_path_buf())
            .parent()
            .map(Path::to_path_buf)
            .ok_or("xtask: the checkout has no root")?;
        let cache = variable("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))
            .ok_or("xtask: neither XDG_CACHE_HOME nor HOME is set")?
            .join("latchkey");
        let target = variable("CARGO_TARGET_DIR").map(PathBuf::from).unwrap_or_else(|| cache.join("target"));
        let target = if target.is_absolute() { target } else { root.join(target) };
        Ok(Self { root, cache, target, cargo: variable("CARGO").unwrap_or_else(|| "cargo".into()) })
    }

    /// Returns the page's folder.
    pub(crate) fn page(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// Returns `cargo` in the root of the checkout, with the target folder of this run.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target).args(arguments);
        // What `cargo run` sets for xtask must not leak into the cargo below: it would rebuild what reads it.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_")
                || text.starts_with("CARGO_MANIFEST_")
                || text == "CARGO_BIN_NAME"
            {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Returns a program in the page's folder.
    pub(crate) fn in_page(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.page()).args(arguments);
        command
    }

    /// Returns a binary that cargo built in this run's target folder; `profile` is the folder's name.
    pub(crate) fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(name)
    }
}

/// Reads one variable; unset and empty are the same.
#[expect(clippy::disallowed_methods, reason = "the one place of xtask that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns the time now, to time steps and to wait for programs.
#[expect(clippy::disallowed_methods, reason = "the one place of xtask that reads the time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Returns the full path of a program on `PATH`.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    env::split_paths(&variable("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Whether a window can be shown to a user.
pub(crate) fn has_display() -> bool {
    variable("DISPLAY").is_some() || variable("WAYLAND_DISPLAY").is_some()
}
