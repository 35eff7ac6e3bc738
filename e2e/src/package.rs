//! A package in private folders: unpacked, and seen by the desktop as if it was installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::config::search_path;
use crate::failure::{Failure, Outcome, skip};
use crate::session::Session;
use crate::{processes, wait};

/// The private scheme of an installed app.
pub const INSTALLED_SCHEME: &str = "app.latchkey";

/// An unpacked package.
#[derive(Debug)]
pub struct Package {
    root: PathBuf,
}

impl Package {
    /// Unpacks a `.deb`, and does what the desktop's trigger does after an installation.
    ///
    /// # Errors
    /// [`Failure::Infrastructure`] when a program of the system fails.
    pub fn unpack(session: &Session, deb: &Path) -> Outcome<Self> {
        let root = session.folder().join("package");
        run(session, Command::new("dpkg-deb").arg("--extract").arg(deb).arg(&root))?;
        run(session, Command::new("update-desktop-database").arg(root.join("usr/share/applications")))?;
        Ok(Self { root })
    }

    /// Returns the app's program.
    #[must_use]
    pub fn program(&self) -> PathBuf {
        self.root.join("usr/bin/latchkey")
    }

    /// Returns the environment in which this package is installed, under this desktop.
    #[must_use]
    pub fn environment(&self, desktop: &str) -> Vec<(&'static str, String)> {
        let own = |folder: &str| self.root.join(folder).display().to_string();
        vec![
            ("PATH", format!("{}:{}", own("usr/bin"), search_path())),
            ("XDG_DATA_DIRS", format!("{}:/usr/share", own("usr/share"))),
            ("XDG_CURRENT_DESKTOP", desktop.to_owned()),
            // An installed app, not one of developers.
            ("LATCHKEY_DEV", String::new()),
        ]
    }

    /// Opens a link as another program of this desktop does.
    ///
    /// # Errors
    /// When `xdg-open` is missing.
    pub fn open_link(&self, session: &Session, desktop: &str, link: &str) -> Outcome {
        let mut command = Command::new("xdg-open");
        command.arg(link).envs(self.environment(desktop));
        session.start(command, "xdg-open").map(drop)
    }

    /// Waits until the app was started for a link, and the user's sessions were read, which the page of devices shows. Then ends
    /// the app.
    ///
    /// # Errors
    /// When it is not started, or the page does not open.
    pub async fn shows_devices_for(&self, session: &Session, link: &str, reads_before: usize) -> Outcome {
        let is_it = |pid: &i32| {
            let line = processes::command_line(*pid);
            let mut words = line.split('\0');
            words.next().is_some_and(|program| program.ends_with("latchkey")) && words.next() == Some(link)
        };
        let pid = wait::until_some(&format!("the app, started for {link}"), wait::PATIENCE, || async {
            let ours = processes::descendants(std::process::id());
            Ok(ours.into_iter().find(is_it))
        })
        .await?;
        wait::until("its page of devices", wait::PATIENCE, || async {
            Ok(sessions_read(session)? > reads_before)
        })
        .await?;
        kill(Pid::from_raw(pid), Signal::SIGTERM)
            .map_err(|error| Failure::infrastructure("the app", error))?;
        wait::until("the app to end", wait::PATIENCE, || async {
            Ok(processes::command_line(pid).is_empty())
        })
        .await
    }
}

/// Returns how often the settings server has answered the sessions of a user, by its log. The output of an app that the
/// desktop has started is nowhere.
///
/// # Errors
/// When there is no such log.
pub fn sessions_read(session: &Session) -> Outcome<usize> {
    let Some(log) = &session.config.target()?.server_log else {
        return skip("the settings server's log is needed");
    };
    let is_read = |line: &&str| line.contains("\"GET\"") && line.contains("/sessions\"");
    Ok(fs::read_to_string(log)?.lines().filter(is_read).count())
}

fn run(session: &Session, command: &mut Command) -> Outcome {
    let name = command.get_program().to_string_lossy().into_owned();
    session.surround(command);
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        other => Err(Failure::infrastructure(&name, format!("{other:?}"))),
    }
}
