//! Programs of a session: started with its environment, and all ended with it.
//!
//! A bus starts daemons and a browser detaches from its starter, so this process makes itself *child subreaper* and
//! ends its own descendants, by id and never by name.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tokio::time::Instant;

use crate::failure::{Failure, Outcome};

/// Makes orphans of this process's children its own from now on.
///
/// # Errors
/// [`Failure::Infrastructure`] where the system refuses.
pub fn adopt_orphans() -> Outcome {
    prctl::set_child_subreaper(true).map_err(|error| Failure::infrastructure("child subreaper", error))
}

/// Ends every descendant of this process: SIGTERM first, SIGKILL after eight seconds.
///
/// # Errors
/// [`Failure::Failed`] naming those that survive.
pub async fn end_descendants() -> Outcome {
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let deadline = Instant::now() + Duration::from_secs(8);
        let mut signalled = Vec::new();
        while Instant::now() < deadline {
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
                    let _ = kill(Pid::from_raw(pid), signal);
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let named: Vec<String> = descendants(std::process::id())
        .into_iter()
        .map(|pid| format!("{pid} {}", command_line(pid).replace('\0', " ")))
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!("these processes outlived their session: {}", named.join("; "))))
}

/// Returns the ids of every process below `root`.
#[must_use]
pub fn descendants(root: u32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The second field is a name in brackets that may hold anything.
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        let mut fields = rest.split_whitespace();
        let state = fields.next();
        if let (true, Some(parent)) = (state != Some("Z"), fields.next().and_then(|text| text.parse().ok())) {
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

/// Returns a process's arguments, separated by NUL; empty when it is gone.
#[must_use]
pub fn command_line(pid: i32) -> String {
    fs::read(format!("/proc/{pid}/cmdline"))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// Returns the memory of a process and everything below it, in kilobytes: each page counted by the share it has in it
/// (`Pss` in `/proc/<pid>/smaps_rollup`, proc(5)).
#[must_use]
pub fn memory_kb(pid: u32) -> u64 {
    let root = i32::try_from(pid).unwrap_or(0);
    descendants(pid).into_iter().chain([root]).filter_map(proportional_kb).sum()
}

fn proportional_kb(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Sends a process SIGTERM and waits until it and everything below it is gone.
///
/// # Errors
/// [`Failure::Failed`] when one stays.
pub async fn end_tree(mut child: std::process::Child) -> Outcome {
    let mut tree = descendants(child.id());
    tree.push(i32::try_from(child.id()).unwrap_or(0));
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap_or(0)), Signal::SIGTERM)?;
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let _ = child.try_wait();
        let ours = descendants(std::process::id());
        if !tree.iter().any(|pid| ours.contains(pid)) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(Failure::Failed("the app did not end when it was asked to".to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
