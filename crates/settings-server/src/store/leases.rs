//! One change at a time for each user, across processes: a row says which change holds the lease, and until when
//! (decision 19).
//!
//! A holder that dies releases nothing; its lease passes on when it expires, with a higher fencing number. A holder
//! that was only slow is kept from writing here by [`Lease::still_held`], which goes first in its transaction. Logto
//! knows no fencing numbers: before a write there, [`Lease::check`] says whether the lease has expired.
//!
//! The clocks of replicas may differ by less than a third of a lease.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Store;
use super::database::{Commit, Statement, StoreError};
use crate::randomness;

/// How long a lease lasts without being renewed.
pub(crate) const LASTS: Duration = Duration::from_secs(30);
/// How often it is renewed.
const RENEWED: Duration = Duration::from_secs(10);
/// A holder that was not renewed for longer starts no further write.
const TRUSTED: Duration = Duration::from_secs(20);
/// A power cut ends every holder on this machine. Elsewhere, a database that lost a lease lets its holder write
/// nothing (see [`Lease::still_held`]), and whatever the holder wrote made the lease durable, too.
const COMMIT: Commit = Commit::Relaxed;
/// The minimum and the maximum pause between two tries for a lease that another holder has.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(80));

/// The right to change one user. Released when dropped.
pub(crate) struct Lease {
    store: Store,
    subject: String,
    holder: [u8; 16],
    fence: i64,
    renewed: Mutex<Instant>,
    is_lost: AtomicBool,
    is_given_back: AtomicBool,
}

impl Lease {
    /// Waits until no other holder may change `subject`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn wait_for(store: &Store, subject: &str) -> Result<Self, StoreError> {
        let mut pause = PAUSE.0;
        loop {
            if let Some(lease) = Self::take(store, subject).await? {
                return Ok(lease);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Takes the lease if it is free or has expired.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn take(store: &Store, subject: &str) -> Result<Option<Self>, StoreError> {
        let holder: [u8; 16] = randomness::bytes().map_err(|_| StoreError::Unavailable)?;
        // Made before the lease is taken: a caller that stops waiting for the answer still releases it.
        let mut lease = Self {
            store: store.clone(),
            subject: subject.to_owned(),
            holder,
            fence: 0,
            renewed: Mutex::new(Instant::now()),
            is_lost: AtomicBool::new(false),
            is_given_back: AtomicBool::new(false),
        };
        let sql = "INSERT INTO leases (subject, holder, expires_at, fence) VALUES ($1, $2, $3, 1) \
                   ON CONFLICT (subject) DO UPDATE SET holder = excluded.holder, \
                   expires_at = excluded.expires_at, fence = leases.fence + 1 \
                   WHERE leases.expires_at <= $4 RETURNING fence";
        let now = store.now_ms();
        let values = [subject.into(), holder.to_vec().into(), end(now).into(), now.into()];
        let rows = store.database.rows_with(Statement::new(sql, values), COMMIT).await?;
        let Some(row) = rows.first() else {
            lease.is_given_back = AtomicBool::new(true);
            return Ok(None);
        };
        lease.fence = row.integer("fence")?;
        Ok(Some(lease))
    }

    /// Grows with every holder of this user's lease.
    pub(crate) fn fence(&self) -> i64 {
        self.fence
    }

    /// Returns the first statement of a transaction that only the holder may write: it changes no row, and so lets
    /// nothing be written, once the lease has passed on. Until the transaction ends, it cannot.
    pub(crate) fn still_held(&self) -> Statement {
        let sql = "UPDATE leases SET fence = fence WHERE subject = $1 AND holder = $2 AND expires_at > 0";
        Statement::new(sql, [self.subject.as_str().into(), self.holder.to_vec().into()])
    }

    /// Checks whether the holder may start a write elsewhere.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the lease has passed on, or could not be renewed in time.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_lost.load(Ordering::Relaxed) || renewed.elapsed() >= TRUSTED {
            return Err(StoreError::Unavailable);
        }
        Ok(())
    }

    /// Renews the lease as long as this future is polled, or until it has passed on.
    pub(crate) async fn keep(&self) {
        loop {
            tokio::time::sleep(RENEWED).await;
            // If the database does not answer, the next renewal may succeed.
            if let Ok(false) = self.renew().await {
                tracing::error!(
                    fence = self.fence,
                    "change: its lease has passed on, because it took too long"
                );
                return;
            }
        }
    }

    /// Renews the lease. Returns `false` when another holder has it.
    pub(super) async fn renew(&self) -> Result<bool, StoreError> {
        let began = Instant::now();
        let sql = "UPDATE leases SET expires_at = $3 WHERE subject = $1 AND holder = $2 AND expires_at > 0";
        let mut statement = self.still_held();
        statement.sql = sql;
        statement.values.push(end(self.store.now_ms()).into());
        let is_held = self.store.database.execute_with(statement, COMMIT).await? > 0;
        if is_held {
            *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = began;
        } else {
            self.is_lost.store(true, Ordering::Relaxed);
        }
        Ok(is_held)
    }

    /// Lets the next change in at once. Without this the lease is released a moment after it is dropped.
    pub(crate) async fn give_back(&self) {
        if !self.is_given_back.swap(true, Ordering::Relaxed) {
            // If the database does not answer, the lease expires by itself.
            let _ = self.store.database.execute_with(self.end(), COMMIT).await;
        }
    }

