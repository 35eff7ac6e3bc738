//! Challenges and grants of the step-up, as rows.

use account_api::step_up::Purpose;
use logto_client::UserId;

use super::database::moment;
use super::{Commit, Row, Statement, Store, StoreError};
use crate::auth::token::{Hash, Instance};
use crate::step_up::decision::Granted;
use crate::step_up::origin::Origin;
use crate::step_up::purpose;

/// The maximum number of open challenges of one user.
const MOST_CHALLENGES: i64 = 16;

/// The owner of a challenge or grant.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) client: &'a str,
    pub(crate) instance: Instance,
}

/// What a user was asked to prove.
pub(crate) struct Challenge {
    pub(crate) purpose: Purpose,
    pub(crate) target: Option<Vec<u8>>,
    /// When it was issued, in seconds on Logto's clock.
    pub(crate) issued_at: u64,
}

/// A grant that is about to be stored.
pub(crate) struct NewGrant<'a> {
    pub(crate) token: &'a Hash,
    pub(crate) purpose: Purpose,
    pub(crate) target: Option<&'a [u8]>,
    /// What proved it, for the audit log: `browser`, `password`, `email`.
    pub(crate) proof: &'a str,
    pub(crate) granted: Granted,
    pub(crate) expires_at: u64,
}

/// A grant that is valid for a request.
pub(crate) struct ValidGrant {
    pub(crate) granted: Granted,
    /// Whether a fresh sign-in in the browser was part of the proof.
    pub(crate) has_fresh_sign_in: bool,
}

