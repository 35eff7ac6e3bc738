//! Repeated requests: a key stands for one operation for a day. Only the operation's id is kept; what became of it
//! stands in the journal, and an answer is always made from a fresh read.

use account_api::error::Code;

use super::Who;
use super::who::key_of_another_request;
use crate::error::Failure;
use crate::store::{Statement, Store, StoreError};

/// How long a key stands for its operation.
const LASTS_MS: i64 = 24 * 60 * 60 * 1_000;

/// What is known of a request before it is carried out.
pub(super) enum Standing {
    /// It has no key, or a new one.
    New,
    /// It was tried before under this operation, and was not done as far as is known.
    Again(String),
    /// It was done.
    Done,
}

fn name(store: &Store, who: &Who, key: &str) -> [u8; 32] {
    store.sealer.fingerprint(&format!("idempotency\0{}\0{key}", who.user))
}

/// # Errors
/// 422 when the key stands for another request, 503 when the operation is under way, and the store's.
pub(super) async fn standing(store: &Store, who: &Who) -> Result<Standing, Failure> {
    let Some(key) = &who.key else { return Ok(Standing::New) };
    let sql = "SELECT request, operation, \
               (SELECT state FROM intents WHERE intents.operation = idempotency.operation), \
               (SELECT result FROM journal WHERE journal.user_id = idempotency.user_id \
                AND journal.operation = idempotency.operation AND phase = 'outcome' ORDER BY seq DESC LIMIT 1) \
               FROM idempotency WHERE user_id = $1 AND name = $2 AND expires_at > $3";
    let values = [who.user.as_str().into(), name(store, who, key).into(), store.now_ms().into()];
    let rows = store.database.rows(Statement::new(sql, values)).await?;
    let Some(row) = rows.first() else { return Ok(Standing::New) };
    if row.bytes(0)? != who.asked.fingerprint(&store.sealer) {
        return Err(key_of_another_request());
    }
    let operation = row.text(1)?.to_owned();
    match (row.optional_text(2)?, row.optional_text(3)?) {
        (Some("running"), _) => {
            Err(Failure::new(Code::UpstreamUnavailable, "the same request is under way").retry_after(1))
        }
        (None, Some("done")) => Ok(Standing::Done),
        _ => Ok(Standing::Again(operation)),
    }
}

/// Keeps the operation of a key. `None` without a key.
pub(super) fn keep(store: &Store, who: &Who, operation: &str) -> Option<Statement> {
    let key = who.key.as_ref()?;
    // An expired row may still be there.
    let sql = "INSERT INTO idempotency (user_id, name, request, operation, expires_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (user_id, name) DO UPDATE SET request = excluded.request, operation = excluded.operation, \
               expires_at = excluded.expires_at";
    let values = [
        who.user.as_str().into(),
        name(store, who, key).into(),
        who.asked.fingerprint(&store.sealer).into(),
        operation.into(),
        store.now_ms().saturating_add(LASTS_MS).into(),
    ];
    Some(Statement::new(sql, values))
}

/// Forgets what has expired.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn forget_expired(store: &Store) -> Result<(), StoreError> {
    let sql = "DELETE FROM idempotency WHERE expires_at <= $1";
    store.database.execute(Statement::new(sql, [store.now_ms().into()])).await.map(drop)
}
