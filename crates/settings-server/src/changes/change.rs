//! One change, from its intent to its outcome.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value};

use super::idempotency::{self, Idempotency, Replay};
use super::intent::Intent;
use super::outcome::Outcome;
use super::run::Sender;
use super::settling::settle_others;
use crate::audit_log::{self, AuditField, Entry, Phase, chain};
use crate::error::Failure;
use crate::notices::notification::{Notices, Notification};
use crate::state::AppState;
use crate::store::{Commit, Lease, Statement, StoreError};

/// A request that changes its user, under the user's lock.
pub(crate) struct ChangeContext<A> {
    pub(crate) state: Arc<AppState>,
    pub(crate) sender: A,
    /// The operation, as in the route list.
    action: &'static str,
    request: Idempotency,
    /// The id of this change.
    operation: String,
    is_replayed: bool,
    right: WriteRight,
}

/// The right to write of a change.
enum WriteRight {
    /// The user's lease.
    Held(Arc<Lease>),
    /// None: an attempt to write is recorded and refused.
    Missing { tried_to_write: Arc<AtomicBool> },
}

impl<A: Sender> ChangeContext<A> {
    pub(super) fn new(
        state: Arc<AppState>,
        sender: A,
        action: &'static str,
        request: Idempotency,
        replay: Replay,
        lease: Arc<Lease>,
    ) -> Result<Self, StoreError> {
        let (operation, is_replayed) = match replay {
            Replay::First => (audit_log::new_operation()?, false),
            Replay::Retry(operation) => (operation, false),
            Replay::Completed(operation) => (operation, true),
        };
        Ok(Self { state, sender, action, request, operation, is_replayed, right: WriteRight::Held(lease) })
    }

    /// Creates a context that cannot write, and the flag that it sets on an attempt to. The attempt fails with
    /// [`StoreError::Unavailable`], which must not become the answer.
    pub(super) fn without_lock(
        state: Arc<AppState>,
        sender: A,
        action: &'static str,
        request: Idempotency,
    ) -> Result<(Self, Arc<AtomicBool>), StoreError> {
        let tried_to_write = Arc::new(AtomicBool::new(false));
        let right = WriteRight::Missing { tried_to_write: Arc::clone(&tried_to_write) };
        let operation = audit_log::new_operation()?;
        Ok((Self { state, sender, action, request, operation, is_replayed: false, right }, tried_to_write))
    }

    /// # Errors
    /// [`StoreError::Unavailable`] where the context has no right to write.
    fn lease(&self) -> Result<&Arc<Lease>, StoreError> {
        match &self.right {
            WriteRight::Held(lease) => Ok(lease),
            WriteRight::Missing { tried_to_write } => {
                tried_to_write.store(true, Ordering::Relaxed);
                Err(StoreError::Unavailable)
            }
        }
    }

    /// Returns the id of the change: the same for a retry of the same request.
    pub(crate) fn operation(&self) -> &str {
        &self.operation
    }

    /// Whether this very request was applied before: then nothing is to be written, and the answer is a fresh read.
    pub(crate) fn is_replayed(&self) -> bool {
        self.is_replayed
    }

