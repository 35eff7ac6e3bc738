//! Persistence of a session: saving it to the keyring on request, showing when that changes, and revoking it when the
//! app closes first.

use std::sync::Arc;
use std::time::Duration;

use account_api::app::Persistence;

use super::App;
use super::state::Phase;
use crate::error::Error;
use crate::session::Session;

/// How long closing the app waits for the identity provider.
const CLOSING: Duration = Duration::from_secs(2);

impl App {
    /// Cancels a sign-in, waits until a renewed token is saved, and revokes a session that is in memory only: Logto
    /// would list it as a device until it expires. Called once, when the window is closed. Returns within two
    /// seconds, and logs a warning when that was too short.
    pub async fn close(self: &Arc<Self>) {
        let closing = async {
            self.sign_in_cancel().await;
            // A sign-in, also a cancelled one, holds this lock from its tokens until they are saved or revoked.
            drop(self.revoking.lock().await);
            let session = match &self.inner().phase {
                Phase::SignedIn(signed_in) => Arc::clone(&signed_in.session),
                _ => return,
            };
            session.finish().await;
            if session.ends_with_the_app() {
                let _turn = self.revoking.lock().await;
                self.revoke_now(&session).await;
            }
        };
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!(
                "session in memory: not revoked before the app closed (it stays listed at Logto until it expires)"
            );
        }
    }

    /// Saves a session that is in memory only to the keyring. The keyring may prompt to be unlocked or set up.
    ///
    /// # Errors
    /// `AccountChanged`, `SignedOut`; `Store` when the keyring still does not keep it.
    pub async fn session_keep(self: &Arc<Self>, account_id: &str) -> Result<(), Error> {
        let session = self.session(account_id)?;
        let app = Arc::clone(self);
        tokio::spawn(async move {
            app.dependencies.store.create().await?;
            app.keep(&session).await
        })
        .await
        .unwrap_or(Err(Error::Internal("keeping the session broke off")))
    }

    /// Writes a session to the keyring, never during a renewal.
    async fn keep(&self, session: &Arc<Session>) -> Result<(), Error> {
        let before = session.persistence();
        session.save_again(&self.dependencies).await?;
        if session.persistence() != before {
            self.persistence_changed(session);
        }
        match session.persistence() {
            Persistence::Keyring => Ok(()),
            Persistence::MemoryOnly { reason } => Err(Error::Store(reason.into())),
        }
    }

    /// Shows that the keyring stopped or started to work during the session.
    pub(super) fn persistence_changed(&self, session: &Arc<Session>) {
        if session.persistence() == Persistence::Keyring {
            self.remember(session);
        } else {
            self.views.erase(&session.identity);
        }
        self.change(|_| ());
    }
}
