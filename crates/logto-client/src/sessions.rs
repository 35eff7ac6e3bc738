//! Sessions and grants of a user: listing and ending them.

use serde::Deserialize;

use crate::client::LogtoClient;
use crate::endpoints;
use crate::error::Error;
use crate::types::{Grant, GrantOwner, RevokeGrants, Session};
use crate::user_id::UserId;

#[derive(Deserialize)]
struct Sessions {
    sessions: Vec<Session>,
}

#[derive(Deserialize)]
struct Grants {
    grants: Vec<Grant>,
}

impl LogtoClient {
    /// `GET /users/{userId}/sessions`. A user that does not exist has none.
    ///
    /// # Errors
    /// As any request.
    pub async fn sessions(&self, user: &UserId) -> Result<Vec<Session>, Error> {
        let answer: Sessions =
            self.request(&endpoints::LIST_SESSIONS, &[user.as_str()], &[], None::<&()>).await?;
        Ok(answer.sessions)
    }

    /// `DELETE /users/{userId}/sessions/{sessionId}`. Without `grants` its refresh tokens live on.
    ///
    /// # Errors
    /// 404 `oidc.session_not_found`, or `oidc.invalid_session_account_id` when it is another user's.
    pub async fn end_session(
        &self,
        user: &UserId,
        session: &str,
        grants: Option<RevokeGrants>,
    ) -> Result<(), Error> {
        let query = grants.map(|grants| match grants {
            RevokeGrants::All => ("revokeGrantsTarget", "all"),
            RevokeGrants::FirstParty => ("revokeGrantsTarget", "firstParty"),
        });
        let values = [user.as_str(), session];
        self.request_nothing(&endpoints::DELETE_SESSION, &values, query.as_slice(), None::<&()>).await
    }

    /// `GET /users/{userId}/grants`, all of them or those of one kind of application.
    ///
    /// # Errors
    /// As any request.
    pub async fn grants(&self, user: &UserId, of: Option<GrantOwner>) -> Result<Vec<Grant>, Error> {
        let query = of.map(|of| match of {
            GrantOwner::FirstParty => ("appType", "firstParty"),
            GrantOwner::ThirdParty => ("appType", "thirdParty"),
        });
        let answer: Grants =
            self.request(&endpoints::LIST_GRANTS, &[user.as_str()], query.as_slice(), None::<&()>).await?;
        Ok(answer.grants)
    }

    /// `DELETE /users/{userId}/grants/{grantId}`: its tokens are revoked at once.
    ///
    /// # Errors
    /// 404 `oidc.invalid_grant`.
    pub async fn end_grant(&self, user: &UserId, grant: &str) -> Result<(), Error> {
        let values = [user.as_str(), grant];
        self.request_nothing(&endpoints::DELETE_GRANT, &values, &[], None::<&()>).await
    }
}
