//! A PostgreSQL for the tests: a fresh cluster in a temporary folder, reachable by a socket in that folder alone, and
//! removed afterwards. The machine's own cluster is neither started nor read.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::Signal;
use nix::unistd::{User, chown, geteuid};

use crate::Outcome;
use crate::environment::find_program;
use crate::output::capture;
use crate::processes::postgres_folder;
use crate::stack::{spawn, stop_by, wait_for};

/// Where Debian keeps the programs of each version: `<version>/bin`.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user that PostgreSQL runs as when xtask is root: it refuses to run as root.
const USER: &str = "postgres";

/// What a commit survives.
#[derive(Clone, Copy)]
pub(crate) enum Durability {
    /// The end of the server process only: for tests.
    None,
    /// A power cut, too: for benchmarks.
    Full,
}

/// A cluster that runs until it is dropped.
pub(crate) struct Postgres {
    folder: PathBuf,
    child: Child,
}

/// Starts a cluster for a developer, and prints how tests find it.
pub(crate) fn run() -> Outcome {
    let mut postgres = Postgres::start(Durability::None)?;
    println!("export LATCHKEY_TEST_POSTGRES='{}'", postgres.url());
    postgres.child.wait().map_err(|error| format!("PostgreSQL: {error}"))?;
    Err("PostgreSQL ended by itself".to_owned())
}

impl Postgres {
    /// Creates a cluster, starts it, and returns when it accepts connections.
    pub(crate) fn start(durability: Durability) -> Outcome<Self> {
        let programs = programs().ok_or("PostgreSQL is not installed: its package is called `postgresql`")?;
        let folder = postgres_folder()?;
        make(&folder)?;
        let data = folder.join("data");
        let mut initdb = as_its_user(&programs.join("initdb"), &folder);
        initdb.arg("--pgdata").arg(&data).args([
            "--username=postgres",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        capture(&mut initdb)?;
        let mut server = as_its_user(&programs.join("postgres"), &folder);
        server.arg("-D").arg(&data).arg("-k").arg(&folder);
        let fsync = match durability {
            Durability::None => "fsync=off",
            Durability::Full => "fsync=on",
        };
        for setting in ["listen_addresses=", fsync, "max_connections=200"] {
            server.args(["-c", setting]);
        }
        let log = std::env::temp_dir().join("postgres.log");
        let mut child = spawn(&mut server, &log)?;
        let is_ready = || {
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.arg("--quiet").arg("--host").arg(&folder).stdin(Stdio::null());
            ask.status().is_ok_and(|status| status.success()).then_some(())
        };
        let waited = wait_for("PostgreSQL", &mut child, &log, is_ready);
        let postgres = Self { folder, child };
        waited.map(|()| postgres)
    }

    /// Returns its URL, for a user with all rights.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT: a fast but orderly shutdown. (At SIGTERM it would wait for its clients.)
        stop_by(&mut self.child, Signal::SIGINT);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path());
    newest(versions.filter(|folder| folder.join("bin/initdb").is_file()))
        .map(|folder| folder.join("bin"))
        .or_else(|| find_program("initdb")?.parent().map(Path::to_path_buf))
}

fn newest(folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    folders.filter_map(|folder| Some((version(&folder)?, folder))).max().map(|(_, folder)| folder)
}

/// Creates a folder that only its user can enter.
fn make(folder: &Path) -> Outcome {
    let failed = |error: String| format!("{}: {error}", folder.display());
    fs::DirBuilder::new().mode(0o700).create(folder).map_err(|error| failed(error.to_string()))?;
    if !geteuid().is_root() {
        return Ok(());
    }
    let user = User::from_name(USER)
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("there is no user `{USER}`, which the package `postgresql` makes"))?;
    chown(folder, Some(user.uid), Some(user.gid)).map_err(|error| failed(error.to_string()))
}

/// Returns the program, to be run as `postgres` when xtask is root.
fn as_its_user(program: &Path, folder: &Path) -> Command {
    let mut command = if geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={USER}")).arg(format!("--regid={USER}")).arg("--init-groups");
        command.arg("--").arg(program);
        command
    } else {
        Command::new(program)
    };
    // Our temporary folder is closed to that user, and a PG… variable of the caller means another cluster.
    command.current_dir(folder).env_remove("TMPDIR");
    for name in ["PGDATA", "PGHOST", "PGOPTIONS", "PGPORT", "PGUSER"] {
        command.env_remove(name);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::{PathBuf, newest};

    #[test]
    fn the_newest_version_is_the_highest_number() {
        let folders = ["/p/9", "/p/15", "/p/16", "/p/common"].map(PathBuf::from);
        assert_eq!(newest(folders.into_iter()), Some(PathBuf::from("/p/16")));
    }
}