    /// Returns what earlier tries of this very request were going to change.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn intended_before(&self) -> Result<Vec<AuditField>, StoreError> {
        let sql = "SELECT new_values FROM journal WHERE user_id = $1 AND operation = $2 AND phase = $3";
        let user = self.sender.audit().user.as_str();
        let values = [user.into(), self.operation.as_str().into(), Phase::Intent.as_str().into()];
        let rows = self.state.store.database.rows(Statement::new(sql, values)).await?;
        let mut fields = Vec::new();
        for row in &rows {
            let text = row.optional_text("new_values")?.unwrap_or_default();
            let values: Map<String, Value> = serde_json::from_str(text)
                .map_err(|_| StoreError::Corrupt("the values of an intent cannot be read"))?;
            fields.extend(values.keys().filter_map(|name| name.parse().ok()));
        }
        Ok(fields)
    }

    /// Stores the request's idempotency key where no intent does, so that a retry is the same change.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn keep_key(&self) -> Result<(), StoreError> {
        self.lease()?;
        let store = &self.state.store;
        match idempotency::keep(store, &self.sender.audit().user, &self.request, &self.operation) {
            Some(statement) => store.database.execute(statement).await.map(drop),
            None => Ok(()),
        }
    }

    /// Commits the intent, runs `write` and commits the outcome.
    ///
    /// # Errors
    /// Those of `write`; `store_unavailable`, without running `write`, when the intent cannot be committed.
    pub(crate) async fn apply<T>(
        &self,
        intent: Intent,
        write: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let open = self.begin(intent).await?;
        let result = write.await;
        open.finish(Outcome::of(&result)).await;
        result
    }

    /// Applies a change of this server's own records, and commits its outcome with it: Logto has no part in it. Returns
    /// `false`, and changes nothing, when one of `statements` changes nothing.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub(crate) async fn apply_here(
        &self,
        notification: Notification,
        mut statements: Vec<Statement>,
    ) -> Result<bool, Failure> {
        let lease = self.lease()?;
        lease.check()?;
        let (store, audit) = (&self.state.store, self.sender.audit());
        statements.push(lease.still_held());
        statements.extend(idempotency::keep(store, &audit.user, &self.request, &self.operation));
        let entry = Entry {
            result: Some(Outcome::Applied.as_str().to_owned()),
            ..audit.entry(store, self.action, Phase::Outcome, &self.operation)
        };
        let notices = notification.into_notices(audit, store.clock.now_unix_ms());
        let written =
            audit_log::append_and_notify(&self.state, entry, Some(&notices), statements, Commit::Durable);
        Ok(written.await?)
    }

    /// Commits what is going to be written. Only after this may a change be sent to Logto.
    ///
    /// # Errors
    /// `store_unavailable`, and then nothing may be changed.
    pub(crate) async fn begin(&self, intent: Intent) -> Result<OpenChange<'_, A>, Failure> {
        let lease = self.lease()?;
        let (store, audit) = (&self.state.store, self.sender.audit());
        settle_others(&self.state, &audit.user, &self.operation, lease).await;
        let notices = intent.notices(audit, store.clock.now_unix_ms());
        let sealed = notices.as_ref().map(|notices| notices.seal(store, &self.operation)).transpose()?;
        // The same change may be open already, if its outcome is unknown.
        let sql = "INSERT INTO intents (operation, user_id, action, begun_at, fence, state, expected, notices) \
                   VALUES ($1, $2, $3, $4, $5, 'running', $6, $7) ON CONFLICT (operation) DO UPDATE SET \
                   begun_at = excluded.begun_at, fence = excluded.fence, state = excluded.state, \
                   expected = excluded.expected, notices = excluded.notices";
        let values = [
            self.operation.as_str().into(),
            audit.user.as_str().into(),
            self.action.into(),
            store.now_ms().into(),
            lease.fence().into(),
            intent.digests(store, &self.operation)?.into(),
            sealed.into(),
        ];
        let mut statements = vec![lease.still_held(), Statement::new(sql, values)];
        statements.extend(idempotency::keep(store, &audit.user, &self.request, &self.operation));
        let (old_values, new_values) = intent.masked();
        let entry = Entry {
            old_values: Some(old_values),
            new_values: Some(new_values),
            ..audit.entry(store, self.action, Phase::Intent, &self.operation)
        };
        if !chain::append(store, entry, statements, Commit::Durable).await? {
            tracing::error!(
                "change: refused before it began: its lease has passed on, or the user's chain of the audit log is \
                 broken (check with --verify-journal)"
            );
            return Err(StoreError::Unavailable.into());
        }
        lease.check()?;
        Ok(OpenChange { change: self, lease, notices })
    }
}

/// A change whose intent is committed. Dropped without an outcome, it is settled later.
pub(crate) struct OpenChange<'a, A> {
    change: &'a ChangeContext<A>,
    lease: &'a Lease,
    notices: Option<Notices>,
}

impl<A: Sender> OpenChange<'_, A> {
    /// Adds to the notices which account was added, where only Logto's answer tells.
    pub(crate) fn notify_of_added(&mut self, account: String) {
        if let Some(notices) = &mut self.notices {
            notices.notice.added = Some(account);
        }
    }

    /// Commits the outcome, and the notices with it. If that fails, Logto keeps the change and the intent stays open:
    /// it is settled later.
    ///
    /// The commit may be lost in a power cut. The intent is not, so that the change is settled as after any other end
    /// of this process.
    pub(crate) async fn finish(self, outcome: Outcome) {
        let written = match outcome {
            Outcome::Unknown => self.leave_open().await,
            outcome => self.write_outcome(outcome).await,
        };
        let operation = self.change.operation();
        match written {
            Ok(true) => {}
            Ok(false) => tracing::error!(operation, "change: settled later, because its lease has passed on"),
            Err(error) => {
                tracing::error!(operation, %error, "change: settled later, because its outcome was not recorded")
            }
        }
    }

    async fn leave_open(&self) -> Result<bool, StoreError> {
        let sql = "UPDATE intents SET state = 'unsure' WHERE operation = $1";
        let statement = Statement::new(sql, [self.change.operation().into()]);
        let statements = vec![self.lease.still_held(), statement];
        self.change.state.store.database.all_or_nothing(statements, Commit::Durable).await
    }

    async fn write_outcome(&self, outcome: Outcome) -> Result<bool, StoreError> {
        let ChangeContext { state, sender, action, operation, .. } = self.change;
        let notices = self.notices.as_ref().filter(|_| outcome.is_notified());
        let statements = vec![self.lease.still_held(), close(operation)];
        let entry = Entry {
            result: Some(outcome.as_str().to_owned()),
            ..sender.audit().entry(&state.store, action, Phase::Outcome, operation)
        };
        audit_log::append_and_notify(state, entry, notices, statements, Commit::Relaxed).await
    }
}

/// Closes an intent, if it is still open.
pub(super) fn close(operation: &str) -> Statement {
    Statement::new("DELETE FROM intents WHERE operation = $1", [operation.into()])
}
