//! Limits how many requests to Logto are under way at once: in total, for one user and from one network.
//!
//! A [`Share`] names the user and the network that a task works for. Such a task waits for a place of its user first,
//! then for a place of its network, and only then in the queue that all users share: of the requests that one user has
//! waiting, at most [`MOST_OF_A_USER`] are ahead of another user's. A task without a share (the tenant's settings, the
//! server's own jobs) needs only one of all places.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::error::{Error, TransportFailure, TransportKind};
use crate::user_id::UserId;

/// The maximum number of requests under way at once: about what one Logto process answers in a tenth of a second.
pub(crate) const MOST_AT_ONCE: usize = 32;
/// Of these, the maximum for one user: a page needs no more at once.
pub(crate) const MOST_OF_A_USER: usize = 4;
/// Of these, the maximum from one network, however many users it has: half, so that the other half is left to all
/// others.
pub(crate) const MOST_OF_A_NETWORK: usize = MOST_AT_ONCE / 2;
/// How long a request waits for a place.
const PATIENCE: Duration = Duration::from_secs(5);

tokio::task_local! {
    static SHARE: Option<Share>;
}

/// The user and the network that a task sends requests to Logto for.
#[derive(Clone, Debug)]
pub struct Share {
    user: UserId,
    network: Option<IpAddr>,
}

impl Share {
    /// Returns the share of `user`. `network` is the network that the request came from, as one address of it; `None`
    /// if it is not known: then no network's limit applies.
    pub fn new(user: UserId, network: Option<IpAddr>) -> Self {
        Self { user, network }
    }

    /// Runs `work` with this share. Tasks that it spawns have none, unless they [`carry`](Self::carry) it on.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        SHARE.scope(Some(self), work)
    }

    /// Returns `work` with the share of the calling task, for a task that is spawned; without one if there is none.
    pub fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
        SHARE.scope(Self::of_this_task(), work)
    }

    fn of_this_task() -> Option<Self> {
        SHARE.try_with(Clone::clone).ok().flatten()
    }
}

/// All places of one client.
pub(crate) struct Places {
    all: Semaphore,
    users: Shares<UserId>,
    networks: Shares<IpAddr>,
    /// How long a request waits for a place.
    patience: Duration,
}

/// A place, released when dropped.
pub(crate) struct Place<'a> {
    _of_all: SemaphorePermit<'a>,
    _of_network: Option<Taken<'a, IpAddr>>,
    _of_user: Option<Taken<'a, UserId>>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            all: Semaphore::new(MOST_AT_ONCE),
            users: Shares::new(MOST_OF_A_USER),
            networks: Shares::new(MOST_OF_A_NETWORK),
            patience: PATIENCE,
        }
    }
}

impl Places {
    /// Returns a place, once there is one for the share of the task.
    ///
    /// # Errors
    /// [`TransportKind::Busy`] when there is none in time.
    pub(crate) async fn take(&self) -> Result<Place<'_>, Error> {
        let busy = Error::Transport(TransportFailure { kind: TransportKind::Busy, cause: None });
        let taking = async {
            let (user, network) = match Share::of_this_task() {
                Some(Share { user, network }) => (Some(user), network),
                None => (None, None),
            };
            // In this order, so that a task that waits for its own share holds none of the places of all.
            let of_user = match user {
                Some(user) => Some(self.users.take(user).await?),
                None => None,
            };
            let of_network = match network {
                Some(network) => Some(self.networks.take(network).await?),
                None => None,
            };
            let of_all = self.all.acquire().await.ok()?;
            Some(Place { _of_all: of_all, _of_network: of_network, _of_user: of_user })
        };
        tokio::time::timeout(self.patience, taking).await.ok().flatten().ok_or(busy)
    }
}

/// The same number of places for each of many.
struct Shares<K> {
    most: usize,
    /// The keys that have a place or wait for one, and the number of their tasks.
    of: Mutex<HashMap<K, (usize, Arc<Semaphore>)>>,
}

/// A place of one user or network.
struct Taken<'a, K: Hash + Eq> {
    // Released before the entry of its holder may be removed.
    _permit: OwnedSemaphorePermit,
    _interest: Interest<'a, K>,
}

/// Keeps the entry of a user or network in the map.
struct Interest<'a, K: Hash + Eq> {
    shares: &'a Shares<K>,
    key: K,
}

