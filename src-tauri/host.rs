//! The desktop for the core: browser, clipboard and window.

use std::sync::Mutex;

use account_api::app::{AppState, NAVIGATE_EVENT, Page, STATE_EVENT};
use account_core::{BrowserUnavailable, ClipboardUnavailable, Host};
use tauri::{AppHandle, Emitter, Runtime};
use tauri_plugin_opener::OpenerExt;
use url::Url;

use crate::{scheme_handler, window};

/// The desktop as the core sees it.
pub(crate) struct WindowHost<R: Runtime> {
    handle: AppHandle<R>,
    /// Kept open while the program runs: on X11 the owner of the clipboard provides its content.
    clipboard: Mutex<Option<arboard::Clipboard>>,
}

impl<R: Runtime> WindowHost<R> {
    pub(crate) fn new(handle: AppHandle<R>) -> Self {
        Self { handle, clipboard: Mutex::new(None) }
    }

    fn tell_page<P: serde::Serialize + Clone>(&self, event: &str, payload: P) {
        if let Err(error) = self.handle.emit_to(window::LABEL, event, payload) {
            tracing::warn!(%error, event, "page: event not delivered");
        }
    }
}

impl<R: Runtime> Host for WindowHost<R> {
    fn open_in_browser(&self, url: &Url) -> Result<(), BrowserUnavailable> {
        // The launcher's own error text repeats the URL, which holds `state` and `nonce`.
        self.handle.opener().open_url(url.as_str(), None::<&str>).map_err(|_| {
            tracing::warn!("system browser: did not open (check the default browser)");
            BrowserUnavailable
        })
    }

    fn copy_to_clipboard(&self, text: &str) -> Result<(), ClipboardUnavailable> {
        let mut clipboard = self.clipboard.lock().map_err(|_| ClipboardUnavailable)?;
        let opened = match clipboard.take() {
            Some(open) => open,
            None => arboard::Clipboard::new().map_err(|_| ClipboardUnavailable)?,
        };
        clipboard.insert(opened).set_text(text).map_err(|_| ClipboardUnavailable)
    }

    fn show_state(&self, state: &AppState) {
        self.tell_page(STATE_EVENT, state.clone());
    }

    fn navigate(&self, page: Page) {
        self.tell_page(NAVIGATE_EVENT, page);
    }

    fn owns_scheme(&self, scheme: &str) -> bool {
        scheme_handler::is_this_program(&self.handle, scheme)
    }

    fn focus_window(&self) {
        window::focus(&self.handle);
    }
}
