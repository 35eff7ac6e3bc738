//! The system browser on its way: opened, waited for, given up.

use std::pin::Pin;

use secrecy::SecretString;
use tokio::sync::watch;

use super::App;
use crate::error::Error;
use crate::sign_in::Trip;

/// Completes when the person gives up, or when nobody knows of the trip any more.
pub(super) async fn given_up(mut cancelled: watch::Receiver<bool>) {
    drop(cancelled.wait_for(|cancel| *cancel).await);
}

impl App {
    /// Opens the browser and waits for the code it brings back. The window comes to the front with it.
    ///
    /// # Errors
    /// `BrowserUnavailable`, `SignInCancelled`, and how the trip itself ended.
    pub(super) async fn through_browser<F: Future<Output = ()>>(
        &self,
        trip: &mut Trip<'_>,
        given_up: &mut Pin<&mut F>,
    ) -> Result<SecretString, Error> {
        self.parts.host.open_in_browser(&trip.url())?;
        let code = tokio::select! {
            code = trip.wait_for_browser(self.parts.clock.as_ref()) => code,
            () = given_up => return Err(Error::SignInCancelled),
        };
        if !matches!(code, Err(Error::SignInTimedOut)) {
            self.parts.host.focus_window();
        }
        code
    }
}
