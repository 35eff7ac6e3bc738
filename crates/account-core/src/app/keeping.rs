//! Whether a session outlives the app: put into the keyring on request, and shown when that changes.

use std::sync::Arc;

use account_api::app::Persistence;

use super::App;
use crate::error::Error;
use crate::session::Session;

impl App {
    /// Keeps a session in the keyring that ends with the app so far. The keyring may ask to be unlocked or set up.
    ///
    /// # Errors
    /// `AccountChanged`, `SignedOut`; `Store` when the keyring still does not keep it.
    pub async fn session_keep(self: &Arc<Self>, account_id: &str) -> Result<(), Error> {
        let session = self.session(account_id)?;
        let app = Arc::clone(self);
        tokio::spawn(async move {
            app.parts.store.create().await?;
            app.keep(&session).await
        })
        .await
        .unwrap_or(Err(Error::Internal("keeping the session broke off")))
    }

    /// Writes a session into the keyring between two renewals.
    async fn keep(&self, session: &Arc<Session>) -> Result<(), Error> {
        let before = session.persistence();
        session.save_again(&self.parts).await?;
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