    /// Returns the statement that ends the lease. The row stays, for its fencing number.
    fn end(&self) -> Statement {
        let sql = "UPDATE leases SET expires_at = 0 WHERE subject = $1 AND holder = $2";
        Statement { sql, ..self.still_held() }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.is_given_back.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (database, end) = (self.store.database.clone(), self.end());
            runtime.spawn(async move { database.execute_with(end, COMMIT).await });
        }
    }
}

/// Returns when a lease that is taken or renewed now expires.
fn end(now_ms: i64) -> i64 {
    now_ms.saturating_add(i64::try_from(LASTS.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::databases::on_both;
    use super::super::tests::{FakeClock, store};
    use super::{Commit, Instant, LASTS, Lease, Statement, Store, TRUSTED};

    const SECOND: u64 = 1_000;

    fn lasts_ms() -> u64 {
        u64::try_from(LASTS.as_millis()).unwrap()
    }

    /// Writes a row that only the holder may write.
    async fn write(lease: &Lease, bucket: u8) -> bool {
        let sql = "INSERT INTO limits (bucket, stamps, version, expires_at) VALUES ($1, $1, 1, 1)";
        let statement = Statement::new(sql, [vec![bucket].into()]);
        lease
            .store
            .database
            .all_or_nothing(vec![lease.still_held(), statement], Commit::Durable)
            .await
            .unwrap()
    }

    async fn written(store: &Store) -> Vec<u8> {
        let rows = store.database.rows(Statement::new("SELECT bucket FROM limits ORDER BY bucket", [])).await;
        rows.unwrap().iter().map(|row| row.bytes(0).unwrap()[0]).collect()
    }

    #[tokio::test]
    async fn b20_a_lease_has_one_holder_over_all_replicas() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let (one, two) = (store(&place, &clock).await, store(&place, &clock).await);
            let first = Lease::take(&one, "ann").await.unwrap().unwrap();
            assert_eq!(first.fence(), 1);
            assert!(Lease::take(&two, "ann").await.unwrap().is_none());
            assert!(Lease::take(&one, "ann").await.unwrap().is_none());
            assert!(Lease::take(&two, "bob").await.unwrap().is_some(), "each user has one");
            first.give_back().await;
            assert!(!write(&first, 1).await, "released");
            assert!(!first.renew().await.unwrap());
            let second = Lease::take(&two, "ann").await.unwrap().unwrap();
            assert_eq!(second.fence(), 2);
            assert!(write(&second, 2).await);
            drop(second);
            let third = Lease::wait_for(&one, "ann").await.unwrap();
            assert_eq!(third.fence(), 3, "a dropped lease is released");
            assert_eq!(written(&one).await, [2]);
        })
        .await;
    }

    #[tokio::test]
    async fn b20_expired_lease_passes_on_and_late_writes_are_refused() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let (one, two) = (store(&place, &clock).await, store(&place, &clock).await);
            let stale = Lease::take(&one, "ann").await.unwrap().unwrap();
            assert!(write(&stale, 1).await);
            clock.advance_ms(lasts_ms() - 1);
            assert!(Lease::take(&two, "ann").await.unwrap().is_none(), "not a moment too early");
            assert!(stale.renew().await.unwrap());
            clock.advance_ms(lasts_ms() - 1);
            assert!(Lease::take(&two, "ann").await.unwrap().is_none(), "renewed");
            clock.advance_ms(1);
            let heir = Lease::take(&two, "ann").await.unwrap().unwrap();
            assert!(heir.fence() > stale.fence());
            assert!(!write(&stale, 2).await, "the stale holder writes nothing");
            assert!(write(&heir, 3).await);
            assert!(stale.check().is_ok());
            assert!(!stale.renew().await.unwrap());
            assert!(stale.check().is_err(), "and it gets an error");
            stale.give_back().await;
            assert!(heir.renew().await.unwrap(), "nor does it give back what it does not have");
            assert_eq!(written(&one).await, [1, 3]);
        })
        .await;
    }

    #[tokio::test]
    async fn b20_expired_holder_continues_if_no_other_took_the_lease() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let one = store(&place, &clock).await;
            let slow = Lease::take(&one, "ann").await.unwrap().unwrap();
            clock.advance_ms(lasts_ms() + SECOND);
            assert!(write(&slow, 1).await && slow.renew().await.unwrap());
        })
        .await;
    }

    #[tokio::test]
    async fn b20_one_of_many_contenders_gets_the_lease() {
        on_both(async |place| {
            let clock = FakeClock::new();
            let (one, two) = (store(&place, &clock).await, store(&place, &clock).await);
            let tries = (0..40).map(|number| Lease::take(if number % 2 == 0 { &one } else { &two }, "ann"));
            let taken: Vec<Lease> =
                futures_util::future::join_all(tries).await.into_iter().filter_map(Result::unwrap).collect();
            assert_eq!(taken.len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn b20_a_holder_that_could_not_renew_begins_no_write() {
        let store = Store::in_memory(&FakeClock::new()).await;
        let lease = Lease::take(&store, "ann").await.unwrap().unwrap();
        assert!(lease.check().is_ok());
        let long_ago = Instant::now().checked_sub(TRUSTED).unwrap();
        *lease.renewed.lock().unwrap() = long_ago;
        assert!(lease.check().is_err());
        assert!(lease.renew().await.unwrap() && lease.check().is_ok());
    }
}
