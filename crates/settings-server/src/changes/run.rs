//! Running a request that changes its user's account: budget, replay, lock.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::change::ChangeContext;
use super::idempotency::{self, Idempotency, Replay};
use super::settling;
use crate::audit_log::AuditContext;
use crate::auth::bearer::{Authenticated, Caller};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::router::Operation;
use crate::state::AppState;
use crate::store::Lease;

/// Who sends a change.
pub(crate) trait Sender: Clone + Send + Sync + 'static {
    /// Returns the audit context of the request.
    fn audit(&self) -> &AuditContext;
}

/// An editor of fields that need no proof.
#[derive(Clone)]
pub(crate) struct Editor {
    pub(crate) caller: Arc<Caller>,
    context: AuditContext,
}

impl Sender for Editor {
    fn audit(&self) -> &AuditContext {
        &self.context
    }
}

impl Sender for Actor {
    fn audit(&self) -> &AuditContext {
        &self.context
    }
}

impl<S: Sync> FromRequestParts<S> for Editor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        let context = AuditContext::from_request_parts(parts, state).await?;
        Ok(Self { caller, context })
    }
}

/// A request that changes its user's account: the state, who sends it, and the operation of its route.
pub(crate) struct AccountChange<A = Editor> {
    state: Arc<AppState>,
    sender: A,
    operation: Operation,
    request: Idempotency,
}

impl<A> FromRequestParts<Arc<AppState>> for AccountChange<A>
where
    A: Sender + FromRequestParts<Arc<AppState>, Rejection = Failure>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Self::Rejection> {
        let sender = A::from_request_parts(parts, state).await?;
        let operation = *parts.extensions.get::<Operation>().ok_or(Failure::unauthorized())?;
        debug_assert!(operation.idempotent, "the route of a change says that it is idempotent");
        let request = Idempotency::from_request_parts(parts, state).await?;
        Ok(Self { state: Arc::clone(state), sender, operation, request })
    }
}

impl<A: Sender> AccountChange<A> {
    #[cfg(test)]
    pub(super) fn new(state: &Arc<AppState>, sender: A, operation: Operation) -> Self {
        Self { state: Arc::clone(state), sender, operation, request: Idempotency::without_key() }
    }

    /// Runs `work` as the only change of this user's account.
    ///
    /// Where the route demands a step-up and the request shows no grant, `work` runs without the user's lock first,
    /// with a context that cannot write: a challenge, or any other refusal, does not wait for a change that is under
    /// way. If `work` tries to write, it begins again under the lock, so it must not write anything before it calls its
    /// context. A request with a grant, and a replay, are decided under the lock alone.
    ///
    /// # Errors
    /// Those of `work`; 422 `invalid_value` when the request's idempotency key belongs to another request;
    /// `upstream_unavailable` when the same request is under way or the lock is not free in time; 429 `rate_limited`
    /// when the budget of changes of the user or the network is used up; `store_unavailable`.
    pub(crate) async fn run<T, F>(
        self,
        work: impl FnOnce(ChangeContext<A>) -> F + Clone + Send + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let Self { state, sender, operation, request } = self;
        state.fair.change(sender.audit()).await?;
        // Read again under the lock: here it only spares a replay the wait.
        let replay = idempotency::replay(&state.store, &sender.audit().user, &request).await?;
        let may_be_refused = operation.needs_proof && !sender.audit().shows_grant;
        if may_be_refused && matches!(replay, Replay::First) {
            let (context, wants_to_write) = ChangeContext::without_lock(
                Arc::clone(&state),
                sender.clone(),
                operation.name,
                request.clone(),
            )?;
            let outcome = work.clone()(context).await;
            if let (Err(failure), false) = (outcome, wants_to_write.load(Ordering::Relaxed)) {
                return Err(failure);
            }
        }
        let user = sender.audit().user.clone();
        let under_lock = {
            let state = Arc::clone(&state);
            |lease: Arc<Lease>| async move {
                let replay = idempotency::replay(&state.store, &sender.audit().user, &request).await?;
                let replay =
                    settling::settle_retry(&state, &sender.audit().user, &request, replay, &lease).await?;
                work(ChangeContext::new(state, sender, operation.name, request, replay, lease)?).await
            }
        };
        state.locks.run(&user, under_lock).await
    }
}
