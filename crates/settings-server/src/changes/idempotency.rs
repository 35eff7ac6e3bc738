//! Retried requests: an idempotency key belongs to one change for a day. Only the id of the change is kept; its outcome
//! is in the audit log, and an answer is always made from a fresh read.

use account_api::error::ServerCode;
use account_api::step_up::IDEMPOTENCY_HEADER;
use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use logto_client::UserId;

use crate::error::Failure;
use crate::http::request_fingerprint::RequestFingerprint;
use crate::store::{Statement, Store, StoreError};

/// How long a key belongs to its change, in milliseconds.
const LASTS_MS: i64 = 24 * 60 * 60 * 1_000;

/// What is known of a request before it runs.
pub(super) enum Replay {
    /// It has no key, or a new one.
    First,
    /// It was tried before as the change of this id, and was not applied as far as is known.
    Retry(String),
    /// It was applied, as the change of this id.
    Completed(String),
}

/// What identifies a retry of a request.
#[derive(Clone)]
pub(super) struct Idempotency {
    key: Option<String>,
    fingerprint: RequestFingerprint,
}

impl<S: Sync> FromRequestParts<S> for Idempotency {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let fingerprint = parts.extensions.get::<RequestFingerprint>().ok_or(Failure::unauthorized())?;
        Ok(Self { key: idempotency_key(&parts.headers)?, fingerprint: fingerprint.clone() })
    }
}

#[cfg(test)]
impl Idempotency {
    /// Returns the key of a request that has none.
    pub(super) fn without_key() -> Self {
        Self { key: None, fingerprint: RequestFingerprint::of(&axum::extract::Request::default()) }
    }
}

/// Returns the one key of 16 to 64 visible ASCII characters, if there is one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut values = headers.get_all(IDEMPOTENCY_HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value
        .to_str()
        .ok()
        .filter(|key| (16..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(Failure::new(
            ServerCode::InvalidValue,
            "idempotency key: not 16 to 64 visible ASCII characters",
        )
        .of_field(IDEMPOTENCY_HEADER)),
    }
}

/// Returns `invalid_value`: the idempotency key belongs to another request.
fn key_of_another_request() -> Failure {
    Failure::new(
        ServerCode::InvalidValue,
        "idempotency key: used for another request before (make a new one for each request)",
    )
    .of_field(IDEMPOTENCY_HEADER)
}

fn name(store: &Store, user: &UserId, key: &str) -> [u8; 32] {
    store.sealer.fingerprint(&format!("idempotency\0{user}\0{key}"))
}

/// Looks up the outcome of earlier tries of a request.
///
/// # Errors
/// `invalid_value` when the key belongs to another request, `upstream_unavailable` when the change is under way,
/// `store_unavailable`.
pub(super) async fn replay(store: &Store, user: &UserId, request: &Idempotency) -> Result<Replay, Failure> {
    let Some(key) = &request.key else { return Ok(Replay::First) };
    let sql = "SELECT request, operation, \
               (SELECT state FROM intents WHERE intents.operation = idempotency.operation) AS state, \
               (SELECT result FROM journal WHERE journal.user_id = idempotency.user_id \
                AND journal.operation = idempotency.operation AND phase = 'outcome' ORDER BY seq DESC LIMIT 1) AS result \
               FROM idempotency WHERE user_id = $1 AND name = $2 AND expires_at > $3";
    let values = [user.as_str().into(), name(store, user, key).into(), store.now_ms().into()];
    let rows = store.database.rows(Statement::new(sql, values)).await?;
    let Some(row) = rows.first() else { return Ok(Replay::First) };
    if row.bytes("request")? != request.fingerprint.digest(&store.sealer) {
        return Err(key_of_another_request());
    }
    let operation = row.text("operation")?.to_owned();
    match (row.optional_text("state")?, row.optional_text("result")?) {
        (Some("running"), _) => {
            Err(Failure::new(ServerCode::UpstreamUnavailable, "the same request is under way").retry_after(1))
        }
        (None, Some("done")) => Ok(Replay::Completed(operation)),
        _ => Ok(Replay::Retry(operation)),
    }
}

/// Returns the statement that stores the change of a key, or `None` without a key.
pub(super) fn keep(
    store: &Store,
    user: &UserId,
    request: &Idempotency,
    operation: &str,
) -> Option<Statement> {
    let key = request.key.as_ref()?;
    // An expired row may still be there.
    let sql = "INSERT INTO idempotency (user_id, name, request, operation, expires_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (user_id, name) DO UPDATE SET request = excluded.request, operation = excluded.operation, \
               expires_at = excluded.expires_at";
    let values = [
        user.as_str().into(),
        name(store, user, key).into(),
        request.fingerprint.digest(&store.sealer).into(),
        operation.into(),
        store.now_ms().saturating_add(LASTS_MS).into(),
    ];
    Some(Statement::new(sql, values))
}

/// Removes expired keys.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn remove_expired(store: &Store) -> Result<(), StoreError> {
    let sql = "DELETE FROM idempotency WHERE expires_at <= $1";
    store.database.execute(Statement::new(sql, [store.now_ms().into()])).await.map(drop)
}
