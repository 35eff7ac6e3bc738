//! Revocation of refresh tokens (N16): now or later, but never too late.
//!
//! Logto keeps one grant per browser session and client. Revoking any refresh token ends the grant, and with it every
//! later session of the same browser. So a pending revocation is sent before a new sign-in opens the browser, or
//! never.

use std::sync::Arc;
use std::time::Duration;

use account_api::app::Persistence;
use secrecy::SecretString;
use tokio::sync::MutexGuard;

use super::App;
use super::state::Phase;
use crate::accounts::KnownAccount;
use crate::error::Error;
use crate::identity::Identity;
use crate::provider::Tokens;
use crate::randomness;
use crate::session::Session;
use crate::stored_session::{PendingRevocation, StoredSession};

/// How long one revocation waits for the identity provider before it is postponed.
const PATIENCE: Duration = Duration::from_secs(10);
/// No refresh token of Logto lives longer than 180 days; in milliseconds.
const LONGEST_TOKEN_LIFETIME: u64 = 180 * 24 * 60 * 60 * 1000;

/// The lock against revocations: none is sent while this value lives.
pub(super) struct Settled<'a> {
    /// Items that could not be sent and do not block a sign-in. They are never sent once it succeeded.
    pub(super) unsent: Vec<String>,
    _turn: MutexGuard<'a, ()>,
}

/// The result of processing a pending item.
enum WorkedOff {
    /// Revoked and erased, or no longer needed.
    Done,
    /// The keyring does not return it, or the identity provider will never accept it.
    Stuck,
    /// The network or the identity provider is unavailable.
    Waits(PendingRevocation),
}

