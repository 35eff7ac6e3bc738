//! The desktop program. Everything is in the library; here the process's own surroundings are read, once.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::path::Path;

use clap::Parser;
use latchkey_lib::{Options, PAINT_ON_PROCESSOR, Surroundings, is_better_on_processor};

fn main() {
    refuse_automation();
    choose_painter();
    let options = Options::parse();
    if let Err(error) = latchkey_lib::run(options, Surroundings::read()) {
        tracing::error!(%error, "the window could not be opened");
        std::process::exit(1);
    }
}

/// WebKitGTK lets a driver steer the window when this variable is set. Good for our own journeys, which run
/// debug builds; a released program does not listen to it.
fn refuse_automation() {
    #[cfg(not(debug_assertions))]
    {
        #[expect(unsafe_code, reason = "the process has one thread here, before anything else runs")]
        unsafe {
            std::env::remove_var("TAURI_WEBVIEW_AUTOMATION");
        }
    }
}

/// Tells WebKitGTK to paint without OpenGL where that is better. Who has set the variable keeps what they set.
#[expect(clippy::disallowed_methods, reason = "the program's own surroundings are read here")]
fn choose_painter() {
    if std::env::var_os(PAINT_ON_PROCESSOR).is_none() && is_better_on_processor(Path::new("/dev")) {
        #[expect(unsafe_code, reason = "the process has one thread here, before anything else runs")]
        unsafe {
            std::env::set_var(PAINT_ON_PROCESSOR, "1");
        }
    }
}
