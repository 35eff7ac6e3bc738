//! The one window: how it is created, what it may navigate to, and how it is focused.

use account_api::account::Theme as Preference;
use tauri::window::Color;
use tauri::{AppHandle, Manager, Runtime, Theme, Url, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;

pub(crate) const LABEL: &str = "main";
const TITLE: &str = "Latchkey";
/// The page's background (`--ground` in `ui/src/styles/tokens.css`), so that nothing flashes before it is drawn.
const GROUND_LIGHT: Color = Color(0xf5, 0xf5, 0xf3, 0xff);
const GROUND_DARK: Color = Color(0x16, 0x16, 0x15, 0xff);

/// Opens the window with the page, in the theme that this device remembers.
pub(crate) fn open<R: Runtime>(app: &tauri::App<R>, theme: Preference) -> tauri::Result<()> {
    build(app, "index.html", theme)
}

/// Opens a window with an empty page: the floor of the start-up benchmark.
pub(crate) fn open_blank<R: Runtime>(app: &tauri::App<R>) -> tauri::Result<()> {
    build(app, "blank.html", Preference::System)
}

fn build<R: Runtime>(app: &tauri::App<R>, page: &str, theme: Preference) -> tauri::Result<()> {
    let ground = if theme == Preference::Dark { GROUND_DARK } else { GROUND_LIGHT };
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App(page.into()))
        .title(TITLE)
        .inner_size(1120.0, 760.0)
        .min_inner_size(480.0, 480.0)
        .theme(frame_theme(theme))
        .background_color(ground)
        .on_navigation(is_own_page)
        .on_new_window(|_, _| tauri::webview::NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    Ok(())
}

/// Whether the window may show this URL: the page inside this program and, in a debug build, the development server.
/// The identity provider never is (RFC 8252 §8.12): it opens in the system browser.
#[must_use]
pub fn is_own_page(url: &Url) -> bool {
    let embedded = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost") && url.port().is_none(),
        "about" => url.path() == "blank",
        _ => false,
    };
    let development = cfg!(debug_assertions)
        && !cfg!(feature = "embedded-page")
        && url.scheme() == "http"
        && url.host_str() == Some("localhost")
        && url.port() == Some(5173);
    embedded || development
}

/// Returns the plugin that remembers size, position and whether the window is maximised.
pub(crate) fn state_plugin<R: Runtime>() -> tauri::plugin::TauriPlugin<R> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .build()
}

/// Brings the window to the front.
pub(crate) fn focus<R: Runtime>(handle: &AppHandle<R>) {
    let Some(window) = handle.get_webview_window(LABEL) else { return };
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "window: cannot be focused");
    }
}

fn frame_theme(preference: Preference) -> Option<Theme> {
    match preference {
        Preference::System => None,
        Preference::Light => Some(Theme::Light),
        Preference::Dark => Some(Theme::Dark),
    }
}

/// Sets the theme of the window's frame to the one that is in effect.
pub(crate) fn set_theme<R: Runtime>(handle: &AppHandle<R>, theme: Preference) {
    if let Some(window) = handle.get_webview_window(LABEL)
        && let Err(error) = window.set_theme(frame_theme(theme))
    {
        tracing::debug!(%error, "window: theme of the frame not set");
    }
}
