//! Journeys in the real window. `cargo xtask e2e` runs each with a sandbox and a server of its own;
//! `cargo test -p e2e --test journeys -- [filter]` runs them against whatever the environment names.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a test program reports to its terminal")]

mod access_tokens;
mod account;
mod bench;
mod bench_link;
mod bench_sign_in;
mod bench_views;
mod devices;
mod fake_server;
mod firefox;
mod gallery;
mod guard;
mod links;
mod list;
mod organisation;
mod security;
mod servers;
mod sign_in;
mod social;
mod steps;
mod storage;
mod tour;
mod views;

use std::path::Path;
use std::process::{Command, ExitCode};

use e2e::config::Config;
use e2e::restoration::Before;
use e2e::session::{Keyring, Session};
use e2e::{Failure, Outcome, processes, wait};
use tokio::time::Instant;

use list::{JOURNEYS, Journey};

/// The exit code of a run in which nothing failed and nothing ran, as in automake.
const SKIPPED: u8 = 77;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words == ["--list"] {
        for journey in JOURNEYS {
            println!("{}", journey.name);
        }
        return ExitCode::SUCCESS;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    // One thread and local tasks: a fake server belongs to the journey that started it.
    match tokio::task::LocalSet::new().block_on(&runtime, run(&words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Skipped(_)) => ExitCode::from(SKIPPED),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(words: &[&str]) -> Outcome {
    processes::adopt_orphans()?;
    let config = Config::read()?;
    match words {
        ["--in-session", program, rest @ ..] => in_session(config, Keyring::Unlocked, program, rest).await,
        ["--in-session-without-keyring", program, rest @ ..] => {
            in_session(config, Keyring::NotStarted, program, rest).await
        }
        ["--in-kde-session", program, rest @ ..] => in_session(config, Keyring::Kde, program, rest).await,
        ["--tour", folder] => tour(config, Path::new(folder)).await,
        ["--bench", app, rounds, file] => {
            let session = Session::begin(config, Keyring::Unlocked).await?;
            let outcome = bench::run(&session, Path::new(app), rounds.parse()?, Path::new(file)).await;
            let ended = session.end().await;
            outcome.and(ended)
        }
        ["--exact", name] => all(&config, |journey| journey.name == *name).await,
        names => {
            let matches =
                |journey: &Journey| names.is_empty() || names.iter().any(|name| journey.name.contains(name));
            all(&config, matches).await
        }
    }
}

async fn all(config: &Config, wanted: impl Fn(&Journey) -> bool) -> Outcome {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut settings_known_at = Instant::now();
    for journey in JOURNEYS.iter().filter(|journey| wanted(journey)) {
        // The server of the journey before does not know yet that the tenant's settings are restored.
        tokio::time::sleep_until(settings_known_at).await;
        let began = Instant::now();
        let mut ended = once(journey, config).await;
        if let Err(Failure::Infrastructure(why)) = &ended.outcome {
            println!("journey {}: could not start ({why}); once more in a fresh session", journey.name);
            ended = once(journey, config).await;
        }
        if ended.settings_changed {
            settings_known_at = Instant::now() + wait::SETTINGS_BOUND;
        }
        let took = began.elapsed().as_secs_f64();
        match ended.outcome {
            Ok(()) => {
                passed += 1;
                println!("journey {} passed in {took:.1} s", journey.name);
            }
            Err(Failure::Skipped(why)) => {
                skipped += 1;
                println!("journey {} SKIPPED: {why}", journey.name);
            }
            Err(error) => {
                failed += 1;
                println!("journey {} FAILED in {took:.1} s: {error}", journey.name);
            }
        }
    }
    if passed + failed + skipped != 1 {
        println!("{passed} passed, {failed} failed, {skipped} skipped");
    }
    match (passed, failed, skipped) {
        (0, 0, 1..) => e2e::skip("every journey was skipped"),
        (1.., 0, _) => Ok(()),
        _ => Err(Failure::Failed("not every journey passed".to_owned())),
    }
}

/// The result of a journey.
struct Ended {
    outcome: Outcome,
    /// Whether it changed the tenant's settings, which are restored.
    settings_changed: bool,
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self { outcome: Err(failure), settings_changed: false }
    }
}

/// Runs one journey in a session of its own. Whatever happens, the session is ended, and Logto is restored.
async fn once(journey: &Journey, config: &Config) -> Ended {
    let before = match &config.target {
        Some(target) => match Before::look(target).await {
            Ok(before) => Some(before),
            Err(error) => return error.into(),
        },
        None => None,
    };
    let session = match Session::begin(config.clone(), journey.keyring).await {
        Ok(session) => session,
        Err(error) => return processes::end_descendants().await.err().unwrap_or(error).into(),
    };
    let outcome = (journey.run)(&session).await;
    if !matches!(outcome, Ok(()) | Err(Failure::Skipped(_))) {
        let folder = Path::new("target/e2e").join(journey.name);
        session.keep_evidence(&folder).await;
        println!("what was seen is in {}", folder.display());
    }
    let restored = match before {
        Some(before) => before.restore(&session).await,
        None => Ok(false),
    };
    let ended = session.end().await;
    if let (Err(error), Err(_)) = (&restored, &outcome) {
        println!("Logto could not be brought back to what it had before: {error}");
    }
    let settings_changed = !matches!(restored, Ok(false));
    Ended { outcome: outcome.and(restored.map(drop)).and(ended), settings_changed }
}

/// Runs the demo without a display.
async fn tour(config: Config, folder: &Path) -> Outcome {
    let session = Session::begin(config, Keyring::Unlocked).await?;
    let outcome = tour::run(&session, folder).await;
    if outcome.is_err() {
        session.keep_evidence(&folder.join("failed")).await;
    }
    let ended = session.end().await;
    outcome.and(ended)
}

/// Runs another program inside a session: a test that needs a real keyring, or a bus to start one on.
async fn in_session(config: Config, keyring: Keyring, program: &str, arguments: &[&str]) -> Outcome {
    let session = Session::begin(config, keyring).await?;
    let mut command = Command::new(program);
    command.args(arguments);
    session.surround(&mut command);
    let status = command.status()?;
    session.end().await?;
    e2e::ensure(status.success(), format!("{program} failed ({status})"))
}
