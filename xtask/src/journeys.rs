//! The journeys in the real window: builds what they drive, starts a sandbox and a server for each, and runs the
//! `journeys` binary of the `e2e` crate once per journey.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::environment::{Checkout, now};
use crate::output::{capture, duration, run as run_command, status, with_heartbeat};
use crate::stack::{ACCESS_TOKENS, Parts, Stack};
use crate::{Outcome, dist, setup, target_dir};

/// The longest time that all journeys may take.
const BUDGET: Duration = Duration::from_secs(25 * 60);
/// The folder in which a run of the journeys keeps its screenshots.
const SCREENSHOTS: &str = "target/screenshots";
/// The exit code of the driver when the journey cannot run.
const SKIPPED: i32 = 77;
/// The profile's folder: the journeys drive what the tests were built from.
const PROFILE: &str = "debug";

/// Tests that need more than a plain `cargo test` has: the stages run them.
pub(crate) const TESTS_OF_THE_STAGES: &[&str] =
    &["journeys", "keyring", "kwallet", "keepassxc", "no_keyring", "no_network"];

/// Prepares the machine and runs the journeys whose names contain one of `names`.
pub(crate) fn run(checkout: &Checkout, names: &[&str]) -> Outcome {
    let _folder = target_dir::take(checkout)?;
    setup::run_all(checkout)?;
    dist::build_page(checkout)?;
    with_heartbeat("e2e", || run_held(checkout, names))
}

/// Draws every view and dialog, light and dark, into `docs/screenshots`. Screenshots of views that no longer exist
/// are removed.
pub(crate) fn screenshots(checkout: &Checkout) -> Outcome {
    let (fresh, kept) = (checkout.root.join(SCREENSHOTS), checkout.root.join("docs/screenshots"));
    let failed = |error: std::io::Error| format!("screenshots: {error}");
    for folder in [&fresh, &kept] {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(failed)?;
        }
        fs::create_dir_all(folder).map_err(failed)?;
    }
    run(checkout, &["axe_and_screenshots"])?;
    let mut count = 0;
    for picture in fs::read_dir(&fresh).map_err(failed)? {
        let picture = picture.map_err(failed)?;
        fs::copy(picture.path(), kept.join(picture.file_name())).map_err(failed)?;
        count += 1;
    }
    println!("screenshots: {count} pictures are in docs/screenshots");
    Ok(())
}

/// Runs the journeys on a prepared machine, for a caller that holds the target folder.
pub(crate) fn run_held(checkout: &Checkout, names: &[&str]) -> Outcome {
    let driver = build(checkout)?;
    let listed = capture(Command::new(&driver).arg("--list"))?;
    let chosen: Vec<&str> = listed
        .lines()
        .filter(|name| names.is_empty() || names.iter().any(|wanted| name.contains(wanted)))
        .collect();
    if chosen.is_empty() {
        return Err(format!("e2e: no journey has this name; the journeys are:\n{listed}"));
    }
    let deb = match chosen.iter().any(|name| name.contains("package")) {
        true => Some(package(checkout)?),
        false => None,
    };
    let began = now();
    let (mut passed, mut failed, mut skipped) = (0, Vec::new(), Vec::new());
    for name in &chosen {
        // As an operator leaves it: with access tokens on, no page of the account can be switched off.
        let more = if name.contains("_token") { ACCESS_TOKENS } else { "" };
        let parts = Parts { path: "/api", more, has_providers: name.contains("social") };
        let outcome = Stack::start_with(checkout, PROFILE, &parts).and_then(|stack| {
            let mut command = driving(checkout, &driver, Some(&stack));
            command.envs(deb.iter().map(|deb| ("LATCHKEY_E2E_DEB", deb))).args(["--exact", name]);
            status(&mut command)
        });
        match outcome.map(|status| status.code()) {
            Ok(Some(0)) => passed += 1,
            Ok(Some(SKIPPED)) => skipped.push(*name),
            Ok(Some(_)) => failed.push(*name),
            Ok(None) => {
                println!("journey {name}: its driver was killed");
                failed.push(*name);
            }
            Err(error) => {
                println!("{error}");
                failed.push(*name);
            }
        }
    }
    let took = began.elapsed();
    let counts = (failed.len(), skipped.len());
    println!("e2e: {passed} passed, {} failed, {} skipped in {}", counts.0, counts.1, duration(took));
    if took > BUDGET {
        return Err("e2e: the journeys took longer than 25 minutes".to_owned());
    }
    verdict(&failed, &skipped)
}

