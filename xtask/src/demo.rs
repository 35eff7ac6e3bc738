//! `cargo xtask demo`: the whole product on this machine, in a private HOME that is removed when it ends.

use std::fs;
use std::process::Command;

use crate::environment::{Checkout, has_display, now, variable};
use crate::output::{duration, run as run_command, with_heartbeat};
use crate::stack::{PASSWORD, Stack, USERNAME, private_folder, stop};
use crate::{Outcome, dist, journeys, setup, target_dir};

const PROFILE: &str = "debug";

/// Runs the demo: with a display the user clicks, without one a tour does.
pub(crate) fn run(checkout: &Checkout, headless: bool) -> Outcome {
    let began = now();
    println!("── set-up");
    let _folder = target_dir::take(checkout)?;
    setup::run_all(checkout)?;
    println!("── building (the first time takes some minutes)");
    dist::build_page(checkout)?;
    let driver = with_heartbeat("building", || journeys::build(checkout))?;
    println!("── starting the sandbox and the settings server");
    let stack = Stack::start(checkout, PROFILE)?;
    println!("── checking the server's configuration against the sandbox");
    stack.check_config(checkout, PROFILE)?;

    if headless || !has_display() {
        println!("── a tour through the real window, without a display");
        let pictures = checkout.root.join("target/demo");
        let mut tour = journeys::driving(checkout, &driver, Some(&stack));
        run_command(tour.arg("--tour").arg(&pictures))?;
        println!(
            "demo: the tour passed in {}; its pictures are in {}",
            duration(began.elapsed()),
            pictures.display()
        );
        return Ok(());
    }
    let outcome = in_private_home(checkout, &stack);
    println!("demo: everything it started is stopped");
    outcome
}

/// Runs the app on the user's own display, with nothing registered outside a folder that is removed.
fn in_private_home(checkout: &Checkout, stack: &Stack) -> Outcome {
    let home = private_folder("demo")?;
    println!();
    println!("1. Click \"Sign in\" in the window; your browser opens.");
    println!("2. Sign in as {USERNAME} with the password {PASSWORD}, and come back to the window.");
    println!("3. Change your name, look at the profile, try light and dark.");
    println!("4. What the sandbox \"sent\" is at {}. Close the window to end.", stack.outbox_url());
    println!();
    let mut app = Command::new(checkout.binary(PROFILE, "latchkey"));
    app.args(["--server", &stack.server_url]).env("LATCHKEY_DEV", "1").env("HOME", &home);
    // X11 looks for its cookie in HOME unless this variable is set.
    if let (None, Some(own)) = (variable("XAUTHORITY"), variable("HOME")) {
        app.env("XAUTHORITY", std::path::Path::new(&own).join(".Xauthority"));
    }
    for (name, folder) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
    ] {
        app.env(name, home.join(folder));
    }
    let outcome = run_command(&mut app);
    let _ = fs::remove_dir_all(&home);
    outcome
}

/// Runs the app with live reload of the page, against a sandbox: without the feature `embedded-page` a debug build
/// shows the page of Vite.
pub(crate) fn dev(checkout: &Checkout) -> Outcome {
    if !has_display() {
        return Err("dev: there is no display; `cargo xtask demo --headless` needs none".to_owned());
    }
    let _folder = target_dir::take(checkout)?;
    setup::run_all(checkout)?;
    run_command(&mut checkout.cargo(&["build", "--workspace", "--bins", "--locked"]))?;
    let stack = Stack::start(checkout, PROFILE)?;
    println!(
        "sign in as {USERNAME} with the password {PASSWORD}; edit ui/ and watch; close the window to end"
    );
    let mut page = checkout
        .in_page("npm", &["run", "dev"])
        .spawn()
        .map_err(|error| format!("npm run dev could not be started: {error}"))?;
    let mut app = checkout.cargo(&["run", "--package", "latchkey", "--no-default-features", "--"]);
    let outcome = run_command(app.args(["--server", &stack.server_url]).env("LATCHKEY_DEV", "1"));
    stop(&mut page);
    outcome
}
