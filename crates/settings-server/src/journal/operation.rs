//! One change, from its intent to its outcome.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use account_api::error::Code;
use serde_json::{Map, Value};

use super::entry::{Entry, Phase};
use super::idempotency::{self, Standing};
use super::intent::{Intent, Notices};
use super::settling::settle_others;
use super::{Who, chain, outbox};
use crate::error::Failure;
use crate::state::AppState;
use crate::store::{Lease, Statement, StoreError};
use crate::text::hex::hex;

/// A new operation's id: 128 random bits in hexadecimal digits.
pub(super) fn new_id() -> Result<String, StoreError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::Unavailable)?;
    Ok(hex(&bytes))
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Logto did it.
    Done,
    /// Of several that stand alone, such as sessions to be ended, Logto did some.
    Partly,
    /// Logto refused it.
    Refused,
    /// Looked at later, Logto had not done it.
    Undone,
    /// It did not reach Logto.
    Failed,
    /// Nobody knows yet: it is looked at later.
    Unsure,
}

impl Ending {
    /// What the outcome of the write to Logto means.
    pub(crate) fn of<T>(outcome: &Result<T, Failure>) -> Self {
        match outcome {
            Ok(_) => Self::Done,
            Err(failure) if failure.may_have_happened => Self::Unsure,
            Err(failure) => match failure.code {
                Code::UpstreamFailed
                | Code::UpstreamUnavailable
                | Code::StoreUnavailable
                | Code::TimedOut
                | Code::Internal => Self::Failed,
                _ => Self::Refused,
            },
        }
    }

    /// Whether trying again would come to the same.
    pub(crate) const fn is_decided(self) -> bool {
        matches!(self, Self::Done | Self::Refused)
    }

    /// Whether anything has changed that people are told of.
    pub(super) const fn is_told(self) -> bool {
        matches!(self, Self::Done | Self::Partly)
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Refused => "refused",
            Self::Undone => "undone",
            Self::Failed => "failed",
            Self::Unsure => "unsure",
        }
    }
}

/// A request whose turn it is to change its user: nobody else does.
pub(crate) struct Turn {
    state: Arc<AppState>,
    who: Arc<Who>,
    action: &'static str,
    operation: String,
    was_done: bool,
    right: Right,
}

/// What lets a turn write.
enum Right {
    /// The user's lease.
    Held(Arc<Lease>),
    /// None: an attempt to write is recorded and refused.
    Missing { tried_to_write: Arc<AtomicBool> },
}

impl Turn {
    pub(super) fn new(
        state: Arc<AppState>,
        who: Who,
        action: &'static str,
        standing: Standing,
        lease: Arc<Lease>,
    ) -> Result<Self, StoreError> {
        let (operation, was_done) = match standing {
            Standing::New => (new_id()?, false),
            Standing::Again(operation) => (operation, false),
            Standing::Done => (String::new(), true),
        };
        Ok(Self { state, who: Arc::new(who), action, operation, was_done, right: Right::Held(lease) })
    }

    /// Creates a turn that cannot write, and the mark that it sets on an attempt to. The attempt fails with
    /// [`StoreError::Unavailable`], which must not become the answer.
    pub(super) fn without_lock(
        state: Arc<AppState>,
        who: Who,
        action: &'static str,
    ) -> Result<(Self, Arc<AtomicBool>), StoreError> {
        let tried_to_write = Arc::new(AtomicBool::new(false));
        let right = Right::Missing { tried_to_write: Arc::clone(&tried_to_write) };
        let (operation, who) = (new_id()?, Arc::new(who));
        Ok((Self { state, who, action, operation, was_done: false, right }, tried_to_write))
    }

    /// # Errors
    /// [`StoreError::Unavailable`] where the turn has no right to write.
    fn lease(&self) -> Result<&Arc<Lease>, StoreError> {
        match &self.right {
            Right::Held(lease) => Ok(lease),
            Right::Missing { tried_to_write } => {
                tried_to_write.store(true, Ordering::Relaxed);
                Err(StoreError::Unavailable)
            }
        }
    }

    /// Names the operation: the same for a repetition of the same request.
    pub(crate) fn operation(&self) -> &str {
        &self.operation
    }

    /// Whether this very request was carried out before: then nothing is to be written, and the answer is what
    /// a read gives.
    pub(crate) fn was_done_before(&self) -> bool {
        self.was_done
    }

