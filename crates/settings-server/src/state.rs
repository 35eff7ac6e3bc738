//! The state that every handler can reach, and the reads that several operations share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use account_api::error::ServerCode;
use logto_client::types::{User, UserChanges};
use logto_client::{Clock, LogtoClient, LogtoCode, UserId};

use crate::auth::bearer::{Authenticator, Caller};
use crate::changes::UserLocks;
use crate::config::Config;
use crate::error::Failure;
use crate::fair::FairShares;
use crate::logto::read_cache::ReadCache;
use crate::logto::tenant::Tenant;
use crate::logto::upstream::{self, Purpose};
use crate::notices::mailer::Mailer;
use crate::policy::FieldPolicy;
use crate::server::Upstreams;
use crate::social::openid::OpenIdClients;
use crate::step_up::bindings::Bindings;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;
use crate::verification::ResponseDelays;

/// The server's parts, shared by all requests.
pub(crate) struct AppState {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) logto: Arc<LogtoClient>,
    pub(crate) authenticator: Authenticator,
    pub(crate) store: Store,
    /// Since when users have each of their authenticators.
    pub(crate) bindings: Bindings,
    pub(crate) fair: FairShares,
    pub(crate) tenant: Tenant,
    /// The providers whose code flow this server runs itself.
    pub(crate) openid: OpenIdClients,
    pub(crate) read_cache: Arc<ReadCache>,
    pub(crate) locks: UserLocks,
    pub(crate) metrics: Metrics,
    /// How long answers about codes take.
    pub(crate) delays: ResponseDelays,
    /// Sends notices, if a mail server is configured.
    pub(crate) mailer: Option<Mailer>,
    /// Notified when the outbox has a new message.
    pub(crate) outbox_filled: tokio::sync::Notify,
    pub(crate) request_ids: RequestIds,
    pub(crate) readiness: std::sync::Mutex<Option<(u64, bool)>>,
}

impl AppState {
    pub(crate) fn new(config: Config, upstreams: Upstreams, store: Store, request_ids: RequestIds) -> Self {
        let Upstreams { logto, http, openid } = upstreams;
        let config = Arc::new(config);
        let clock = Arc::clone(&store.clock);
        let logto = Arc::new(logto);
        let read_cache =
            Arc::new(ReadCache::new(Arc::clone(&logto), Arc::clone(&clock), config.limits.read_cache));
        Self {
            fair: FairShares::new(&config, Arc::clone(&clock)),
            authenticator: Authenticator::new(Arc::clone(&config), http, Arc::clone(&clock)),
            tenant: Tenant::new(Arc::clone(&logto), Arc::clone(&clock), config.custom_fields.clone()),
            openid,
            clock,
            logto,
            locks: UserLocks::new(
                store.clone(),
                Arc::clone(&read_cache),
                config.limits.request_timeout * 3 / 4,
            ),
            read_cache,
            bindings: Bindings::new(store.clone()),
            store,
            metrics: Metrics::default(),
            delays: ResponseDelays::new(config.limits.code_answer),
            mailer: config.smtp.clone().map(|smtp| Mailer::new(smtp, config.public_url.mail_host())),
            outbox_filled: tokio::sync::Notify::new(),
            request_ids,
            config,
            readiness: std::sync::Mutex::default(),
        }
    }

    /// Reads the user behind a request from Logto now, and what they may do (B4). Both are requested at once.
    ///
    /// # Errors
    /// `account_not_found`, `account_suspended`, `upstream_failed`, `upstream_unavailable`.
    pub(crate) async fn account(&self, caller: &Caller) -> Result<(User, FieldPolicy), Failure> {
        let (user, center) = tokio::join!(self.present_user(caller), self.tenant.account_center());
        let user = user?;
        let center = center.map_err(|error| upstream::failure(&error, Purpose::Tenant))?;
        let policy = FieldPolicy::resolve(&center, &self.config.fields, |scope| caller.has(scope));
        Ok((user, policy))
    }

    /// Reads the user behind a request from Logto now (B4).
    ///
    /// # Errors
    /// As [`Self::account`].
    pub(crate) async fn present_user(&self, caller: &Caller) -> Result<User, Failure> {
        self.user(&caller.user, Age::Now).await
    }

    /// Reads the user behind a request from Logto now (B4), with the time on Logto's clock, in seconds since the
    /// epoch.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub(crate) async fn present_user_and_time(&self, caller: &Caller) -> Result<(User, u64), Failure> {
        let answer = self.logto.user_and_time(&caller.user).await;
        let (user, now) = answer.map_err(|error| upstream::failure(&error, Purpose::ReadUser))?;
        let user = not_suspended(user)?;
        let _ = self.bindings.observe(&user).await;
        Ok((user, now))
    }

    /// Returns the user behind a request, at most as old as the read cache allows. For showing, never for deciding.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub(crate) async fn recent_user(&self, caller: &Caller) -> Result<User, Failure> {
        self.user(&caller.user, Age::Recent).await
    }

    /// Returns the user, as old as `age` allows.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub(crate) async fn user(&self, id: &UserId, age: Age) -> Result<User, Failure> {
        let user = match age {
            Age::Now => self.logto.user(id).await,
            Age::Recent => self.read_cache.user(id).await,
        };
        let user = not_suspended(user.map_err(|error| upstream::failure(&error, Purpose::ReadUser))?)?;
        // A read is answered without the store; a proof reads the records itself and needs it.
        let _ = self.bindings.observe(&user).await;
        Ok(user)
    }

    /// Reads the user from Logto now, suspended or not. Returns `None` when the user no longer exists.
    ///
    /// # Errors
    /// `upstream_failed`, `upstream_unavailable`.
    pub(crate) async fn find_user(&self, id: &UserId) -> Result<Option<User>, Failure> {
        match self.logto.user(id).await {
            Ok(user) => Ok(Some(user)),
            Err(error) if error.is(LogtoCode::EntityNotFound) => Ok(None),
            Err(error) => Err(upstream::failure(&error, Purpose::ReadUser)),
        }
    }

    /// Changes a user whose data were `before`, and returns the user as they are afterwards.
    ///
    /// # Errors
    /// `upstream_failed`, `upstream_unavailable`.
    pub(crate) async fn update_user(
        &self,
        id: &UserId,
        before: &User,
        changes: &UserChanges,
        purpose: Purpose,
    ) -> Result<User, Failure> {
        let answer = self.logto.update_user(id, changes).await;
        let user = answer.map_err(|error| upstream::failure(&error, purpose))?;
        // Logto leaves these out of its answer to a change, and changes none of them.
        Ok(User { sso_identities: before.sso_identities.clone(), ..user })
    }
}

fn not_suspended(user: User) -> Result<User, Failure> {
    match user.is_suspended {
        true => Err(Failure::new(ServerCode::AccountSuspended, "the account is suspended")),
        false => Ok(user),
    }
}

/// How old the data of a user may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// Requested from Logto by this very request.
    Now,
    /// At most as old as the read cache keeps it.
    Recent,
}

/// Makes the ids under which requests are logged: the start of this process, and a number.
pub(crate) struct RequestIds {
    start: u64,
    next: AtomicU64,
}

impl RequestIds {
    /// `start` should differ between processes.
    pub(crate) fn new(start: u64) -> Self {
        Self { start, next: AtomicU64::new(1) }
    }

    pub(crate) fn next(&self) -> String {
        format!("{:016x}-{:06}", self.start, self.next.fetch_add(1, Ordering::Relaxed))
    }
}
