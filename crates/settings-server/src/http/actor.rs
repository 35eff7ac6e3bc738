//! Who sends a sensitive request: the user, from which app instance, and with which proof.

use std::sync::Arc;

use account_api::step_up::GRANT_HEADER;
use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::audit_log::AuditContext;
use crate::auth::bearer::{Authenticated, Caller};
use crate::auth::instances;
use crate::auth::token::{self, Hash, Instance};
use crate::error::Failure;
use crate::http::router::Operation;
use crate::state::AppState;
use crate::store::Owner;

/// The sender of a sensitive request.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) caller: Arc<Caller>,
    pub(crate) instance: Instance,
    /// The grant that came with the request.
    pub(crate) grant: Option<Hash>,
    pub(crate) context: AuditContext,
}

impl Actor {
    /// Returns the owner of the actor's grants and challenges.
    pub(crate) fn owner(&self) -> Owner<'_> {
        Owner { user: &self.caller.user, client: &self.caller.client_id, instance: self.instance }
    }
}

/// Refuses with `instance_unknown` unless the instance is introduced (decision 31): before any limit counts, and before
/// a challenge, code or password is looked at.
impl FromRequestParts<Arc<AppState>> for Actor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Self::Rejection> {
        let Newcomer(actor) = Newcomer::from_request_parts(parts, state).await?;
        match state.store.uses_instance(actor.owner()).await? {
            true => Ok(actor),
            false => Err(instances::unknown()),
        }
    }
}

/// An actor whose instance need not be introduced: the request introduces it.
pub(crate) struct Newcomer(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for Newcomer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        debug_assert!(
            parts.extensions.get::<Operation>().is_some_and(|operation| operation.needs_instance),
            "the route of an actor must require an instance"
        );
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        let instance = Instance::from_request_parts(parts, state).await?;
        let grant = token::in_header(&parts.headers, GRANT_HEADER);
        let context = AuditContext::from_request_parts(parts, state).await?;
        Ok(Self(Actor { caller, instance, grant, context }))
    }
}
