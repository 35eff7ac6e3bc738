//! Sessions: which one is this app's.

use std::sync::Arc;

use account_api::secret::SecretText;
use account_api::sessions::CurrentSessionRequest;
use secrecy::ExposeSecret;

use super::App;
use crate::backend::routes;
use crate::session::Session;

impl App {
    /// Tells the settings server which browser session this app was signed in with, while that is owed. A
    /// failure is no reason to stop.
    pub(super) async fn tell_own_session(self: &Arc<Self>, session: &Arc<Session>) {
        let Some(id_token) = session.owed(self.parts.clock.now()) else { return };
        let body = CurrentSessionRequest { id_token: SecretText::new(id_token.expose_secret().to_owned()) };
        let told = async { self.ask(session, routes::session_current(&body)?).await };
        match told.await {
            Ok(_) => session.owes_nothing(),
            Err(error) => {
                tracing::info!(code = ?error.code(), "the server does not know this app's session yet");
            }
        }
    }
}