impl<K: Hash + Eq + Clone> Shares<K> {
    fn new(most: usize) -> Self {
        Self { most, of: Mutex::default() }
    }

    /// Returns one of the places of `key`, once one is free.
    async fn take(&self, key: K) -> Option<Taken<'_, K>> {
        let semaphore = {
            let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = of.entry(key.clone()).or_insert_with(|| (0, Arc::new(Semaphore::new(self.most))));
            entry.0 += 1;
            Arc::clone(&entry.1)
        };
        // Created before waiting: the entry of a caller that stops waiting is removed, too.
        let interest = Interest { shares: self, key };
        let permit = semaphore.acquire_owned().await.ok()?;
        Some(Taken { _permit: permit, _interest: interest })
    }
}

impl<K: Hash + Eq> Drop for Interest<'_, K> {
    fn drop(&mut self) {
        let mut of = self.shares.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = of.get_mut(&self.key) {
            entry.0 -= 1;
            if entry.0 == 0 {
                of.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use super::{MOST_AT_ONCE, MOST_OF_A_NETWORK, MOST_OF_A_USER, Place, Places, Share};
    use crate::error::{Error, TransportKind};
    use crate::user_id::UserId;

    fn share(user: usize, network: Option<u8>) -> Share {
        let user = UserId::parse(&format!("user{user}")).unwrap();
        Share::new(user, network.map(|last| IpAddr::from([192, 0, 2, last])))
    }

    /// Returns places that wait for a moment only: a free one is taken at once.
    fn impatient() -> Places {
        Places { patience: Duration::from_millis(1), ..Places::default() }
    }

    /// Takes a place for each share, as far as there are any.
    async fn take_all(places: &Places, shares: impl Iterator<Item = Share>) -> Vec<Place<'_>> {
        let mut taken = Vec::new();
        for share in shares {
            match share.scope(places.take()).await {
                Ok(place) => taken.push(place),
                Err(error) => {
                    assert!(matches!(error, Error::Transport(failure) if failure.kind == TransportKind::Busy))
                }
            }
        }
        taken
    }

    #[tokio::test]
    async fn b32_one_user_and_one_network_have_a_share_of_the_places() {
        let places = impatient();
        let greedy = take_all(&places, (0..10).map(|_| share(1, Some(1)))).await;
        assert_eq!(greedy.len(), MOST_OF_A_USER);
        let crowd = take_all(&places, (2..40).map(|user| share(user, Some(1)))).await;
        assert_eq!(greedy.len() + crowd.len(), MOST_OF_A_NETWORK);
        assert!(share(50, Some(2)).scope(places.take()).await.is_ok(), "another network is not kept waiting");
        assert!(places.take().await.is_ok(), "nor is the server itself");
        let others = take_all(&places, (100..200).map(|user| share(user, None))).await;
        assert_eq!(others.len(), MOST_AT_ONCE - MOST_OF_A_NETWORK, "32 in all");
        drop((greedy, crowd, others));
        assert_eq!(take_all(&places, (0..10).map(|_| share(1, Some(1)))).await.len(), MOST_OF_A_USER);
        assert!(places.users.of.lock().unwrap().is_empty(), "no one is remembered");
        assert!(places.networks.of.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn b32_waiter_that_gives_up_is_removed() {
        let places = impatient();
        let held = take_all(&places, (0..4).map(|_| share(1, Some(1)))).await;
        let waiting = share(1, Some(1)).scope(places.take());
        assert!(waiting.await.is_err());
        assert_eq!(places.users.of.lock().unwrap().values().map(|entry| entry.0).sum::<usize>(), held.len());
        drop(held);
        assert!(places.users.of.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn b32_a_spawned_task_carries_its_share_on() {
        let places = Arc::new(impatient());
        let held = take_all(&places, (0..4).map(|_| share(1, None))).await;
        let take = |places: Arc<Places>| async move { places.take().await.is_ok() };
        let carried = share(1, None)
            .scope(async { tokio::spawn(Share::carry(take(Arc::clone(&places)))).await.unwrap() })
            .await;
        assert!(!carried, "it is this user's fifth");
        assert!(tokio::spawn(Share::carry(take(Arc::clone(&places)))).await.unwrap(), "without a share");
        drop(held);
    }
}