impl App {
    /// Sends the pending revocations of this issuer and client before a sign-in.
    ///
    /// # Errors
    /// `Offline` when one of them has to wait.
    pub(super) async fn settle_revocations(
        &self,
        issuer: &str,
        client_id: &str,
    ) -> Result<Settled<'_>, Error> {
        let turn = self.revoking.lock().await;
        let mut unsent = Vec::new();
        for item in self.accounts.pending_revocations() {
            match self.work_off(&item).await {
                WorkedOff::Done => {}
                WorkedOff::Stuck => unsent.push(item),
                WorkedOff::Waits(pending) if pending.issuer == issuer && pending.client_id == client_id => {
                    return Err(Error::Offline);
                }
                WorkedOff::Waits(_) => {}
            }
        }
        Ok(Settled { unsent, _turn: turn })
    }

    /// Sends the pending revocations: at start, after a sign-out, and whenever the servers are reachable again.
    pub(super) async fn work_off_revocations(self: &Arc<Self>) {
        if self.accounts.pending_revocations().is_empty() && self.accounts.over().is_empty() {
            return;
        }
        let _turn = self.revoking.lock().await;
        for account in self.accounts.over() {
            self.work_off_account(&account).await;
        }
        let mut left = false;
        for item in self.accounts.pending_revocations() {
            left |= !matches!(self.work_off(&item).await, WorkedOff::Done);
        }
        if left {
            self.plan_contact(None);
        }
    }

    /// Moves the refresh token to an item of its own. Returns `None` when there is no keyring to keep it.
    pub(super) async fn set_aside_for_revocation(&self, session: &Arc<Session>) -> Option<String> {
        if session.persistence() != Persistence::Keyring {
            return None;
        }
        let identity = &session.identity;
        self.set_aside(&identity.issuer, &identity.client_id, session.refresh_token()).await
    }

    /// Keeps a refresh token in the keyring until it is revoked. Returns `None` when that fails.
    async fn set_aside(&self, issuer: &str, client_id: &str, refresh_token: SecretString) -> Option<String> {
        let pending = PendingRevocation {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            refresh_token,
            expires_at: self.dependencies.clock.now().saturating_add(LONGEST_TOKEN_LIFETIME),
        };
        let name = randomness::token::<16>(self.dependencies.randomness.as_ref()).ok()?;
        let item = format!("pending-revocation:{name}");
        self.accounts.add_pending_revocation(&item).ok()?;
        self.dependencies.store.set(&item, pending.write()).await.ok()?;
        Some(item)
    }

    /// Revokes a session that has no pending item. The caller holds `revoking`.
    pub(super) async fn revoke_now(&self, session: &Arc<Session>) {
        let Identity { issuer, client_id, .. } = &session.identity;
        if self.revoke(issuer, client_id, &session.refresh_token()).await.is_err() {
            tracing::warn!(
                "session in memory: not revoked, and no keyring to retry from (it stays listed at Logto until it expires)"
            );
        }
    }

    /// Revokes the tokens of a failed sign-in: now, or later where that fails. The caller holds `revoking`.
    pub(super) async fn discard(&self, issuer: &str, client_id: &str, tokens: &Tokens) {
        let Some(refresh_token) = tokens.refresh.clone() else { return };
        let Err(error) = self.revoke(issuer, client_id, &refresh_token).await else { return };
        let kept =
            may_succeed_later(&error) && self.set_aside(issuer, client_id, refresh_token).await.is_some();
        tracing::warn!(code = ?error.code(), kept, "tokens of a failed sign-in: not revoked yet");
    }

    async fn revoke(&self, issuer: &str, client_id: &str, refresh_token: &SecretString) -> Result<(), Error> {
        let revoking = async { self.provider(issuer).await?.revoke(client_id, refresh_token).await };
        tokio::time::timeout(PATIENCE, revoking).await.unwrap_or(Err(Error::Offline))
    }

    async fn work_off(&self, item: &str) -> WorkedOff {
        let secret = match self.dependencies.store.get(item).await {
            Ok(Some(secret)) => secret,
            Ok(None) => return self.forget_pending(item),
            Err(_) => return WorkedOff::Stuck,
        };
        if !self.accounts.is_erase_only(item)
            && let Some(pending) = PendingRevocation::read(&secret)
            && let Err(error) =
                self.revoke(&pending.issuer, &pending.client_id, &pending.refresh_token).await
            // Checked only after the attempt: this computer's clock may be wrong.
            && pending.expires_at > self.dependencies.clock.now()
        {
            tracing::info!(code = ?error.code(), "revocation: postponed (retried when the servers are reachable)");
            return if may_succeed_later(&error) { WorkedOff::Waits(pending) } else { WorkedOff::Stuck };
        }
        if self.dependencies.store.delete(item).await.is_err() {
            drop(self.accounts.never_send(&[item.to_owned()]));
            return WorkedOff::Stuck;
        }
        self.forget_pending(item)
    }

    fn forget_pending(&self, item: &str) -> WorkedOff {
        match self.accounts.remove_pending_revocation(item) {
            Ok(()) => WorkedOff::Done,
            Err(_) => WorkedOff::Stuck,
        }
    }

    /// Revokes and erases what the keyring kept of a session that is over, unless its user is signed in again: the
    /// item is then replaced or erased with the new session.
    async fn work_off_account(&self, account: &KnownAccount) {
        let identity = &account.identity;
        let signed_in_again = match &self.inner().phase {
            Phase::SignedIn(signed_in) => signed_in.session.identity == *identity,
            _ => false,
        };
        if signed_in_again {
            return;
        }
        let name = StoredSession::item(identity);
        match self.dependencies.store.get(&name).await {
            Ok(Some(secret)) => {
                if let Some(stored) = StoredSession::read(&secret, identity)
                    && let Err(error) =
                        self.revoke(&identity.issuer, &identity.client_id, &stored.newest.token).await
                {
                    tracing::info!(code = ?error.code(), "revocation: postponed (retried when the servers are reachable)");
                    return;
                }
                if self.dependencies.store.delete(&name).await.is_err() {
                    return;
                }
            }
            Ok(None) => {}
            Err(_) => return,
        }
        self.views.erase(identity);
        drop(self.accounts.remove(identity));
    }
}

/// Whether the same revocation may succeed later.
fn may_succeed_later(error: &Error) -> bool {
    matches!(error, Error::Offline | Error::Connection(_) | Error::IssuerUnavailable)
}
