//! Which program the desktop opens for links of a private scheme.

use tauri::{AppHandle, Runtime};

/// Whether it is this one.
#[cfg(target_os = "linux")]
pub(crate) fn is_this_program<R: Runtime>(_: &AppHandle<R>, scheme: &str) -> bool {
    use std::path::PathBuf;

    use gio::prelude::AppInfoExt as _;

    // The plugin knows the handlers that it has registered itself, not those of a package. `executable()` would leave the
    // quotation marks of a quoted path.
    let handler = gio::AppInfo::default_for_uri_scheme(scheme);
    let command = handler.and_then(|handler| handler.commandline());
    let words = command.and_then(|command| glib::shell_parse_argv(command).ok()).unwrap_or_default();
    // A desktop file may name a program of the search path.
    let program = words.first().and_then(glib::find_program_in_path);
    let (Some(program), Ok(own)) = (program, std::env::current_exe()) else { return false };
    // Linux says so of a program that was replaced since it was started (proc(5), `/proc/pid/exe`).
    let own = PathBuf::from(own.to_string_lossy().trim_end_matches(" (deleted)"));
    program.canonicalize().is_ok_and(|program| own.canonicalize().is_ok_and(|own| program == own))
}

/// Whether it is this one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_this_program<R: Runtime>(handle: &AppHandle<R>, scheme: &str) -> bool {
    use tauri_plugin_deep_link::DeepLinkExt as _;

    handle.deep_link().is_registered(scheme).unwrap_or(false)
}
