//! Fair shares (decision 32): the budgets of requests and changes of one user and of one network.
//!
//! Each server counts in memory: these budgets protect the server's time, not a secret. A refusal is 429
//! `rate_limited` with `Retry-After`, sent after `limits.refusal_seconds`, so that a client that repeats refused
//! requests at once waits for each answer.
//!
//! An introduced app instance has budgets of its own for everything of the security scope, so that a stolen access
//! token cannot use up what its owner needs to sign out and to change the password (decision 31).
//!
//! A network is one IPv4 address or one /64 of IPv6. A trusted proxy that forwards no client address is not counted:
//! all users behind it would share one budget.

mod bucket;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use account_api::error::ServerCode;
use ipnet::IpNet;
use logto_client::{Clock, UserId};
use tokio::sync::Semaphore;

use crate::audit_log::AuditContext;
use crate::auth::instances::Introduced;
use crate::config::Config;
use crate::error::Failure;
use crate::http::client_ip;
use bucket::{Budget, Hit};

/// The budgets of requests and changes.
pub(crate) struct FairShares {
    clock: Arc<dyn Clock>,
    trusted: Vec<IpNet>,
    requests_of_user: Budget,
    requests_from_network: Budget,
    changes_of_user: Budget,
    changes_from_network: Budget,
    /// How long a refusal takes.
    delay: Duration,
    /// Places for refusals that are delayed: three quarters of the connections, so that some are left for others.
    /// Further refusals are sent at once.
    waiting: Semaphore,
}

/// A request that was counted for its network.
#[must_use = "it counts, unless the user's own budget refuses it"]
pub(crate) struct Admitted(Option<Hit>);

impl FairShares {
    pub(crate) fn new(config: &Config, clock: Arc<dyn Clock>) -> Self {
        let budgets = &config.budgets;
        Self {
            clock,
            trusted: config.listen.trusted_proxies.clone(),
            requests_of_user: Budget::new(&budgets.requests_per_user),
            requests_from_network: Budget::new(&budgets.requests_per_ip),
            changes_of_user: Budget::new(&budgets.changes_per_user),
            changes_from_network: Budget::new(&budgets.changes_per_ip),
            delay: config.limits.refusal_delay,
            waiting: Semaphore::new(config.limits.connections - config.limits.connections / 4),
        }
    }

    /// Returns the network that a request from `ip` counts for.
    pub(crate) fn network(&self, ip: Option<IpAddr>) -> Option<IpAddr> {
        ip.filter(|ip| !self.trusted.iter().any(|proxies| proxies.contains(ip))).map(client_ip::network)
    }

    /// Counts a request for its network, before its token is verified: the network pays for the cost of verification.
    ///
    /// # Errors
    /// 429 `rate_limited`.
    pub(crate) async fn request_from(&self, ip: Option<IpAddr>) -> Result<Admitted, Failure> {
        let Some(network) = self.network(ip) else { return Ok(Admitted(None)) };
        match self.requests_from_network.hit(&network, self.clock.now_unix_ms()) {
            Ok(hit) => Ok(Admitted(Some(hit))),
            Err(seconds) => Err(self.refuse(seconds).await),
        }
    }

    /// Counts a request for its user, once its token is verified and has the scopes. What is refused here does not
    /// count for the network, whose other users would pay for it.
    ///
    /// # Errors
    /// 429 `rate_limited`.
    pub(crate) async fn request_of(
        &self,
        user: &UserId,
        introduced: &Introduced,
        admitted: Admitted,
    ) -> Result<(), Failure> {
        let hit = self.requests_of_user.hit(&key(user, introduced), self.clock.now_unix_ms());
        let Err(seconds) = hit else { return Ok(()) };
        if let Some(hit) = admitted.0 {
            self.requests_from_network.refund(hit);
        }
        Err(self.refuse(seconds).await)
    }

    /// Counts an introduction, once its ID token is verified; `card` is the token's digest.
    ///
    /// # Errors
    /// 429 `rate_limited`.
    pub(crate) async fn introduction(&self, user: &UserId, card: &[u8]) -> Result<(), Failure> {
        let introduced = Introduced(Some(card.to_vec()));
        self.request_of(user, &introduced, Admitted(None)).await
    }

    /// Counts a change before it waits for the user's lock, or a challenge before it is made.
    ///
    /// # Errors
    /// 429 `rate_limited`.
    pub(crate) async fn change(&self, context: &AuditContext) -> Result<(), Failure> {
        let now = self.clock.now_unix_ms();
        let hit = match self.changes_of_user.hit(&key(&context.user, &context.introduced), now) {
            Ok(hit) => hit,
            Err(seconds) => return Err(self.refuse(seconds).await),
        };
        let Some(network) = self.network(context.ip) else { return Ok(()) };
        let Err(seconds) = self.changes_from_network.hit(&network, now) else { return Ok(()) };
        self.changes_of_user.refund(hit);
        Err(self.refuse(seconds).await)
    }

    async fn refuse(&self, seconds: u32) -> Failure {
        if !self.delay.is_zero()
            && let Ok(_waiting) = self.waiting.try_acquire()
        {
            tokio::time::sleep(self.delay).await;
        }
        Failure::new(ServerCode::RateLimited, "too many requests in a short time").retry_after(seconds)
    }
}

/// Returns the key of a user's budgets.
fn key<'a>(user: &'a UserId, introduced: &'a Introduced) -> (&'a UserId, Option<&'a [u8]>) {
    (user, introduced.0.as_deref())
}
