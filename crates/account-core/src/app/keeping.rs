//! Whether a session outlives the app: put into the keyring on request, shown when that changes, and revoked when the app
//! ends before it.

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
    /// Gives up a sign-in, waits for the save of a renewed token, and revokes a session that is in memory only: Logto would
    /// list it as a device until it expires. Called once, when the window is closed. Returns within two seconds, with a
    /// warning in the log if that was too short.
    pub async fn close(self: &Arc<Self>) {
        let closing = async {
            self.sign_in_cancel().await;
            // Held by a sign-in, a cancelled one too, from its tokens until they are kept or revoked.
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
            tracing::warn!("the session could not be ended before the app was");
        }
    }

    /// Keeps a session in the keyring that ends with the app so far. The keyring may ask to be unlocked or set up.
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

    /// Writes a session into the keyring between two renewals.
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

    /// A keyring that stopped or began to work in mid-session.
    pub(super) fn persistence_changed(&self, session: &Arc<Session>) {
        if session.persistence() == Persistence::Keyring {
            self.remember(session);
        } else {
            self.views.erase(&session.identity);
        }
        self.change(|_| ());
    }
}
