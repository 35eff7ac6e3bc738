//! Runs programs and shows their progress.

use std::io::{IsTerminal, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::Outcome;
use crate::environment::now;

/// Runs a program with the terminal of xtask; an exit code other than 0 is an error that names the program.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = status(command)?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", shown(command))) }
}

/// Runs a program whose exit codes have a meaning.
pub(crate) fn status(command: &mut Command) -> Outcome<ExitStatus> {
    let _ = std::io::stdout().flush();
    command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("`{}` could not be started: {error}", shown(command)))
}

/// Runs a program and returns its output; its errors go to the terminal.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("`{shown}` could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{shown}` failed ({})", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{shown}` did not print UTF-8"))
}

fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    if let Some((_, name)) = text.rsplit_once('/') {
        text = name.to_owned();
    }
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Prints a line per minute while `work` runs, unless a user watches a terminal that shows progress anyway.
pub(crate) fn with_heartbeat<T>(name: &str, work: impl FnOnce() -> T) -> T {
    if std::io::stdout().is_terminal() {
        return work();
    }
    let (done, finished) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let started = now();
            while finished.recv_timeout(Duration::from_secs(60)) == Err(mpsc::RecvTimeoutError::Timeout) {
                println!("   … {name}: {} so far", duration(started.elapsed()));
            }
        });
        let answer = work();
        drop(done);
        answer
    })
}

/// Formats a duration for users: `0.8 s`, `42 s`, `3 min 07 s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 10 {
        format!("{:.1} s", time.as_secs_f64())
    } else if seconds < 60 {
        format!("{seconds} s")
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, duration};

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(840)), "0.8 s");
        assert_eq!(duration(Duration::from_secs(42)), "42 s");
        assert_eq!(duration(Duration::from_secs(187)), "3 min 07 s");
    }
}
