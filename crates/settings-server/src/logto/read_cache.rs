//! Caches what was just read of a user (decision 9): it answers further reads, and decides nothing else.
//!
//! The entries are what Logto said, not our answer: the token's scopes and the field policy still decide each time. An
//! entry's age counts from the moment of the request, so that it is never older than it may be. A read that is under
//! way counts as an entry, so all requests meanwhile wait for the same one; a read that failed does not.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use logto_client::types::{MfaVerification, User};
use logto_client::{Clock, Error, Flight, LogtoClient, Share, SingleFlight, UserId};

/// The maximum number of users; beyond it the oldest entries are dropped.
const MOST: usize = 2_000;

/// The cache.
pub(crate) struct ReadCache {
    logto: Arc<LogtoClient>,
    users: TtlCache<User>,
    factors: TtlCache<Vec<MfaVerification>>,
}

impl ReadCache {
    /// Creates a cache whose entries live for `lasts`; zero switches it off.
    pub(crate) fn new(logto: Arc<LogtoClient>, clock: Arc<dyn Clock>, lasts: Duration) -> Self {
        let kept = (Arc::clone(&clock), lasts);
        Self { logto, users: TtlCache::new(kept.0, kept.1, MOST), factors: TtlCache::new(clock, lasts, MOST) }
    }

    /// Returns the user, from the cache if possible.
    ///
    /// # Errors
    /// [`Error`] of the request to Logto.
    pub(crate) async fn user(&self, id: &UserId) -> Result<User, Error> {
        let (logto, user) = (Arc::clone(&self.logto), id.clone());
        self.users.get(id, || async move { logto.user(&user).await }).await
    }

    /// Returns the user's second factors, from the cache if possible.
    ///
    /// # Errors
    /// [`Error`] of the request to Logto.
    pub(crate) async fn mfa_verifications(&self, id: &UserId) -> Result<Vec<MfaVerification>, Error> {
        let (logto, user) = (Arc::clone(&self.logto), id.clone());
        self.factors.get(id, || async move { logto.mfa_verifications(&user).await }).await
    }

    /// Invalidates the user when the guard is dropped: a read that was requested before, and may still be under way,
    /// is used for no later request.
    pub(crate) fn invalidate_on_drop(self: &Arc<Self>, id: &UserId) -> InvalidateOnDrop {
        InvalidateOnDrop { cache: Arc::clone(self), id: id.clone() }
    }
}

/// Marks a user who is being changed.
pub(crate) struct InvalidateOnDrop {
    cache: Arc<ReadCache>,
    id: UserId,
}

impl Drop for InvalidateOnDrop {
    fn drop(&mut self) {
        self.cache.users.forget(&self.id);
        self.cache.factors.forget(&self.id);
    }
}

/// The entries of one kind of read, by user.
struct TtlCache<T: Clone> {
    clock: Arc<dyn Clock>,
    lasts_ms: u64,
    most: usize,
    entries: Mutex<Entries<T>>,
}

struct Entries<T: Clone> {
    of_users: HashMap<UserId, Entry<T>>,
    /// Every read in the order they began, which is the order they expire in; some are invalidated already.
    began: VecDeque<(u64, UserId)>,
}

/// One read, under way or done.
struct Entry<T: Clone> {
    began_ms: u64,
    flight: Flight<Result<T, Error>>,
}

impl<T: Clone + Send + Sync + 'static> TtlCache<T> {
    fn new(clock: Arc<dyn Clock>, lasts: Duration, most: usize) -> Self {
        let lasts_ms = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        let entries = Entries { of_users: HashMap::new(), began: VecDeque::new() };
        Self { clock, lasts_ms, most, entries: Mutex::new(entries) }
    }

    /// Returns the entry of this user, or the result of `read`.
    async fn get<F>(&self, id: &UserId, read: impl FnOnce() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        if self.lasts_ms == 0 {
            return read().await;
        }
        let flight = {
            let now_ms = self.clock.now_unix_ms();
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            match entries.of_users.get(id).filter(|entry| entry.is_usable(now_ms, self.lasts_ms)) {
                Some(entry) => entry.flight.clone(),
                None => {
                    // In a task of its own: the first caller may leave.
                    let flight = SingleFlight::default().run(|| Share::carry(read()));
                    entries.make_room(now_ms, self.lasts_ms, self.most);
                    entries.of_users.insert(id.clone(), Entry { began_ms: now_ms, flight: flight.clone() });
                    entries.began.push_back((now_ms, id.clone()));
                    flight
                }
            }
        };
        flight.await
    }

    fn forget(&self, id: &UserId) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).of_users.remove(id);
    }
}

impl<T: Clone> Entry<T> {
    fn is_usable(&self, now_ms: u64, lasts_ms: u64) -> bool {
        // A clock that was set back makes everything too old.
        let is_young = now_ms.checked_sub(self.began_ms).is_some_and(|age| age < lasts_ms);
        is_young && !matches!(self.flight.peek(), Some(Err(_)))
    }
}

impl<T: Clone> Entries<T> {
    /// Drops expired entries, and the oldest when there is no room for one more.
    fn make_room(&mut self, now_ms: u64, lasts_ms: u64, most: usize) {
        let is_old = |began_ms: u64| now_ms.checked_sub(began_ms).is_none_or(|age| age >= lasts_ms);
        while let Some((began_ms, id)) = self
            .began
            .pop_front_if(|(began_ms, _)| is_old(*began_ms))
            .or_else(|| if self.began.len() >= most { self.began.pop_front() } else { None })
        {
            // Unless the user was requested once more since.
            if self.of_users.get(&id).is_some_and(|entry| entry.began_ms == began_ms) {
                self.of_users.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use logto_client::UserId;

    use super::TtlCache;
    use crate::store::tests::FakeClock;

    #[tokio::test]
    async fn cache_is_bounded_and_expired_entries_are_dropped() {
        let clock = FakeClock::new();
        let kept: TtlCache<u64> = TtlCache::new(Arc::new(clock.clone()), Duration::from_secs(5), 3);
        let read = async |number: u64, value: u64| {
            let id = UserId::parse(&format!("user{number}")).unwrap();
            kept.get(&id, || async move { Ok(value) }).await.unwrap()
        };
        let held = || {
            let entries = kept.entries.lock().unwrap();
            (entries.of_users.len(), entries.began.len())
        };
        for number in 0..4 {
            assert_eq!(read(number, number).await, number);
        }
        assert_eq!(held(), (3, 3));
        assert_eq!(read(3, 9).await, 3, "the youngest are kept");
        assert_eq!(read(0, 9).await, 9, "and the oldest was forgotten");
        clock.advance_ms(5_000);
        assert_eq!(read(7, 7).await, 7);
        assert_eq!(held(), (1, 1));
    }

    #[tokio::test]
    async fn clock_set_back_keeps_no_entry_for_longer() {
        let (later, earlier) = (FakeClock::new(), FakeClock::new());
        later.advance_ms(3_600_000);
        let mut kept: TtlCache<u64> = TtlCache::new(Arc::new(later), Duration::from_secs(5), 3);
        let id = UserId::parse("user").unwrap();
        assert_eq!(kept.get(&id, || async { Ok(1) }).await.unwrap(), 1);
        kept.clock = Arc::new(earlier);
        assert_eq!(kept.get(&id, || async { Ok(2) }).await.unwrap(), 2);
    }
}