impl Store {
    /// Stores a challenge, and removes expired ones. Of a user's open ones, the newest [`MOST_CHALLENGES`] are kept,
    /// taken in turn from each app instance: a client that makes many from one instance loses its own oldest, and each
    /// of as many instances keeps its newest.
    pub(crate) async fn keep_challenge(
        &self,
        nonce: &Hash,
        owner: Owner<'_>,
        challenge: &Challenge,
        expires_at: u64,
    ) -> Result<(), StoreError> {
        let sweep = "DELETE FROM step_up_challenges WHERE expires_at <= $1";
        self.database.execute(Statement::new(sweep, vec![self.now_ms().into()])).await?;
        let sql = "INSERT INTO step_up_challenges \
                   (nonce, user_id, instance, purpose, target, issued_at, expires_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = vec![
            nonce.bytes().into(),
            owner.user.into(),
            owner.instance.0.bytes().into(),
            <&str>::from(challenge.purpose).into(),
            challenge.target.clone().into(),
            moment(challenge.issued_at),
            moment(expires_at),
        ];
        self.database.execute(Statement::new(sql, values)).await?;
        let trim = "DELETE FROM step_up_challenges WHERE nonce IN (SELECT nonce FROM (SELECT nonce, \
                    ROW_NUMBER() OVER (ORDER BY turn, expires_at DESC, nonce) AS place FROM (SELECT nonce, expires_at, \
                    ROW_NUMBER() OVER (PARTITION BY instance ORDER BY expires_at DESC, nonce) AS turn \
                    FROM step_up_challenges WHERE user_id = $1) AS turns) AS places WHERE place > $2)";
        let values = vec![owner.user.into(), MOST_CHALLENGES.into()];
        self.database.execute(Statement::new(trim, values)).await.map(drop)
    }

    /// Returns the challenge of a nonce, if it is this owner's and still open.
    pub(crate) async fn challenge(
        &self,
        nonce: &Hash,
        owner: Owner<'_>,
    ) -> Result<Option<Challenge>, StoreError> {
        let sql = "SELECT purpose, target, issued_at FROM step_up_challenges \
                   WHERE nonce = $1 AND user_id = $2 AND instance = $3 AND expires_at > $4";
        let values = vec![
            nonce.bytes().into(),
            owner.user.into(),
            owner.instance.0.bytes().into(),
            self.now_ms().into(),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        rows.first().map(read_challenge).transpose()
    }

    /// Records that a fresh sign-in was accepted for a challenge. Returns `false` if one was before: each nonce is
    /// valid once.
    pub(crate) async fn accept_sign_in(&self, nonce: &Hash) -> Result<bool, StoreError> {
        let sql = "UPDATE step_up_challenges SET signed_in = 1 WHERE nonce = $1 AND signed_in = 0";
        Ok(self.database.execute(Statement::new(sql, vec![nonce.bytes().into()])).await? == 1)
    }

    /// Turns a challenge into a grant. Returns `false` if another request did so before. The challenge is removed.
    pub(crate) async fn grant(
        &self,
        nonce: &Hash,
        owner: Owner<'_>,
        grant: &NewGrant<'_>,
    ) -> Result<bool, StoreError> {
        let sweep = "DELETE FROM step_up_grants WHERE expires_at <= $1";
        self.database.execute(Statement::new(sweep, vec![self.now_ms().into()])).await?;
        let end = "DELETE FROM step_up_challenges WHERE nonce = $1";
        let keep = "INSERT INTO step_up_grants \
                    (token, user_id, instance, purpose, target, proof, expires_at, origin, last_resort, signed_in) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
                    COALESCE((SELECT signed_in FROM step_up_challenges WHERE nonce = $10), 0))";
        let values = vec![
            grant.token.bytes().into(),
            owner.user.into(),
            owner.instance.0.bytes().into(),
            <&str>::from(grant.purpose).into(),
            grant.target.map(<[u8]>::to_vec).into(),
            grant.proof.into(),
            moment(grant.expires_at),
            grant.granted.origin.to_text().into(),
            i64::from(grant.granted.is_last_resort).into(),
            nonce.bytes().into(),
        ];
        let both = vec![Statement::new(keep, values), Statement::new(end, vec![nonce.bytes().into()])];
        self.database.all_or_nothing(both, Commit::Durable).await
    }

    /// Returns what a grant was given for, if it is valid: right owner, purpose and target, not expired, and not used
    /// by another operation.
    pub(crate) async fn serving_grant(
        &self,
        token: &Hash,
        owner: Owner<'_>,
        purpose: Purpose,
        target: Option<&[u8]>,
        operation: &str,
    ) -> Result<Option<ValidGrant>, StoreError> {
        let sql = "SELECT origin, target, last_resort, signed_in FROM step_up_grants \
                   WHERE token = $1 AND user_id = $2 AND instance = $3 AND purpose = $4 AND expires_at > $5 \
                   AND (used_by IS NULL OR used_by LIKE '%' || $6 || '%' OR LENGTH(used_by) < $7)";
        let values = vec![
            token.bytes().into(),
            owner.user.into(),
            owner.instance.0.bytes().into(),
            <&str>::from(purpose).into(),
            self.now_ms().into(),
            operation.into(),
            used_up(purpose).into(),
        ];
        let rows = self.database.rows(Statement::new(sql, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let same_target = row.optional_bytes("target")? == target;
        let granted = Granted {
            origin: Origin::from_text(row.text("origin")?),
            is_last_resort: row.integer("last_resort")? != 0,
        };
        let has_fresh_sign_in = row.integer("signed_in")? != 0;
        Ok(same_target.then_some(ValidGrant { granted, has_fresh_sign_in }))
    }

    /// Uses a grant for one operation. Returns `false` if others have used it up. The same operation may come again: a
    /// failure of Logto does not cost the proof.
    pub(crate) async fn use_grant(
        &self,
        token: &Hash,
        purpose: Purpose,
        operation: &str,
    ) -> Result<bool, StoreError> {
        // The operations are separated by a space: as many as their length says.
        let sql = "UPDATE step_up_grants SET used_by = CASE WHEN used_by IS NULL THEN $2 \
                   WHEN used_by LIKE '%' || $2 || '%' THEN used_by ELSE used_by || ' ' || $2 END \
                   WHERE token = $1 AND expires_at > $3 \
                   AND (used_by IS NULL OR used_by LIKE '%' || $2 || '%' OR LENGTH(used_by) < $4)";
        let values =
            vec![token.bytes().into(), operation.into(), self.now_ms().into(), used_up(purpose).into()];
        Ok(self.database.execute(Statement::new(sql, values)).await? == 1)
    }
}

/// Returns the length of the list of operations that have used up a grant for this purpose. An operation's id has 32
/// characters.
fn used_up(purpose: Purpose) -> i64 {
    i64::from(purpose::most_uses(purpose)) * 33 - 1
}

fn read_challenge(row: &Row) -> Result<Challenge, StoreError> {
    Ok(Challenge {
        purpose: row.text("purpose")?.parse().map_err(|_| StoreError::Corrupt("a purpose"))?,
        target: row.optional_bytes("target")?.map(<[u8]>::to_vec),
        issued_at: u64::try_from(row.integer("issued_at")?).map_err(|_| StoreError::Corrupt("a time"))?,
    })
}
