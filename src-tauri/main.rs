//! The desktop program. Everything is in the library; `main` reads the process's environment once.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::path::Path;

use clap::Parser;
use latchkey_lib::{Environment, Options, rendering};

fn main() {
    refuse_automation();
    choose_rendering();
    let options = Options::parse();
    if let Err(error) = latchkey_lib::run(options, Environment::read()) {
        tracing::error!(%error, "window: cannot be opened");
        std::process::exit(1);
    }
}

/// Removes the variable with which WebKitGTK lets a driver control the window. Our own journeys need it, and run
/// debug builds; a released program ignores it.
fn refuse_automation() {
    #[cfg(not(debug_assertions))]
    {
        #[expect(unsafe_code, reason = "the process has one thread here, before anything else runs")]
        unsafe {
            std::env::remove_var("TAURI_WEBVIEW_AUTOMATION");
        }
    }
}

/// Sets how WebKitGTK draws. A variable that the user set stays as it is.
#[expect(clippy::disallowed_methods, reason = "the program reads its own environment here")]
fn choose_rendering() {
    for variable in rendering::variables(Path::new("/")) {
        if std::env::var_os(variable).is_none() {
            #[expect(unsafe_code, reason = "the process has one thread here, before anything else runs")]
            unsafe {
                std::env::set_var(variable, "1");
            }
        }
    }
}
