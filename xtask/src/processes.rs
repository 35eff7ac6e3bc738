//! Ends the processes that xtask started, and no others.
//!
//! A D-Bus daemon starts programs whose ids are unknown, and a browser detaches from its starter. So xtask runs
//! twice: the outer process is the *child subreaper* of everything below it and only waits; the inner one does the
//! work. When the inner one ends, or a user presses Ctrl-C, the outer one ends every descendant by its id and fails
//! if one survives. Programs are never looked up by name.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::Outcome;
use crate::environment::{now, variable};

const MARK: &str = "LATCHKEY_XTASK_SUPERVISED";
/// How long a program may take to end by itself before it is killed.
const PATIENCE: Duration = Duration::from_secs(8);

/// Whether this is the inner process.
pub(crate) fn is_supervised() -> bool {
    variable(MARK).is_some()
}

/// Makes the inner process accept signals again, and end with its supervisor.
pub(crate) fn begin_supervised() -> Outcome {
    SigSet::all().thread_unblock().map_err(|error| format!("xtask: signals: {error}"))?;
    prctl::set_pdeathsig(Signal::SIGTERM).map_err(|error| format!("xtask: prctl: {error}"))
}

/// Runs xtask again as the inner process and cleans up after it.
pub(crate) fn supervise(arguments: &[String]) -> ExitCode {
    match try_supervise(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn try_supervise(arguments: &[String]) -> Outcome<u8> {
    let watched = SigSet::from_iter([Signal::SIGCHLD, Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    watched.thread_block().map_err(|error| error.to_string())?;
    prctl::set_child_subreaper(true).map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = TemporaryFolder::make()?;
    let inner = Command::new(program)
        .args(arguments)
        .env(MARK, "1")
        .env("TMPDIR", &folder.0)
        .spawn()
        .map_err(|error| error.to_string())?;
    let inner = Pid::from_raw(i32::try_from(inner.id()).map_err(|error| error.to_string())?);

    let code = loop {
        match watched.wait().map_err(|error| error.to_string())? {
            Signal::SIGCHLD => {
                if let Some(code) = reap(inner) {
                    break code;
                }
            }
            signal => {
                eprintln!("\nxtask: stopping what was started …");
                // The terminal has signalled the inner process too; a `kill` of the outer one alone has not.
                let _ = kill(inner, Signal::SIGTERM);
                end_descendants()?;
                return Ok(128_u8.saturating_add(u8::try_from(signal as i32).unwrap_or(0)));
            }
        }
    };
    end_descendants()?;
    Ok(code)
}

/// The folder of all temporary files, secrets of a sandbox among them. It is removed afterwards, whatever happened to
/// the programs that wrote there.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn make() -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("latchkey-run-{}", std::process::id()));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        let _ = fs::remove_dir_all(sibling(&self.0));
    }
}

/// Returns the folder of PostgreSQL's files: next to the temporary folder, which its user may not enter.
pub(crate) fn postgres_folder() -> Outcome<PathBuf> {
    if !is_supervised() {
        return Err(
            "xtask: PostgreSQL's folder would not be removed (run it under the supervisor)".to_owned()
        );
    }
    Ok(sibling(&std::env::temp_dir()))
}

fn sibling(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push("-postgres");
    PathBuf::from(name)
}

/// Reaps ended children; returns the inner process's exit code if it was among them.
fn reap(inner: Pid) -> Option<u8> {
    let mut code = None;
    while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        match status {
            WaitStatus::Exited(pid, exit) if pid == inner => code = Some(u8::try_from(exit).unwrap_or(1)),
            WaitStatus::Signaled(pid, _, _) if pid == inner => code = Some(1),
            WaitStatus::StillAlive => break,
            _ => {}
        }
    }
    code
}

/// Sends SIGTERM to every descendant of this process, waits, and kills the rest.
pub(crate) fn end_descendants() -> Outcome {
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let deadline = now() + PATIENCE;
        let mut signalled = Vec::new();
        loop {
            while matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(status) if status != WaitStatus::StillAlive)
            {
            }
            let left = descendants(std::process::id());
            if left.is_empty() {
                return Ok(());
            }
            for pid in left {
                if !signalled.contains(&pid) {
                    signalled.push(pid);
                    match kill(Pid::from_raw(pid), signal) {
                        Ok(()) | Err(Errno::ESRCH) => {}
                        Err(error) => return Err(format!("process {pid} could not be stopped: {error}")),
                    }
                }
            }
            if now() > deadline {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    Err(format!("these processes did not end: {:?}", descendants(std::process::id())))
}

/// Returns the ids of every process below `root`, read from `/proc`.
pub(crate) fn descendants(root: u32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        if let Some(parent) = parent_in_stat(&stat) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![i32::try_from(root).unwrap_or(0)];
    while let Some(parent) = open.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            found.push(child);
            open.push(child);
        }
    }
    found
}

/// Reads the fourth field of `/proc/<pid>/stat`; the second is a name in brackets that may contain anything. A
/// process that has ended and waits to be reaped (`Z`) counts as gone.
fn parent_in_stat(stat: &str) -> Option<i32> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z").then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::parent_in_stat;

    #[test]
    fn process_name_with_brackets_is_parsed() {
        assert_eq!(parent_in_stat("812 (Web ) Content) S 77 812 5 0 -1"), Some(77));
        assert_eq!(parent_in_stat("812 (gone) Z 77 812 5 0 -1"), None);
        assert_eq!(parent_in_stat("nonsense"), None);
    }
}
