//! What the core needs of the program around it: a minimal trait.

use account_api::app::{AppState, Page};
use url::Url;

/// The system browser could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system browser could not be opened")]
pub struct BrowserUnavailable;

/// The clipboard could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clipboard could not be written")]
pub struct ClipboardUnavailable;

/// The window, the browser and the clipboard, as the core sees them. Calls must return soon; none may call back
/// into the [`App`](crate::App) on the same thread.
pub trait Host: Send + Sync + 'static {
    /// Opens an address in the system browser, never in a window of this app.
    ///
    /// # Errors
    /// [`BrowserUnavailable`] when no browser could be started.
    fn open_in_browser(&self, url: &Url) -> Result<(), BrowserUnavailable>;

    /// Copies a text to the clipboard.
    ///
    /// # Errors
    /// [`ClipboardUnavailable`] when there is no clipboard, or it refused.
    fn copy_to_clipboard(&self, text: &str) -> Result<(), ClipboardUnavailable>;

    /// Pushes the current state to the page. States arrive in the order in which they were made.
    fn show_state(&self, state: &AppState);

    /// Navigates the page to another page.
    fn navigate(&self, page: Page);

    /// Whether links of a private scheme open this program, and no other.
    fn owns_scheme(&self, scheme: &str) -> bool;

    /// Brings the window to the front.
    fn focus_window(&self);
}
