//! Everything that is signed in as one user: browser sessions, and grants, which outlive them (B44).

pub(crate) mod current;
pub(crate) mod end;
pub(crate) mod view;

use std::collections::BTreeSet;

use logto_client::UserId;
use logto_client::types::{Grant, GrantOwner, Session};

use crate::error::Failure;
use crate::logto::upstream;
use crate::state::AppState;

/// What Logto knows about it at one moment.
pub(crate) struct SignedIn {
    pub(crate) sessions: Vec<Session>,
    pub(crate) grants: Vec<Grant>,
    /// The ids of grants that third-party applications have.
    pub(crate) third_party: BTreeSet<String>,
}

impl SignedIn {
    /// Requests all of it at once.
    ///
    /// # Errors
    /// `upstream_failed`, `upstream_unavailable`.
    pub(crate) async fn read(state: &AppState, user: &UserId) -> Result<Self, Failure> {
        let (sessions, grants, third_party) = tokio::join!(
            state.logto.sessions(user),
            state.logto.grants(user, None),
            state.logto.grants(user, Some(GrantOwner::ThirdParty)),
        );
        let failure = |error| upstream::failure(&error, upstream::Purpose::ReadUser);
        let third_party = third_party.map_err(failure)?.into_iter().map(|grant| grant.id).collect();
        Ok(Self { sessions: sessions.map_err(failure)?, grants: grants.map_err(failure)?, third_party })
    }

    /// Returns the session that names a grant.
    pub(crate) fn session_of(&self, grant: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| {
            session
                .payload
                .authorizations
                .values()
                .any(|authorization| authorization.grant_id.as_deref() == Some(grant))
        })
    }

    pub(crate) fn has_session(&self, id: &str) -> bool {
        self.sessions.iter().any(|session| session.payload.uid == id)
    }

    pub(crate) fn has_grant(&self, id: &str) -> bool {
        self.grants.iter().any(|grant| grant.id == id)
    }
}
