//! `cargo xtask test`: the set-up, then every stage in order, each with its time and its budget. It stops at the
//! first stage that fails and ends with one clear line.

use std::time::Duration;

use crate::environment::{Checkout, now};
use crate::output::{capture, duration, run as run_command, with_heartbeat};
use crate::postgres::{Durability, Postgres};
use crate::target_dir::TargetFolder;
use crate::{Outcome, codegen, journeys, schemathesis, setup, target_dir, tidy};

/// One stage of the tests.
struct Stage {
    name: &'static str,
    /// The longest time it may take on two cores with nothing built yet, in minutes.
    budget: u64,
    proves: &'static str,
    run: fn(&Checkout) -> Outcome,
}

const STAGES: &[Stage] = &[
    Stage { name: "page", budget: 3, proves: "types, lint, tests, build and size of the page", run: page },
    Stage { name: "fmt", budget: 1, proves: "rustfmt has nothing to say", run: fmt },
    Stage { name: "clippy", budget: 7, proves: "clippy has nothing to say", run: clippy },
    Stage { name: "tidy", budget: 1, proves: "the house rules", run: tidy::run },
    Stage { name: "codegen", budget: 7, proves: "generated files are up to date", run: codegen_check },
    Stage { name: "deny", budget: 4, proves: "licences, bans and sources of dependencies", run: deny },
    Stage {
        name: "tests",
        budget: 8,
        proves: "unit, integration and replay tests, on SQLite and PostgreSQL",
        run: tests,
    },
    Stage {
        name: "schemathesis",
        budget: 5,
        proves: "every answer of the API is documented, every operation succeeds",
        run: schemathesis::run,
    },
    Stage {
        name: "keyring",
        budget: 2,
        proves: "the session in three real keyrings",
        run: journeys::keyring,
    },
    Stage { name: "e2e", budget: 10, proves: "journeys in the real window", run: e2e },
];

/// The version that is installed once into the cache folder; 0.20 understands deny.toml.
const CARGO_DENY: &str = "0.20.2";

/// Prints the stages.
pub(crate) fn list() {
    for stage in STAGES {
        println!("{:12} {:2} min  {}", stage.name, stage.budget, stage.proves);
    }
}

/// Runs the set-up and the named stages, or all of them.
pub(crate) fn run(checkout: &Checkout, names: &[&str]) -> Outcome {
    if let Some(unknown) = names.iter().find(|name| !STAGES.iter().any(|stage| stage.name == **name)) {
        return Err(format!("test: there is no stage `{unknown}`; `cargo xtask test --list` names them"));
    }
    let chosen: Vec<&Stage> =
        STAGES.iter().filter(|stage| names.is_empty() || names.contains(&stage.name)).collect();
    let began = now();
    let at = now();
    println!("── set-up");
    let _folder: TargetFolder = target_dir::take(checkout)?;
    setup::run_all(checkout).map_err(|error| format!("{error}\ntest: the set-up failed"))?;
    println!("── set-up done in {}\n", duration(at.elapsed()));
    if names.iter().any(|name| *name != "page") {
        page_is_built(checkout)?;
    }
    for (number, stage) in (1..).zip(&chosen) {
        one(checkout, stage, number, chosen.len())?;
    }
    println!("test: all {} stages passed in {}", chosen.len(), duration(began.elapsed()));
    Ok(())
}

fn one(checkout: &Checkout, stage: &Stage, number: usize, of: usize) -> Outcome {
    let budget = Duration::from_secs(stage.budget * 60);
    println!("── {number}/{of} {}: {} (budget {} min)", stage.name, stage.proves, stage.budget);
    let began = now();
    let outcome = with_heartbeat(stage.name, || (stage.run)(checkout));
    let took = began.elapsed();
    match outcome {
        Ok(()) => {
            let over = if took > budget { ", OVER its budget" } else { "" };
            println!("── {} passed in {}{over} (budget {} min)\n", stage.name, duration(took), stage.budget);
            Ok(())
        }
        Err(error) => Err(format!("{error}\ntest: stage `{}` failed after {}", stage.name, duration(took))),
    }
}

/// Builds the page if necessary: cargo embeds it, and a selected stage must not fail only because the page was not
/// built.
fn page_is_built(checkout: &Checkout) -> Outcome {
    if checkout.page().join("dist/index.html").exists() { Ok(()) } else { crate::dist::build_page(checkout) }
}

fn page(checkout: &Checkout) -> Outcome {
    for script in ["check", "lint", "test", "build", "size"] {
        println!("   npm run {script}");
        run_command(&mut checkout.in_page("npm", &["run", "--silent", script]))?;
    }
    Ok(())
}

fn fmt(checkout: &Checkout) -> Outcome {
    run_command(&mut checkout.cargo(&["fmt", "--all", "--check"]))
}

/// Runs clippy. `--all-targets` leaves out the tests that a plain `cargo test` does not run, even where they are
/// named with it.
fn clippy(checkout: &Checkout) -> Outcome {
    let named = journeys::TESTS_OF_THE_STAGES.iter().flat_map(|test| ["--test", test]);
    let others = vec!["--all-targets"];
    for targets in [others, named.collect()] {
        let mut command = checkout.cargo(&["clippy", "--workspace", "--locked"]);
        run_command(command.args(targets).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

fn codegen_check(checkout: &Checkout) -> Outcome {
    codegen::run(checkout, codegen::Mode::Check)
}

/// Runs cargo-deny, which has many dependencies: it is built once, without optimisation, and kept in the cache
/// folder.
fn deny(checkout: &Checkout) -> Outcome {
    let tools = checkout.cache.join("tools");
    let program = tools.join("bin/cargo-deny");
    let present = program.is_file()
        && capture(std::process::Command::new(&program).arg("--version"))
            .is_ok_and(|version| version.trim().ends_with(CARGO_DENY));
    if !present {
        println!("   installing cargo-deny {CARGO_DENY} into {} …", tools.display());
        let building = checkout.cache.join("tools-target");
        let mut install =
            checkout.cargo(&["install", "--locked", "--debug", "--force", "--version", CARGO_DENY]);
        install.arg("--root").arg(&tools).arg("cargo-deny").env("CARGO_TARGET_DIR", &building);
        install.env("CARGO_PROFILE_DEV_DEBUG", "false");
        run_command(&mut install)?;
        let _ = std::fs::remove_dir_all(&building);
    }
    let mut command = std::process::Command::new(&program);
    command.current_dir(&checkout.root).args([
        "--locked",
        "--workspace",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]);
    run_command(&mut command)
}

fn tests(checkout: &Checkout) -> Outcome {
    let postgres = Postgres::start(Durability::None)?;
    // With the second variable, a test that needs PostgreSQL fails instead of being left out.
    run_command(
        checkout
            .cargo(&["test", "--workspace", "--locked"])
            .env("LATCHKEY_TEST_POSTGRES", postgres.url())
            .env("LATCHKEY_TEST_REQUIRED", "1"),
    )
}

fn e2e(checkout: &Checkout) -> Outcome {
    journeys::run_held(checkout, &[])
}
