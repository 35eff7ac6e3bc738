//! Social accounts that are being linked, as rows: what was begun, and the provider's answer until it is used.

use logto_client::UserId;

use super::database::moment;
use super::{Statement, Store, StoreError};
use crate::auth::token::{Hash, Instance};
use crate::step_up::origin::Origin;

/// A link that is about to begin.
pub(crate) struct NewSocialLink<'a> {
    pub(crate) state: &'a Hash,
    pub(crate) user: &'a UserId,
    pub(crate) instance: Instance,
    /// The connector's id in Logto.
    pub(crate) connector: &'a str,
    pub(crate) target: &'a str,
    /// The account that the new one replaces, by its key.
    pub(crate) replaces: Option<&'a str>,
    pub(crate) verifier: &'a Hash,
    /// The origin of the proof that it was begun with.
    pub(crate) origin: Origin,
    /// In milliseconds since the epoch.
    pub(crate) expires_at: u64,
}

/// A link that the provider has answered.
pub(crate) struct AnsweredSocialLink {
    pub(crate) connector: String,
    pub(crate) target: String,
    pub(crate) replaces: Option<String>,
    pub(crate) origin: Origin,
    /// The answer, sealed; absent once it was used.
    pub(crate) answer: Option<Vec<u8>>,
}

impl Store {
    /// Stores a link, in place of any other of the same app instance.
    pub(crate) async fn begin_social_link(&self, new: &NewSocialLink<'_>) -> Result<(), StoreError> {
        let instance = new.instance.0.bytes();
        let sql = "DELETE FROM social_links WHERE expires_at <= $1 OR (user_id = $2 AND instance = $3)";
        let values = [self.now_ms().into(), new.user.into(), instance.clone().into()];
        self.database.execute(Statement::new(sql, values)).await?;
        let sql = "INSERT INTO social_links \
                   (state, user_id, instance, connector, target, replaces, verifier, origin, status, expires_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)";
        let values = [
            new.state.bytes().into(),
            new.user.into(),
            instance.into(),
            new.connector.into(),
            new.target.into(),
            new.replaces.map(str::to_owned).into(),
            new.verifier.bytes().into(),
            new.origin.to_text().into(),
            moment(new.expires_at),
        ];
        self.database.execute(Statement::new(sql, values)).await.map(drop)
    }

    /// Keeps the provider's answer for a link of this connector. A second answer voids the link: it is unknown which of
    /// the two is the user's.
    pub(crate) async fn answer_social_link(
        &self,
        state: &Hash,
        connector: &str,
        handle: &Hash,
        sealed: Vec<u8>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE social_links SET \
                   handle = CASE WHEN status = 'open' THEN $3 END, \
                   answer = CASE WHEN status = 'open' THEN $4 END, \
                   status = CASE WHEN status = 'open' THEN 'answered' ELSE 'void' END \
                   WHERE state = $1 AND connector = $2 AND status <> 'used' AND expires_at > $5";
        let values = [
            state.bytes().into(),
            connector.into(),
            handle.bytes().into(),
            sealed.into(),
            self.now_ms().into(),
        ];
        self.database.execute(Statement::new(sql, values)).await.map(drop)
    }

    /// Returns the answered link of this user and app instance that has all three secrets. One that was used is returned to
    /// the operation that has used it.
    pub(crate) async fn answered_social_link(
        &self,
        (user, instance): (&UserId, Instance),
        state: &Hash,
        verifier: &Hash,
        handle: &Hash,
        operation: &str,
    ) -> Result<Option<AnsweredSocialLink>, StoreError> {
        let sql = "SELECT connector, target, replaces, origin, answer FROM social_links \
                   WHERE state = $1 AND user_id = $2 AND instance = $3 AND verifier = $4 AND handle = $5 \
                   AND (status = 'answered' OR (status = 'used' AND used_by = $7)) AND expires_at > $6";
        let values = [
            state.bytes().into(),
            user.into(),
            instance.0.bytes().into(),
            verifier.bytes().into(),
            handle.bytes().into(),
            self.now_ms().into(),
            operation.into(),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(AnsweredSocialLink {
            connector: row.text("connector")?.to_owned(),
            target: row.text("target")?.to_owned(),
            replaces: row.optional_text("replaces")?.map(str::to_owned),
            origin: Origin::from_text(row.text("origin")?),
            answer: row.optional_bytes("answer")?.map(<[u8]>::to_vec),
        }))
    }

    /// Ends a link: an operation has used its answer, which is erased.
    pub(crate) async fn end_social_link(&self, state: &Hash, operation: &str) -> Result<(), StoreError> {
        let sql = "UPDATE social_links SET status = 'used', used_by = $2, answer = NULL WHERE state = $1";
        let values = [state.bytes().into(), operation.into()];
        self.database.execute(Statement::new(sql, values)).await.map(drop)
    }
}
