//! Exact sliding windows that survive a restart and hold for all replicas.
//!
//! One row a bucket: the times of its hits within its longest rule, and a version that is compared and swapped. A
//! bucket's name is kept as a fingerprint. Hits of one process queue up, so that only replicas compete.

use super::Store;
use super::database::{Commit, Statement, StoreError};
use crate::config::Rule;

/// How often a hit is retried that other replicas got ahead of.
const TRIES: u32 = 100;

/// A bucket and the rules that limit it.
pub(crate) struct Hit<'a> {
    pub(crate) bucket: String,
    pub(crate) rules: &'a [Rule],
}

/// Hits that can be refunded when the try should not have counted.
#[derive(Debug)]
#[must_use = "a hit counts, unless it is refunded"]
pub(crate) struct Taken(Vec<([u8; 32], i64)>);

impl Taken {
    /// Combines both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

/// Why no hit was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// One of the buckets allows no hit for at least this many seconds.
    RetryAfter { seconds: u32 },
    /// The store does not answer, so no try is allowed.
    Store(StoreError),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A bucket as it is in the database.
struct Bucket {
    name: [u8; 32],
    /// Ascending.
    stamps: Vec<i64>,
    /// Absent: there is no row.
    version: Option<i64>,
}

/// Takes a hit on each of the buckets, or on none.
///
/// # Errors
/// See [`NotTaken`].
pub(crate) async fn take(store: &Store, hits: &[Hit<'_>]) -> Result<Taken, NotTaken> {
    let mut hits: Vec<([u8; 32], &[Rule])> =
        hits.iter().map(|hit| (store.sealer.fingerprint(&hit.bucket), hit.rules)).collect();
    // In the same order everywhere, so that two transactions never wait for each other.
    hits.sort_unstable_by_key(|(name, _)| *name);
    let _turn = store.limits_turn.lock().await;
    for _ in 0..TRIES {
        let now = store.now_ms();
        let mut wait_ms = 0;
        let mut changes = Vec::with_capacity(hits.len());
        for (name, rules) in &hits {
            let mut bucket = read(store, *name).await?;
            wait_ms = rules.iter().map(|rule| rule.wait_ms(&bucket.stamps, now)).fold(wait_ms, i64::max);
            let longest = rules.iter().map(Rule::within_ms).max().unwrap_or_default();
            bucket.stamps.retain(|stamp| stamp.saturating_add(longest) > now);
            bucket.stamps.push(now);
            bucket.stamps.sort_unstable();
            changes.push(bucket.write(now.saturating_add(longest)));
        }
        if wait_ms > 0 {
            let seconds = u32::try_from(wait_ms.saturating_add(999) / 1_000).unwrap_or(u32::MAX);
            return Err(NotTaken::RetryAfter { seconds });
        }
        if store.database.all_or_nothing(changes, Commit::Durable).await? {
            return Ok(Taken(hits.into_iter().map(|(name, _)| (name, now)).collect()));
        }
    }
    Err(NotTaken::Store(StoreError::Unavailable))
}

/// Refunds hits.
///
/// # Errors
/// [`StoreError`]; the hits may count nevertheless.
pub(crate) async fn refund(store: &Store, taken: Taken) -> Result<(), StoreError> {
    let _turn = store.limits_turn.lock().await;
    for (name, at_ms) in taken.0 {
        for _ in 0..TRIES {
            let mut bucket = read(store, name).await?;
            let Some(index) = bucket.stamps.iter().position(|stamp| *stamp == at_ms) else { break };
            bucket.stamps.remove(index);
            if store.database.execute(bucket.replace()).await? > 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Removes buckets without a hit that still counts.
pub(super) async fn sweep(store: &Store) -> Result<(), StoreError> {
    let sql = "DELETE FROM limits WHERE expires_at <= $1";
    store.database.execute(Statement::new(sql, [store.now_ms().into()])).await?;
    Ok(())
}

impl Rule {
    fn within_ms(&self) -> i64 {
        i64::try_from(self.within.as_millis()).unwrap_or(i64::MAX)
    }

    /// Returns how long until this rule allows another hit; 0: at once.
    fn wait_ms(&self, stamps: &[i64], now: i64) -> i64 {
        let counted: Vec<i64> =
            stamps.iter().copied().filter(|stamp| stamp.saturating_add(self.within_ms()) > now).collect();
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        // The hit that must expire first, so that fewer than `most` are left.
        match counted.len().checked_sub(most).and_then(|index| counted.get(index)) {
            Some(stamp) => stamp.saturating_add(self.within_ms()).saturating_sub(now),
            None if most == 0 => self.within_ms(),
            None => 0,
        }
    }
}

impl Bucket {
    fn write(&self, expires_at: i64) -> Statement {
        match self.version {
            Some(version) => {
                let sql = "UPDATE limits SET stamps = $2, version = version + 1, expires_at = $4 \
                           WHERE bucket = $1 AND version = $3";
                let stamps = encode(&self.stamps);
                Statement::new(sql, [self.name.into(), stamps.into(), version.into(), expires_at.into()])
            }
            None => {
                let sql = "INSERT INTO limits (bucket, stamps, version, expires_at) VALUES ($1, $2, 1, $3) \
                           ON CONFLICT (bucket) DO NOTHING";
                Statement::new(sql, [self.name.into(), encode(&self.stamps).into(), expires_at.into()])
            }
        }
    }

    /// Other stamps, the same expiry.
    fn replace(&self) -> Statement {
        let sql = "UPDATE limits SET stamps = $2, version = version + 1 WHERE bucket = $1 AND version = $3";
        Statement::new(sql, [self.name.into(), encode(&self.stamps).into(), self.version.into()])
    }
}

async fn read(store: &Store, name: [u8; 32]) -> Result<Bucket, StoreError> {
    let sql = "SELECT stamps, version FROM limits WHERE bucket = $1";
    let rows = store.database.rows(Statement::new(sql, [name.into()])).await?;
    let Some(row) = rows.first() else { return Ok(Bucket { name, stamps: Vec::new(), version: None }) };
    Ok(Bucket { name, stamps: decode(row.bytes("stamps")?)?, version: Some(row.integer("version")?) })
}

fn encode(stamps: &[i64]) -> Vec<u8> {
    stamps.iter().flat_map(|stamp| stamp.to_be_bytes()).collect()
}

fn decode(bytes: &[u8]) -> Result<Vec<i64>, StoreError> {
    let (stamps, []) = bytes.as_chunks::<8>() else {
        return Err(StoreError::Corrupt("a bucket has no times"));
    };
    Ok(stamps.iter().map(|stamp| i64::from_be_bytes(*stamp)).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::super::databases::on_both;
    use super::super::tests::{FakeClock, store};
    use super::*;

    const fn rule(most: u32, seconds: u64) -> Rule {
        Rule { most, within: Duration::from_secs(seconds) }
    }

    async fn hit(store: &Store, bucket: &str, rules: &[Rule]) -> Result<Taken, NotTaken> {
        take(store, &[Hit { bucket: bucket.to_owned(), rules }]).await
    }

    /// Returns 0 for a hit that was allowed, otherwise the seconds to wait.
    async fn wait(store: &Store, bucket: &str, rules: &[Rule]) -> u32 {
        match hit(store, bucket, rules).await {
            Ok(_) => 0,
            Err(NotTaken::RetryAfter { seconds }) => seconds,
            Err(NotTaken::Store(error)) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn b12_window_slides_exactly_and_returns_the_longest_wait() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let store = store(&place, &clock).await;
            let rules = [rule(3, 600), rule(5, 3_600)];
            // When (in milliseconds from the begin), and what the answer is.
            let table = [
                (0, 0),
                (0, 0),
                (60_000, 0),
                (60_000, 600 - 60),
                (599_999, 1),
                (600_000, 0),
                (600_001, 0),
                // The third of the last ten minutes was at one minute; of the last hour there are five.
                (600_002, 3_600 - 600),
                (3_599_999, 1),
                (3_600_000, 0),
                (3_600_000, 0),
                (3_600_000, 60),
            ];
            let mut now = 0;
            for (index, (at, wanted)) in table.into_iter().enumerate() {
                clock.advance_ms(at - now);
                now = at;
                assert_eq!(wait(&store, "a", &rules).await, wanted, "row {index}");
            }
            assert_eq!(wait(&store, "b", &rules).await, 0, "another bucket is another budget");
            assert_eq!(wait(&store, "b", &[rule(0, 60)]).await, 60, "nothing means nothing");
        })
        .await;
    }

    #[tokio::test]
    async fn b12_hits_survive_a_restart_and_are_shared_by_replicas() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let rules = [rule(2, 600)];
            let one = store(&place, &clock).await;
            assert_eq!(wait(&one, "a", &rules).await, 0);
            drop(one);
            let (one, two) = (store(&place, &clock).await, store(&place, &clock).await);
            assert_eq!(wait(&two, "a", &rules).await, 0);
            assert_eq!((wait(&one, "a", &rules).await, wait(&two, "a", &rules).await), (600, 600));
        })
        .await;
    }

    #[tokio::test]
    async fn b12_concurrent_hits_never_exceed_the_budget() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let (one, two) = (store(&place, &clock).await, store(&place, &clock).await);
            let rules = [rule(7, 600)];
            let takers = (0..40).map(|number| {
                let store = if number % 2 == 0 { &one } else { &two };
                let own = format!("of {number}");
                let rules = &rules;
                async move {
                    let hits = [("shared".to_owned(), rules), (own, rules)];
                    let hits = hits.map(|(bucket, rules)| Hit { bucket, rules: rules.as_slice() });
                    take(store, &hits).await
                }
            });
            let outcomes = join_all(takers).await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 7);
            for refused in outcomes.into_iter().filter_map(Result::err) {
                assert_eq!(refused, NotTaken::RetryAfter { seconds: 600 });
            }
            let rows = one.database.rows(Statement::new("SELECT COUNT(*) FROM limits", [])).await.unwrap();
            assert_eq!(
                rows[0].integer(0),
                Ok(1 + 7),
                "a hit refused by one bucket is not taken from the other"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn b14_hit_is_refunded_once_and_old_buckets_are_swept() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let store = store(&place, &clock).await;
            let rules = [rule(2, 600)];
            let taken = hit(&store, "a", &rules).await.unwrap();
            let kept = hit(&store, "a", &rules).await.unwrap();
            assert_eq!(wait(&store, "a", &rules).await, 600);
            refund(&store, taken).await.unwrap();
            assert_eq!(wait(&store, "a", &rules).await, 0);
            assert_eq!(wait(&store, "a", &rules).await, 600);
            sweep(&store).await.unwrap();
            assert_eq!(wait(&store, "a", &rules).await, 600, "not yet old");
            clock.advance_ms(600_000);
            sweep(&store).await.unwrap();
            let rows = store.database.rows(Statement::new("SELECT bucket FROM limits", [])).await.unwrap();
            assert!(rows.is_empty());
            refund(&store, kept).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn bucket_name_is_not_in_the_database() {
        on_both(async |place| {
            let store = store(&place, &FakeClock::new()).await;
            assert_eq!(wait(&store, "ann@example.test", &[rule(1, 60)]).await, 0);
            let rows = store.database.rows(Statement::new("SELECT bucket, stamps FROM limits", [])).await;
            let row = &rows.unwrap()[0];
            assert_eq!(row.bytes(0).unwrap(), store.sealer.fingerprint("ann@example.test"));
            let broken = Statement::new("UPDATE limits SET stamps = $1", [vec![1, 2, 3].into()]);
            store.database.execute(broken).await.unwrap();
            let outcome = hit(&store, "ann@example.test", &[rule(1, 60)]).await;
            assert!(matches!(outcome, Err(NotTaken::Store(StoreError::Corrupt(_)))), "{outcome:?}");
        })
        .await;
    }
}
