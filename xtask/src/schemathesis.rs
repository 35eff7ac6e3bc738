//! `cargo xtask test schemathesis`: Schemathesis sends a settings server whatever the OpenAPI document allows, and
//! much that it does not. No answer may be a 5xx or undocumented, and every operation must have succeeded.
//!
//! `xtask/schemathesis/` defines the requests: as which user, with which proofs, and how each operation succeeds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::Outcome;
use crate::environment::{Checkout, now};
use crate::output::{capture, duration, run as run_command};
use crate::stack::{ACCESS_TOKENS, Parts, Stack};

const PROFILE: &str = "debug";
const DOCUMENT: &str = "docs/openapi.json";
/// Debian's Python, whose `venv` the set-up installs.
const PYTHON: &str = "/usr/bin/python3";
/// The longest time that the requests may take.
const BUDGET: Duration = Duration::from_secs(5 * 60);
/// Every list of `[limits]`: a refusal because of too many tries would hide all other answers.
const LIMITS: &[&str] = &[
    "code_sends_per_recipient",
    "code_sends_per_user",
    "code_sends_per_ip",
    "code_sends_overall",
    "sms_per_user",
    "sms_overall",
    "code_tries_per_code",
    "code_tries_per_recipient",
    "code_tries_per_user",
    "username_tries_per_user",
    "password_tries_per_user",
    "password_tries_per_ip",
    "requests_per_user",
    "requests_per_ip",
    "changes_per_user",
    "changes_per_ip",
];

/// Runs on a prepared machine, for a caller that holds the target folder.
pub(crate) fn run(checkout: &Checkout) -> Outcome {
    let folder = checkout.root.join("xtask/schemathesis");
    let program = install(checkout, &folder)?;
    run_command(&mut checkout.cargo(&["build", "--workspace", "--bins", "--locked"]))?;
    // All paths of the document start at the root of the host when the base URL has no path.
    let stack = Stack::start_with(
        checkout,
        PROFILE,
        &Parts { path: "", more: &(limits() + ACCESS_TOKENS), has_providers: true },
    )?;
    let seen = stack.folder().join("seen.json");
    let began = now();
    let mut ask = Command::new(program);
    ask.current_dir(stack.folder())
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .args(["run", "--url", &stack.server_url, "--no-color"])
        .arg(checkout.root.join(DOCUMENT))
        .env("SCHEMATHESIS_HOOKS", folder.join("hooks.py"))
        .env("PYTHONPATH", &folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // With the seed in schemathesis.toml: the same requests in every run.
        .env("PYTHONHASHSEED", "0")
        .env("LATCHKEY_SCHEMATHESIS_SERVER", &stack.server_url)
        .env("LATCHKEY_SCHEMATHESIS_SANDBOX", stack.ready_file())
        .env("LATCHKEY_SCHEMATHESIS_SEEN", &seen);
    run_command(&mut ask)?;
    let took = began.elapsed();
    let document = read(&checkout.root.join(DOCUMENT))?;
    let tally = Tally::of(&document, &read(&seen)?);
    if !tally.without_success.is_empty() {
        return Err(format!(
            "schemathesis: these operations never succeeded: {}\n\
             xtask/schemathesis/positive.py has one request for each that must",
            tally.without_success.join(", ")
        ));
    }
    println!(
        "schemathesis: {} operations, each with a success; {} answers, all of them documented; {}",
        tally.operations,
        tally.answers,
        duration(took)
    );
    if took > BUDGET {
        return Err("schemathesis: it took longer than 5 minutes".to_owned());
    }
    Ok(())
}

/// Installs Schemathesis in a virtual environment in the cache folder; it is recreated when the pinned versions
/// change.
fn install(checkout: &Checkout, folder: &Path) -> Outcome<PathBuf> {
    let pinned = folder.join("requirements.txt");
    let wanted = fs::read(&pinned).map_err(|error| format!("{}: {error}", pinned.display()))?;
    let environment = checkout.cache.join("tools/schemathesis");
    let installed = environment.join("latchkey-installed.txt");
    let program = environment.join("bin/st");
    if fs::read(&installed).is_ok_and(|found| found == wanted)
        && capture(Command::new(&program).arg("--version")).is_ok()
    {
        return Ok(program);
    }
    println!("   installing Schemathesis into {} …", environment.display());
    let python = if Path::new(PYTHON).is_file() { PYTHON } else { "python3" };
    run_command(Command::new(python).args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut install = Command::new(environment.join("bin/pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]);
    run_command(install.args(["--require-hashes", "--requirement"]).arg(&pinned))?;
    fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(program)
}

/// Returns the limits of the server, as high as they can be.
fn limits() -> String {
    let lines = LIMITS.iter().map(|name| format!("{name} = [\"2000 per s\"]\n"));
    format!("\n[limits]\n{}", lines.collect::<String>())
}

fn read(path: &Path) -> Outcome<Value> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The answers compared with the document.
#[derive(Debug, PartialEq, Eq)]
struct Tally {
    operations: usize,
    answers: u64,
    /// The operations without any 2xx, as method and path.
    without_success: Vec<String>,
}

impl Tally {
    /// Compares `seen`, which has by operation id how often each status was answered.
    fn of(document: &Value, seen: &Value) -> Self {
        let mut tally = Self { operations: 0, answers: 0, without_success: Vec::new() };
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Some(id) = operation["operationId"].as_str() else { continue };
                tally.operations += 1;
                let statuses = || seen[id].as_object().into_iter().flatten();
                tally.answers += statuses().filter_map(|(_, times)| times.as_u64()).sum::<u64>();
                if !statuses().any(|(status, _)| status.starts_with('2')) {
                    tally.without_success.push(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Tally;

    #[test]
    fn an_operation_without_a_success_is_named() {
        let operation = |id: &str| json!({ "operationId": id });
        let document = json!({ "paths": {
            "/account": { "get": operation("account_read"), "patch": operation("account_update") },
            "/sessions/{id}": { "delete": operation("session_end") },
        }});
        let seen = json!({ "account_read": { "200": 2, "401": 1 }, "account_update": { "422": 4 } });
        let tally = Tally::of(&document, &seen);
        assert_eq!((tally.operations, tally.answers), (3, 7));
        assert_eq!(tally.without_success, ["PATCH /account", "DELETE /sessions/{id}"]);
    }
}
