//! The system browser during a flow: opening it, waiting for it, giving up.

use std::pin::Pin;

use secrecy::SecretString;
use tokio::sync::watch;

use super::App;
use crate::error::Error;
use crate::sign_in::AuthorizationFlow;

/// Completes when the user cancels, or when the sender of `cancelled` is dropped.
pub(super) async fn given_up(mut cancelled: watch::Receiver<bool>) {
    drop(cancelled.wait_for(|cancel| *cancel).await);
}

impl App {
    /// Opens the browser, waits for the authorization code, and brings the window to the front afterwards.
    ///
    /// # Errors
    /// `BrowserUnavailable`, `SignInCancelled`, and as [`AuthorizationFlow::wait_for_browser`].
    pub(super) async fn through_browser<F: Future<Output = ()>>(
        &self,
        flow: &mut AuthorizationFlow<'_>,
        given_up: &mut Pin<&mut F>,
    ) -> Result<SecretString, Error> {
        self.dependencies.host.open_in_browser(&flow.url())?;
        let code = tokio::select! {
            code = flow.wait_for_browser(self.dependencies.clock.as_ref()) => code,
            () = given_up => return Err(Error::SignInCancelled),
        };
        if !matches!(code, Err(Error::SignInTimedOut)) {
            self.dependencies.host.focus_window();
        }
        code
    }
}
