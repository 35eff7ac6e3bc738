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
    /// Whether the provider answers to the app.
    pub(crate) is_direct: bool,
    /// What this server needs to exchange the code itself (sealed); absent where Logto exchanges it.
    pub(crate) code_flow: Option<Vec<u8>>,
    /// The origin of the proof that it was begun with.
    pub(crate) origin: Origin,
    /// In milliseconds since the epoch.
    pub(crate) expires_at: u64,
}

/// A link that the provider has answered.
pub(crate) struct AnsweredSocialLink {
    /// As in [`NewSocialLink`].
    pub(crate) code_flow: Option<Vec<u8>>,
    pub(crate) connector: String,
    pub(crate) target: String,
    pub(crate) replaces: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) answer: KeptAnswer,
}

/// Where the provider's answer is.
pub(crate) enum KeptAnswer {
    /// In the row, sealed.
    Sealed(Vec<u8>),
    /// With the request that finishes the link.
    WithTheApp,
    /// Erased: it was used.
    Used,
}

impl Store {
    /// Stores a link, in place of any other of the same app instance.
    pub(crate) async fn begin_social_link(&self, new: &NewSocialLink<'_>) -> Result<(), StoreError> {
        let instance = new.instance.0.bytes();
        let sql = "DELETE FROM social_links WHERE expires_at <= $1 OR (user_id = $2 AND instance = $3)";
        let values = [self.now_ms().into(), new.user.into(), instance.clone().into()];
        self.database.execute(Statement::new(sql, values)).await?;
        let sql = "INSERT INTO social_links \
                   (state, user_id, instance, connector, target, replaces, verifier, origin, status, expires_at, direct, \
                   code_flow) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, $11)";
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
            i64::from(new.is_direct).into(),
            new.code_flow.clone().into(),
        ];
        self.database.execute(Statement::new(sql, values)).await.map(drop)
    }

    /// Keeps the provider's answer for a link of this connector, unless the app is to get it. A second answer voids the
    /// link: it is unknown which of the two is the user's.
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
                   WHERE state = $1 AND connector = $2 AND direct = 0 AND status <> 'used' AND expires_at > $5";
        let values = [
            state.bytes().into(),
            connector.into(),
            handle.bytes().into(),
            sealed.into(),
            self.now_ms().into(),
        ];
        self.database.execute(Statement::new(sql, values)).await.map(drop)
    }

    /// Returns the answered link of this user and app instance that has all three secrets. Without a `handle`, it is a direct
    /// one: the app has the answer. One that was used is returned to the operation that has used it.
    pub(crate) async fn answered_social_link(
        &self,
        (user, instance): (&UserId, Instance),
        state: &Hash,
        verifier: &Hash,
        handle: Option<&Hash>,
        operation: &str,
    ) -> Result<Option<AnsweredSocialLink>, StoreError> {
        let sql = "SELECT connector, target, replaces, origin, answer, direct, code_flow, status FROM social_links \
                   WHERE state = $1 AND user_id = $2 AND instance = $3 AND verifier = $4 AND expires_at > $6 \
                   AND ((direct = 0 AND handle = $5 AND status = 'answered') \
                   OR (direct = 1 AND handle IS NULL AND $5 IS NULL AND status = 'open') \
                   OR (status = 'used' AND used_by = $7 AND (handle = $5 OR direct = 1)))";
        let values = [
            state.bytes().into(),
            user.into(),
            instance.0.bytes().into(),
            verifier.bytes().into(),
            handle.map(Hash::bytes).into(),
            self.now_ms().into(),
            operation.into(),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let bytes = |name| Ok::<_, StoreError>(row.optional_bytes(name)?.map(<[u8]>::to_vec));
        let answer = match (row.text("status")?, bytes("answer")?) {
            ("used", _) => KeptAnswer::Used,
            (_, Some(sealed)) => KeptAnswer::Sealed(sealed),
            (_, None) => KeptAnswer::WithTheApp,
        };
        Ok(Some(AnsweredSocialLink {
            code_flow: bytes("code_flow")?,
            connector: row.text("connector")?.to_owned(),
            target: row.text("target")?.to_owned(),
            replaces: row.optional_text("replaces")?.map(str::to_owned),
            origin: Origin::from_text(row.text("origin")?),
            answer,
        }))
    }

    /// Replaces the provider's answer of an answered link by what was learnt from it.
    pub(crate) async fn replace_social_answer(
        &self,
        state: &Hash,
        sealed: Vec<u8>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE social_links SET answer = $2 WHERE state = $1 AND status = 'answered'";
        self.database.execute(Statement::new(sql, [state.bytes().into(), sealed.into()])).await.map(drop)
    }

    /// Ends a link: an operation has used its answer, which is erased.
    pub(crate) async fn end_social_link(&self, state: &Hash, operation: &str) -> Result<(), StoreError> {
        let sql = "UPDATE social_links SET status = 'used', used_by = $2, answer = NULL, code_flow = NULL WHERE state = $1";
        let values = [state.bytes().into(), operation.into()];
        self.database.execute(Statement::new(sql, values)).await.map(drop)
    }
}