    /// What earlier tries of this very request were going to change, by the names their intents gave it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn intended_before(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT new_values FROM journal WHERE user_id = $1 AND operation = $2 AND phase = $3";
        let values =
            [self.who.user.as_str().into(), self.operation.as_str().into(), Phase::Intent.as_str().into()];
        let rows = self.state.store.database.rows(Statement::new(sql, values)).await?;
        let mut names = BTreeSet::new();
        for row in &rows {
            let text = row.optional_text(0)?.unwrap_or_default();
            let values: Map<String, Value> = serde_json::from_str(text)
                .map_err(|_| StoreError::Corrupt("the values of an intent cannot be read"))?;
            names.extend(values.into_iter().map(|(name, _)| name));
        }
        Ok(names)
    }

    /// Keeps what the request's key stands for, where nothing is begun that would: a repetition is the same operation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn keep_key(&self) -> Result<(), StoreError> {
        self.lease()?;
        let store = &self.state.store;
        match idempotency::keep(store, &self.who, &self.operation) {
            Some(statement) => store.database.execute(statement).await.map(drop),
            None => Ok(()),
        }
    }

    /// Begins, writes to Logto, and finishes with what came of it.
    ///
    /// # Errors
    /// Those of `write`; 503 without writing anything when the intent cannot be written down.
    pub(crate) async fn carry_out<T>(
        &self,
        intent: Intent,
        write: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let operation = self.begin(intent).await?;
        let outcome = write.await;
        operation.finish(Ending::of(&outcome)).await;
        outcome
    }

    /// Commits what is going to be done. Only after this may Logto be asked to change anything.
    ///
    /// # Errors
    /// 503, and then nothing may be changed.
    pub(crate) async fn begin(&self, intent: Intent) -> Result<Operation, Failure> {
        let lease = self.lease()?;
        settle_others(&self.state, &self.who.user, &self.operation, lease).await;
        let store = &self.state.store;
        let now_ms = store.clock.now_unix_ms();
        let notices = intent.notices(&self.who, now_ms);
        let sealed = notices.as_ref().map(|notices| notices.seal(store, &self.operation)).transpose()?;
        // The same operation may be open already, if nobody knows what became of it.
        let sql = "INSERT INTO intents (operation, user_id, action, begun_at, fence, state, expected, notices) \
                   VALUES ($1, $2, $3, $4, $5, 'running', $6, $7) ON CONFLICT (operation) DO UPDATE SET \
                   begun_at = excluded.begun_at, fence = excluded.fence, state = excluded.state, \
                   expected = excluded.expected, notices = excluded.notices";
        let values = [
            self.operation.as_str().into(),
            self.who.user.as_str().into(),
            self.action.into(),
            store.now_ms().into(),
            lease.fence().into(),
            intent.kept(store, &self.operation)?.into(),
            sealed.into(),
        ];
        let mut statements = vec![lease.still_held(), Statement::new(sql, values)];
        statements.extend(idempotency::keep(store, &self.who, &self.operation));
        let (old_values, new_values) = intent.masked();
        let entry = Entry {
            old_values: Some(old_values),
            new_values: Some(new_values),
            ..self.who.entry(store, self.action, Phase::Intent, &self.operation)
        };
        if !chain::append(store, entry, statements).await? {
            tracing::error!(
                "a change is refused: its lease has passed on, or a chain of the journal is broken"
            );
            return Err(StoreError::Unavailable.into());
        }
        lease.check()?;
        Ok(Operation {
            state: Arc::clone(&self.state),
            who: Arc::clone(&self.who),
            action: self.action,
            id: self.operation.clone(),
            notices,
            lease: Arc::clone(lease),
        })
    }
}

/// A change that has begun. Dropped without an ending, it is settled later.
pub(crate) struct Operation {
    state: Arc<AppState>,
    who: Arc<Who>,
    action: &'static str,
    id: String,
    notices: Option<Notices>,
    lease: Arc<Lease>,
}

impl Operation {
    /// Commits what came of the change, and the notices with it. Without the database the change stays as it is in
    /// Logto, and open here: it is settled later.
    pub(crate) async fn finish(self, ending: Ending) {
        let written = match ending {
            Ending::Unsure => self.leave_open().await,
            ending => self.write_outcome(ending).await,
        };
        match written {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!(operation = self.id, "an outcome is left to settling: the lease passed on")
            }
            Err(error) => tracing::error!(operation = self.id, %error, "an outcome is left to settling"),
        }
    }

    async fn leave_open(&self) -> Result<bool, StoreError> {
        let sql = "UPDATE intents SET state = 'unsure' WHERE operation = $1";
        let statement = Statement::new(sql, [self.id.as_str().into()]);
        self.state.store.database.all_or_nothing(vec![self.lease.still_held(), statement]).await
    }

    async fn write_outcome(&self, ending: Ending) -> Result<bool, StoreError> {
        let store = &self.state.store;
        let notices = self.notices.as_ref().filter(|_| ending.is_told());
        let rows = outbox::rows(store, self.who.user.as_str(), &self.id, notices)?;
        let queued = !rows.is_empty();
        let mut beside = vec![self.lease.still_held(), close(&self.id)];
        beside.extend(rows);
        let entry = Entry {
            result: Some(ending.as_str().to_owned()),
            ..self.who.entry(store, self.action, Phase::Outcome, &self.id)
        };
        let written = chain::append(store, entry, beside).await?;
        if written && queued {
            self.state.outbox_filled.notify_one();
        }
        Ok(written)
    }
}

/// Closes an intent, if it is still open.
pub(super) fn close(operation: &str) -> Statement {
    Statement::new("DELETE FROM intents WHERE operation = $1", [operation.into()])
}
