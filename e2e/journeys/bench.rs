//! The measurements of `cargo xtask bench app`: from the start of the process to the first meaningful view of an
//! account that is signed in, against a blank window of the same build, in interleaved pairs; from page to page;
//! from the browser's answer to the account, against the core's own part; and from the way back from a provider to the
//! linked account, against the settings server's own part.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use e2e::keyring::no_app_is_running;
use e2e::processes::{end_tree, memory_kb};
use e2e::session::Session;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Failure, Outcome};
use serde_json::{Value, json};

use crate::{bench_link, bench_sign_in, bench_views, steps};

/// The app's option for an empty window.
const BLANK: &str = "--blank-window";

/// The measurements of one start.
struct Start {
    /// The time until the second frame with content, in milliseconds, as the app itself logs it.
    ms: u64,
    /// The memory of the app and its helpers when it no longer grows, in kilobytes.
    kb: u64,
}

/// Signs in with the app that a driver can control, then starts `app` (which no driver can) `rounds` times in turn
/// with a blank window, and writes the measurements to `file`.
pub(crate) async fn run(session: &Session, app: &Path, rounds: u32, file: &Path) -> Outcome {
    let window = Window::open_with_server(session).await?;
    let browser = steps::sign_in(session, &window).await?;
    let changes = bench_views::measure(&window, rounds).await?;
    let links = bench_link::measure(session, &window, &browser, rounds).await?;
    steps::go_to(&window, "overview").await?;
    let sign_ins = bench_sign_in::measure(session, &window, rounds).await?;
    window.close(session).await?;

    let server = session.config.target()?.server_url.clone();
    let (mut floor, mut full) = (Vec::new(), Vec::new());
    // The first pair reads the programs from disk and is not counted.
    for round in 0..=rounds {
        let mut pair = [None, None];
        // In turn, so that neither is always second.
        for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            let arguments: &[&str] = if side == 0 { &[BLANK] } else { &["--server", &server] };
            pair[side] = Some(start(session, app, arguments).await?);
        }
        if let [Some(blank), Some(account)] = pair
            && round > 0
        {
            println!("   {round:2}. blank {} ms, account {} ms", blank.ms, account.ms);
            floor.push(blank);
            full.push(account);
        }
    }
    let list = |starts: &[Start], of: fn(&Start) -> u64| starts.iter().map(of).collect::<Vec<_>>();
    let measured = json!({
        "floor_ms": list(&floor, |start| start.ms), "app_ms": list(&full, |start| start.ms),
        "floor_kb": list(&floor, |start| start.kb), "app_kb": list(&full, |start| start.kb),
        "floor_change_ms": changes.floor, "change_ms": changes.pages,
        "floor_sign_in_ms": sign_ins.core, "sign_in_ms": sign_ins.window,
        "floor_link_ms": links.server, "link_ms": links.window,
    });
    Ok(fs::write(file, measured.to_string())?)
}

async fn start(session: &Session, app: &Path, arguments: &[&str]) -> Outcome<Start> {
    let mut command = Command::new(app);
    command.args(arguments);
    let before = accounts_read(session)?;
    let (child, log) = session.start_logged(command, "latchkey")?;
    let ms = wait::until_some("the first view", PATIENCE, || async {
        Ok(fs::read_to_string(&log)?.lines().find_map(first_view))
    })
    .await
    .map_err(|error| {
        let text = fs::read_to_string(&log).unwrap_or_default();
        Failure::Failed(format!("{error}; with {arguments:?} the app wrote:\n{text}"))
    })?;
    if arguments != [BLANK] {
        // If it ended in the middle of a refresh, the user would have to sign in again.
        wait::until("the account to be read again", PATIENCE, || async {
            Ok(accounts_read(session)? > before)
        })
        .await?;
    }
    let kb = at_rest(child.id()).await?;
    end_tree(child).await?;
    no_app_is_running(session).await?;
    Ok(Start { ms, kb })
}

/// Returns how often the settings server has answered the account.
fn accounts_read(session: &Session) -> Outcome<usize> {
    let Some(log) = &session.config.target()?.server_log else {
        return Err(Failure::Failed("the settings server's log is needed".to_owned()));
    };
    let text = fs::read_to_string(log)?;
    Ok(text.lines().filter(|line| line.contains("\"method\":\"GET\"") && line.contains("/account\"")).count())
}

/// Returns the time in a line of the app's log, if it is the first view's.
fn first_view(line: &str) -> Option<u64> {
    let line: Value = serde_json::from_str(line).ok()?;
    line["fields"]["since_process_start_ms"].as_u64()
}

/// Returns the memory once it has stopped growing: two readings in a row that differ by less than one per cent.
async fn at_rest(pid: u32) -> Outcome<u64> {
    let mut before = 0;
    let mut pause = tokio::time::interval(Duration::from_millis(250));
    for _ in 0..80 {
        pause.tick().await;
        let now = memory_kb(pid);
        if now > 0 && now.abs_diff(before) * 100 < now {
            return Ok(now);
        }
        before = now;
    }
    Err(Failure::Failed("the app's memory does not come to rest".to_owned()))
}
