//! Links of the private scheme: at a cold start, while running, and from a second start. The core parses them; this
//! module only hands each of them over once.
//!
//! On Linux and Windows a link is an argument. The plugin sees it only when it is the only one, so a link among other
//! arguments is taken from the command line here.

use std::sync::Arc;

use account_core::App;
use clap::Parser;
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_deep_link::DeepLinkExt;

use crate::options::Options;

/// Connects the system's links to the core and hands over the link that started the program.
pub(crate) fn connect<R: Runtime>(
    app: &tauri::App<R>,
    core: &Arc<App>,
    options: &Options,
    development: bool,
) {
    if development {
        register(app.handle().clone());
    }
    match app.deep_link().get_current() {
        Ok(Some(links)) => links.iter().for_each(|link| open(core, link.as_str())),
        Ok(None) => options.link.iter().for_each(|link| open(core, link)),
        Err(error) => tracing::warn!(%error, "link at start: cannot be read"),
    }
    let core = Arc::clone(core);
    app.deep_link().on_open_url(move |event| event.urls().iter().for_each(|link| open(&core, link.as_str())));
}

/// Registers the scheme of a development build; a package registers that of an installed program. Registering runs
/// the desktop's own scripts, so the window does not wait for them.
fn register<R: Runtime>(handle: AppHandle<R>) {
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = handle.deep_link().register_all() {
            tracing::warn!(%error, "private scheme: not registered (links do not open this program)");
        }
    });
}

/// Handles the arguments of a second start. A single argument is the plugin's.
pub(crate) fn second_start<R: Runtime>(handle: &AppHandle<R>, arguments: Vec<String>) {
    let Some(core) = handle.try_state::<Arc<App>>() else { return };
    if let Some(link) = link_among(arguments) {
        open(&core, &link);
    }
}

fn link_among(arguments: Vec<String>) -> Option<String> {
    if arguments.len() <= 2 {
        return None;
    }
    Options::try_parse_from(arguments).ok()?.link
}

fn open(core: &Arc<App>, link: &str) {
    if let Err(error) = core.open_link(link) {
        tracing::warn!(%error, "link: not followed");
    }
}

#[cfg(test)]
mod tests {
    use super::link_among;

    #[test]
    fn n10_link_of_second_start_is_taken_exactly_once() {
        let link = "app.latchkey://open/profile";
        let among = |arguments: &[&str]| link_among(arguments.iter().map(|&text| text.to_owned()).collect());
        assert_eq!(among(&["latchkey", link]), None, "a single argument is the plugin's");
        assert_eq!(among(&["latchkey"]), None);
        assert_eq!(
            among(&["latchkey", "--server", "https://settings.example.test/api", link]).as_deref(),
            Some(link)
        );
        assert_eq!(among(&["latchkey", "--unknown", link]), None, "what cannot be read opens nothing");
    }
}
