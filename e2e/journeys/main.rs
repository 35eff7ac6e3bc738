//! Journeys in the real window. `cargo xtask e2e` runs each with a sandbox and a server of its own;
//! `cargo test -p e2e --test journeys -- [filter]` runs them against whatever the environment names.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a test program reports to its terminal")]

mod account;
mod bench;
mod bench_views;
mod devices;
mod fake_server;
mod firefox;
mod guard;
mod links;
mod list;
mod organisation;
mod security;
mod servers;
mod sign_in;
mod steps;
mod storage;
mod tour;
mod views;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use e2e::session::{Keyring, Session};
use e2e::surroundings::Surroundings;
use e2e::{Failure, Outcome, processes};

use list::{JOURNEYS, Journey};

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
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(words: &[&str]) -> Outcome {
    processes::adopt_orphans()?;
    let surroundings = Surroundings::read()?;
    match words {
        ["--in-session", program, rest @ ..] => in_session(surroundings, program, rest).await,
        ["--tour", folder] => tour(surroundings, Path::new(folder)).await,
        ["--bench", app, rounds, file] => {
            let session = Session::begin(surroundings, Keyring::Unlocked).await?;
            let outcome = bench::run(&session, Path::new(app), rounds.parse()?, Path::new(file)).await;
            let ended = session.end().await;
            outcome.and(ended)
        }
        ["--exact", name] => all(&surroundings, |journey| journey.name == *name).await,
        names => {
            let matches =
                |journey: &Journey| names.is_empty() || names.iter().any(|name| journey.name.contains(name));
            all(&surroundings, matches).await
        }
    }
}

async fn all(surroundings: &Surroundings, wanted: impl Fn(&Journey) -> bool) -> Outcome {
    let (mut passed, mut failed) = (0, 0);
    for journey in JOURNEYS.iter().filter(|journey| wanted(journey)) {
        let began = Instant::now();
        let mut outcome = once(journey, surroundings).await;
        if let Err(Failure::Infrastructure(why)) = &outcome {
            println!("journey {}: could not start ({why}); once more in a fresh session", journey.name);
            outcome = once(journey, surroundings).await;
        }
        let took = began.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => {
                passed += 1;
                println!("journey {} passed in {took:.1} s", journey.name);
            }
            Err(error) => {
                failed += 1;
                println!("journey {} FAILED in {took:.1} s: {error}", journey.name);
            }
        }
    }
    if passed + failed != 1 {
        println!("{passed} passed, {failed} failed");
    }
    if failed == 0 && passed > 0 {
        Ok(())
    } else {
        Err(Failure::Failed("not every journey passed".to_owned()))
    }
}

/// One journey in a session of its own, which is ended whatever happens.
async fn once(journey: &Journey, surroundings: &Surroundings) -> Outcome {
    let session = match Session::begin(surroundings.clone(), journey.keyring).await {
        Ok(session) => session,
        Err(error) => {
            processes::end_descendants().await?;
            return Err(error);
        }
    };
    let outcome = (journey.run)(&session).await;
    if outcome.is_err() {
        let folder = Path::new("target/e2e").join(journey.name);
        session.keep_evidence(&folder).await;
        println!("what was seen is in {}", folder.display());
    }
    let ended = session.end().await;
    outcome.and(ended)
}

/// The demo without a display.
async fn tour(surroundings: Surroundings, folder: &Path) -> Outcome {
    let session = Session::begin(surroundings, Keyring::Unlocked).await?;
    let outcome = tour::run(&session, folder).await;
    if outcome.is_err() {
        session.keep_evidence(&folder.join("failed")).await;
    }
    let ended = session.end().await;
    outcome.and(ended)
}

/// Another program inside a session: a test that wants a real keyring.
async fn in_session(surroundings: Surroundings, program: &str, arguments: &[&str]) -> Outcome {
    let session = Session::begin(surroundings, Keyring::Unlocked).await?;
    let mut command = Command::new(program);
    command.args(arguments);
    session.surround(&mut command);
    let status = command.status()?;
    session.end().await?;
    e2e::ensure(status.success(), format!("{program} failed ({status})"))
}
