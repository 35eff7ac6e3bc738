//! Signing out, and sessions that end by themselves (N16).
//!
//! The order is chosen so that a crash loses nothing: first the token moves to an item for pending revocations, then
//! the session's item is erased, then the revocation is sent to the identity provider.

use std::sync::Arc;

use account_api::error::Code;

use super::App;
use super::state::Phase;
use crate::error::Error;
use crate::session::Session;
use crate::stored_session::StoredSession;

impl App {
    /// Revokes the session, erases it here and, if requested, ends the browser's session too. A revocation that fails
    /// is sent later.
    ///
    /// # Errors
    /// `AccountChanged`, `SignedOut`; `Store` when the keyring may still have the session's item;
    /// `BrowserUnavailable` or `Offline` when only the browser's part failed.
    pub async fn sign_out(
        self: &Arc<Self>,
        account_id: &str,
        end_browser_session: bool,
    ) -> Result<(), Error> {
        let session = self.session(account_id)?;
        let app = Arc::clone(self);
        tokio::spawn(async move { app.run_sign_out(&session, end_browser_session).await })
            .await
            .unwrap_or(Err(Error::Internal("the sign-out broke off")))
    }

    async fn run_sign_out(
        self: Arc<Self>,
        session: &Arc<Session>,
        end_browser_session: bool,
    ) -> Result<(), Error> {
        session.finish().await;
        let erasing = self.erasing.lock().await;
        if self.inner().signed_in(session).is_none() {
            return Err(Error::SignedOut);
        }
        self.give_up_browser_step_up();
        let waiting = self.set_aside_for_revocation(session).await;
        let erased = self.erase(session).await;
        // A revocation that is sent now has ended before a new sign-in opens the browser.
        let turn = match waiting {
            Some(_) => None,
            None => Some(self.revoking.lock().await),
        };
        self.change(|inner| {
            if inner.signed_in(session).is_some() {
                inner.phase = Phase::SignedOut { notice: None };
                inner.social.changed();
            }
        });
        drop(erasing);
        tracing::info!(kept_for_revocation = waiting.is_some(), "signed out here");
        if turn.is_some() {
            self.revoke_now(session).await;
            drop(turn);
        } else {
            self.work_off_revocations().await;
        }
        if end_browser_session {
            self.end_browser_session(session).await?;
        }
        erased
    }

    /// Erases a session that was ended elsewhere, unless it is over already.
    pub(super) async fn end_session(&self, session: &Arc<Session>, notice: Code) {
        session.finish().await;
        let _erasing = self.erasing.lock().await;
        if self.inner().signed_in(session).is_none() {
            return;
        }
        self.give_up_browser_step_up();
        if self.erase(session).await.is_err() {
            tracing::error!(
                "keyring: the item of an ended session could not be erased (retried at the next start)"
            );
        }
        self.change(|inner| {
            if inner.signed_in(session).is_some() {
                tracing::info!(?notice, "the session is over");
                inner.phase = Phase::SignedOut { notice: Some(notice) };
                inner.social.changed();
            }
        });
    }

    /// Erases the item (whether or not the keyring works at the moment), the view and the name of the account, each
    /// independently of the others. The name of an item that stays is kept until the item is erased.
    async fn erase(&self, session: &Arc<Session>) -> Result<(), Error> {
        self.views.erase(&session.identity);
        self.copies.erase(&session.identity);
        self.forget_link(session).await;
        let deleted = self.dependencies.store.delete(&StoredSession::item(&session.identity)).await;
        if let Err(problem) = deleted
            && self.accounts.knows(&session.identity)
        {
            self.accounts.mark_over(&session.identity)?;
            return Err(problem.into());
        }
        self.accounts.remove(&session.identity)
    }

    async fn end_browser_session(&self, session: &Arc<Session>) -> Result<(), Error> {
        let provider = self.provider(&session.identity.issuer).await?;
        let url = provider
            .end_session_url(&session.identity.client_id, &self.config.scheme)
            .ok_or(Error::IssuerFailed)?;
        self.dependencies.host.open_in_browser(&url)?;
        Ok(())
    }
}
