//! The system browser during a flow: opening it, waiting for it, giving up.

use std::pin::Pin;

use account_api::app::BrowserReturn;
use secrecy::SecretString;
use tokio::sync::watch;

use super::App;
use crate::error::Error;
use crate::sign_in::{AuthorizationFlow, Redirect};

/// Completes when the user cancels, or when the sender of `cancelled` is dropped.
pub(super) async fn given_up(mut cancelled: watch::Receiver<bool>) {
    drop(cancelled.wait_for(|cancel| *cancel).await);
}

impl App {
    /// Returns where the browser returns to, as the user has chosen: to a port of this machine, or by a link of the private
    /// scheme, unless links open another program.
    ///
    /// # Errors
    /// As [`Redirect::loopback`] and [`Redirect::link`].
    pub(super) async fn redirect(&self) -> Result<Redirect, Error> {
        if self.inner().settings.browser_return() != BrowserReturn::Link {
            return Redirect::loopback().await;
        }
        if !self.dependencies.host.owns_scheme(&self.config.scheme) {
            tracing::warn!(
                "private scheme: its links open another program, so the browser returns to 127.0.0.1"
            );
            return Redirect::loopback().await;
        }
        let (redirect, links) = Redirect::link(&self.config.scheme)?;
        self.inner().sign_in_links = Some(links);
        Ok(redirect)
    }

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