/// Judges a run. The sandbox has everything that a journey may need: one that is skipped here proves nothing
/// anywhere.
fn verdict(failed: &[&str], skipped: &[&str]) -> Outcome {
    if !failed.is_empty() {
        return Err(format!("e2e: failed: {}", failed.join(", ")));
    }
    if !skipped.is_empty() {
        return Err(format!("e2e: skipped although nothing is missing here: {}", skipped.join(", ")));
    }
    Ok(())
}

/// Runs the core's tests against real keyrings (gnome-keyring, KWallet, KeePassXC), each inside a session of its own;
/// without any keyring; and on a system without certificate authorities and with a proxy that does not answer.
pub(crate) fn keyring(checkout: &Checkout) -> Outcome {
    let with = test_binary(checkout, "keyring")?;
    let without = test_binary(checkout, "no_keyring")?;
    let driver = test_binary(checkout, "journeys")?;
    run_command(driving(checkout, &driver, None).arg("--in-session").arg(with))?;
    for (session, name) in [("--in-kde-session", "kwallet"), ("--in-session-without-keyring", "keepassxc")] {
        run_command(driving(checkout, &driver, None).arg(session).arg(test_binary(checkout, name)?))?;
    }
    run_command(Command::new(without).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"))?;
    let no_network = test_binary(checkout, "no_network")?;
    let variables = [
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_DIR", "/nonexistent"),
        ("ALL_PROXY", "socks5h://127.0.0.1:1"),
    ];
    run_command(Command::new(no_network).envs(variables))
}

/// Builds every binary of the workspace, and the driver. `--workspace` keeps one set of features for all stages.
pub(crate) fn build(checkout: &Checkout) -> Outcome<PathBuf> {
    run_command(&mut checkout.cargo(&["build", "--workspace", "--bins", "--locked"]))?;
    test_binary(checkout, "journeys")
}

/// Makes the app's Debian package of what [`build`] has built.
fn package(checkout: &Checkout) -> Outcome<PathBuf> {
    let folder = checkout.binary(PROFILE, "bundle").join("deb");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut bundle = Command::new(checkout.page().join("node_modules/.bin/tauri"));
    bundle.current_dir(&checkout.root).env("CARGO_TARGET_DIR", &checkout.target);
    run_command(bundle.args(["bundle", "--debug", "--bundles", "deb", "--ci"]))?;
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut packages = files.flatten().map(|file| file.path());
    packages
        .find(|path| path.extension().is_some_and(|ending| ending == "deb"))
        .ok_or_else(|| format!("no package in {}", folder.display()))
}

fn test_binary(checkout: &Checkout, name: &str) -> Outcome<PathBuf> {
    let messages = capture(&mut checkout.cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--no-run",
        "--test",
        name,
        "--message-format",
        "json-render-diagnostics",
    ]))?;
    executable(&messages, name).ok_or_else(|| format!("cargo built no test called `{name}`"))
}

fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

/// Returns the driver with its configuration: the app, where screenshots are kept, and what it may know of Logto.
pub(crate) fn driving(checkout: &Checkout, driver: &Path, stack: Option<&Stack>) -> Command {
    let mut command = Command::new(driver);
    command
        .current_dir(&checkout.root)
        .env("LATCHKEY_E2E_APP", checkout.binary(PROFILE, "latchkey"))
        .env("LATCHKEY_E2E_AXE", checkout.page().join("node_modules/axe-core/axe.min.js"))
        .env("LATCHKEY_E2E_SCREENSHOTS", checkout.root.join(SCREENSHOTS));
    if let Some(stack) = stack {
        stack.describe_to(&mut command);
    }
    command
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{executable, verdict};

    #[test]
    fn skipped_journey_is_no_success() {
        assert_eq!(verdict(&[], &[]), Ok(()));
        assert!(verdict(&["a"], &["b"]).is_err_and(|why| why.contains("failed: a")));
        assert!(verdict(&[], &["b"]).is_err_and(|why| why.contains("skipped") && why.contains("b")));
    }

    #[test]
    fn driver_is_found_in_cargo_messages() {
        let messages = "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"e2e\"},\"executable\":null}\n\
                        {\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"journeys\"},\"executable\":\"/t/j-1\"}\n\
                        {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(executable(messages, "journeys"), Some(PathBuf::from("/t/j-1")));
        assert_eq!(executable(messages, "other"), None);
    }
}
