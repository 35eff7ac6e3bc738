//! Encryption keys compared across replicas (B39). Each server records which keys it has, and a canary sealed by its
//! newest. A server that cannot open a canary of the last day would not be able to read what is sealed in the store.

use super::database::{Database, Statement, StoreError};
use super::{Store, StoreStartError};

/// How long a key counts as in use after a server last sealed with it.
const IN_USE_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a server counts as running after it was last seen.
const RUNNING_MS: i64 = 3 * 60 * 1_000;
const CANARY: &str = "latchkey canary";

/// Compares our keys with those of all other servers, then records ours.
pub(super) async fn compare(store: &Store) -> Result<(), StoreStartError> {
    let now = store.now_ms();
    let sql = "SELECT canary FROM keys WHERE canary IS NOT NULL AND seen_at > $1";
    let used = store.database.rows(Statement::new(sql, [now.saturating_sub(IN_USE_MS).into()])).await?;
    for row in used {
        if store.sealer.open(row.bytes("canary")?, CANARY).is_none() {
            return Err(StoreStartError::KeyMissing);
        }
    }
    let Some(ours) = store.sealer.key_fingerprints().next() else { return Ok(()) };
    let sql = "SELECT COUNT(DISTINCT server) AS servers FROM keys WHERE seen_at > $1 \
               AND server NOT IN (SELECT server FROM keys WHERE fingerprint = $2)";
    let values = [now.saturating_sub(RUNNING_MS).into(), ours.into()];
    let rows = store.database.rows(Statement::new(sql, values)).await?;
    let without = rows.first().map_or(Ok(0), |row| row.integer("servers"))?;
    if without > 0 {
        tracing::warn!(
            servers = without,
            "store.encryption_key_files: servers that ran a moment ago lack this server's newest key (while they run, \
             give it to them as an older one first)"
        );
    }
    note(store).await?;
    Ok(())
}

/// Whether no server ever sealed anything here.
pub(super) async fn are_none(database: &dyn Database) -> Result<bool, StoreError> {
    Ok(database.rows(Statement::new("SELECT seen_at FROM keys LIMIT 1", [])).await?.is_empty())
}

/// Records that this server has its keys, now; removes servers that have not been seen for long.
pub(super) async fn note(store: &Store) -> Result<(), StoreError> {
    let now = store.now_ms();
    for (index, fingerprint) in store.sealer.key_fingerprints().enumerate() {
        let canary = if index == 0 { Some(store.sealer.seal(b"canary", CANARY)?) } else { None };
        let sql = "INSERT INTO keys (server, fingerprint, canary, seen_at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (server, fingerprint) DO UPDATE SET seen_at = excluded.seen_at";
        let values = [store.server.to_vec().into(), fingerprint.into(), canary.into(), now.into()];
        store.database.execute(Statement::new(sql, values)).await?;
    }
    let sql = "DELETE FROM keys WHERE seen_at < $1";
    store.database.execute(Statement::new(sql, [now.saturating_sub(IN_USE_MS).into()])).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::databases::on_both;
    use super::super::tests::{FakeClock, configuration, store};
    use super::{IN_USE_MS, Store, StoreStartError, note};

    #[tokio::test]
    async fn b39_start_without_a_key_in_use_elsewhere_fails() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let open = async |keys: &[u8]| {
                Store::open(&configuration(&place, keys), Arc::new(clock.clone())).await.map(|_| ())
            };
            let running = store(&place, &clock).await;
            let lacks = open(&[2]).await.unwrap_err();
            assert!(matches!(lacks, StoreStartError::KeyMissing), "{lacks:?}");
            assert!(lacks.to_string().starts_with("store.encryption_key_files: lacks a key"));
            open(&[1]).await.unwrap();
            open(&[2, 1]).await.unwrap();
            assert!(open(&[1]).await.is_err(), "now there is one that seals with the second key");
            open(&[1, 2]).await.unwrap();

            // The first key is forgotten a day after the last server that sealed with it was seen.
            let day = u64::try_from(IN_USE_MS).unwrap();
            clock.advance_ms(day - 1);
            note(&running).await.unwrap();
            clock.advance_ms(day - 1);
            assert!(open(&[3]).await.is_err());
            clock.advance_ms(1);
            open(&[3]).await.unwrap();
        })
        .await;
    }
}
