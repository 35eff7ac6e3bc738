//! The project in one command: `cargo xtask <command>`.
//!
//! No async and no HTTP dependency, so that it compiles in seconds. It prepares the machine, builds, starts programs
//! and reads files; everything that drives a window is in the `e2e` crate. Every command runs under a supervisor
//! (`processes.rs`) that stops whatever the command started, and nothing else.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod bench;
mod codegen;
mod demo;
mod dist;
mod environment;
mod journeys;
mod output;
mod postgres;
mod processes;
mod schemathesis;
mod setup;
mod stack;
mod stages;
mod target_dir;
mod tidy;

use std::process::ExitCode;

use environment::Checkout;

/// The result of a command. The error is shown to the user, in one or a few lines.
pub(crate) type Outcome<T = ()> = Result<T, String>;

const USAGE: &str = "cargo xtask <command>

  demo [--headless]     show the whole product: sandbox, settings server and the app
  test [stage…]         prove the whole project, or the named stages (`test --list` names them)
  e2e [name…]           the journeys in the real window whose names contain one of these words
  screenshots           every view and dialog, light and dark, into docs/screenshots
  codegen [--check]     the page's contract, the permissions and the OpenAPI document
  tidy                  the house rules
  bench app             start-up, memory and size against a blank window
  bench server          CPU time, latency, load and memory against the least that could do the same
  postgres              a PostgreSQL for single tests of the store, until Ctrl-C
  dist                  the app as it ships, with its size
  dev                   the app against a sandbox, with live reload of the page";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !processes::is_supervised() {
        return processes::supervise(&arguments);
    }
    match processes::begin_supervised().and_then(|()| dispatch(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let checkout = Checkout::find()?;
    match words.as_slice() {
        ["demo"] => demo::run(&checkout, false),
        ["demo", "--headless"] => demo::run(&checkout, true),
        ["test", "--list"] => {
            stages::list();
            Ok(())
        }
        ["test", names @ ..] => stages::run(&checkout, names),
        ["e2e", names @ ..] => journeys::run(&checkout, names),
        ["screenshots"] => journeys::screenshots(&checkout),
        ["codegen"] => codegen::run(&checkout, codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(&checkout, codegen::Mode::Check),
        ["tidy"] => tidy::run(&checkout),
        ["bench", "app"] => bench::app(&checkout),
        ["bench", "server"] => bench::server(&checkout),
        ["postgres"] => postgres::run(),
        ["dist"] => dist::run(&checkout).map(drop),
        ["dev"] => demo::dev(&checkout),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("xtask: unknown command `{}`.\n\n{USAGE}", words.join(" "))),
    }
}
