//! A session: its identity, its tokens, and their renewal.
//!
//! The access token is only in memory. The refresh token is rotated by every use, so a new one is saved before the
//! access token that came with it is used (N15), and one renewal happens at a time: in this process by a mutex,
//! between processes by a file lock and a second look into the keyring.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use account_api::app::Persistence;
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::KnownAccounts;
use crate::dependencies::Dependencies;
use crate::error::Error;
use crate::identity::Identity;
use crate::instance::InstanceSecret;
use crate::newest_token::{NewestTokens, NumberedToken};
use crate::operations::Operations;
use crate::process_lock;
use crate::provider::{Provider, TokenFailure};
use crate::randomness::Randomness;
use crate::sealed_files::FileKey;
use crate::server_url::ServerUrl;
use crate::step_up::StepUps;
use crate::stored_session::StoredSession;
use crate::token_store::StoreError;

/// How long before its end an access token is renewed: the request still has to arrive.
const MARGIN: Duration = Duration::from_secs(30);
/// The lifetime that is assumed where the identity provider returns none.
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(300);

/// An access token and when it is renewed, on the clock that cannot be set.
#[derive(Clone)]
pub(crate) struct AccessToken {
    secret: SecretString,
    renew_at: Duration,
}

impl AccessToken {
    /// Creates a token that arrived at `received_at` ([`crate::clock::Clock::elapsed`]) and is valid for `lifetime`.
    pub(crate) fn new(secret: &SecretString, lifetime: Option<Duration>, received_at: Duration) -> Self {
        let lifetime = lifetime.unwrap_or(UNKNOWN_LIFETIME);
        let usable = lifetime - MARGIN.min(lifetime / 2);
        Self { secret: secret.clone(), renew_at: received_at.saturating_add(usable) }
    }

    /// Returns the token, to be put into one header.
    pub(crate) fn secret(&self) -> &SecretString {
        &self.secret
    }

    fn is_fresh(&self, now: Duration) -> bool {
        now < self.renew_at
    }
}

/// The ID token of an ordinary sign-in, kept until the settings server has learned from it which browser session is
/// this app's. It is stored nowhere else.
pub(crate) struct PendingIdToken {
    pub(crate) token: SecretString,
    /// When it expires, on the clock that cannot be set: its own lifetime, from its arrival.
    pub(crate) usable_until: Duration,
}

/// A signed-in account.
pub(crate) struct Session {
    pub(crate) identity: Identity,
    pub(crate) server: ServerUrl,
    pub(crate) resource: String,
    pub(crate) view_key: FileKey,
    pub(crate) operations: Operations,
    pub(crate) step_ups: StepUps,
    copies: Arc<NewestTokens>,
    tokens: Mutex<Tokens>,
    renewing: tokio::sync::Mutex<()>,
    /// Held while the app instance is introduced to the settings server.
    pub(crate) introducing: tokio::sync::Mutex<()>,
    /// Counts successful introductions.
    pub(crate) introductions: AtomicU64,
    over: AtomicBool,
}

struct Tokens {
    refresh: NumberedToken,
    /// Whether the keyring may have an item with the key of the sealed copy.
    has_item: bool,
    access: Option<AccessToken>,
    /// Created when it is first needed: an item of a former version has none.
    instance: Option<InstanceSecret>,
    pending_id_token: Option<PendingIdToken>,
    /// The ID token of the last renewal, for an introduction that needs a young one.
    renewed: Option<SecretString>,
    /// Counts renewals, so that a caller whose token was refused knows whether another caller has renewed it already.
    generation: u64,
    persistence: Persistence,
}

/// An access token with the number of the renewal that it came with, so that a caller whose token was refused can say
/// which.
pub(crate) struct NumberedAccessToken {
    pub(crate) token: AccessToken,
    pub(crate) generation: u64,
}

/// What renewing needs, and the path of the account's lock file.
pub(crate) struct Renewal<'a> {
    pub(crate) dependencies: &'a Dependencies,
    pub(crate) provider: &'a Provider,
    pub(crate) accounts: &'a KnownAccounts,
    pub(crate) lock_file: &'a std::path::Path,
}

impl Session {
    /// Creates a session from the keyring's item (without `access`), or from a sign-in.
    pub(crate) fn new(
        stored: &StoredSession,
        server: ServerUrl,
        copies: &Arc<NewestTokens>,
        access: Option<AccessToken>,
    ) -> Arc<Self> {
        Arc::new(Self {
            identity: stored.identity.clone(),
            server,
            resource: stored.resource.clone(),
            view_key: stored.view_key.clone(),
            operations: Operations::default(),
            step_ups: StepUps::default(),
            copies: Arc::clone(copies),
            tokens: Mutex::new(Tokens {
                refresh: stored.newest.clone(),
                has_item: access.is_none(),
                access,
                instance: stored.instance.clone(),
                pending_id_token: None,
                renewed: None,
                generation: 0,
                persistence: Persistence::Keyring,
            }),
            renewing: tokio::sync::Mutex::new(()),
            introducing: tokio::sync::Mutex::new(()),
            introductions: AtomicU64::new(0),
            over: AtomicBool::new(false),
        })
    }

    /// Whether the session is lost when the app ends: nothing that the next start reads has its tokens.
    pub(crate) fn ends_with_the_app(&self) -> bool {
        let tokens = self.lock();
        tokens.persistence != Persistence::Keyring && !tokens.has_item
    }

    /// Returns whether the session outlives the app.
    pub(crate) fn persistence(&self) -> Persistence {
        self.lock().persistence
    }

    /// Returns the refresh token, for revocation only.
    pub(crate) fn refresh_token(&self) -> SecretString {
        self.lock().refresh.token.clone()
    }

    /// Returns the app instance's secret.
    ///
    /// # Errors
    /// `Internal` without randomness, where it has to be created.
    pub(crate) fn instance(&self, randomness: &dyn Randomness) -> Result<InstanceSecret, Error> {
        let mut held = self.lock();
        if let Some(instance) = &held.instance {
            return Ok(instance.clone());
        }
        let instance = InstanceSecret::new(randomness)?;
        held.instance = Some(instance.clone());
        Ok(instance)
    }

    /// Keeps the ID token of the sign-in until the settings server has it.
    pub(crate) fn set_pending_id_token(&self, id_token: PendingIdToken) {
        self.lock().pending_id_token = Some(id_token);
    }

    /// Returns the ID token that the settings server has not taken yet, while it is within its lifetime.
    pub(crate) fn pending_id_token(&self, now: Duration) -> Option<SecretString> {
        let mut held = self.lock();
        held.pending_id_token.take_if(|pending| pending.usable_until <= now);
        held.pending_id_token.as_ref().map(|pending| pending.token.clone())
    }

    /// Forgets the pending ID token: the settings server took it, or will never take it.
    pub(crate) fn clear_pending_id_token(&self) {
        self.lock().pending_id_token = None;
    }

    /// Takes the ID token that came with the last renewal.
    pub(crate) fn take_renewed_id_token(&self) -> Option<SecretString> {
        self.lock().renewed.take()
    }

    /// Forgets the access token, so that the next request renews it (for example to learn of new scopes).
    pub(crate) fn drop_access_token(&self) {
        self.lock().access = None;
    }

    /// Ends the session: no renewal starts from now on, and none is running when this returns.
    pub(crate) async fn finish(&self) {
        self.over.store(true, Ordering::SeqCst);
        drop(self.renewing.lock().await);
        self.step_ups.forget();
        let mut held = self.lock();
        held.access = None;
        held.pending_id_token = None;
        held.renewed = None;
    }

    /// Whether the session was finished.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Returns the access token if it is valid and not the refused one.
    pub(crate) fn fresh(&self, refused: Option<u64>, now: Duration) -> Option<NumberedAccessToken> {
        let tokens = self.lock();
        let token = tokens.access.clone().filter(|token| token.is_fresh(now))?;
        (refused != Some(tokens.generation))
            .then_some(NumberedAccessToken { token, generation: tokens.generation })
    }

    /// Renews the tokens unless another caller or another process just did.
    ///
    /// # Errors
    /// `SessionEnded` when the refresh token is dead, `SignedOut` when the session was ended here, `Offline`,
    /// `IssuerUnavailable`, `IssuerFailed`, `StorageFailed` when another process holds the lock too long.
    pub(crate) async fn renew(
        &self,
        renewal: &Renewal<'_>,
        refused: Option<u64>,
    ) -> Result<NumberedAccessToken, Error> {
        let dependencies = renewal.dependencies;
        let _turn = self.renewing.lock().await;
        if self.is_over() {
            return Err(Error::SignedOut);
        }
        if let Some(access_token) = self.fresh(refused, dependencies.clock.elapsed()) {
            return Ok(access_token);
        }
        let _between_processes = match self.persistence() {
            Persistence::Keyring => Some(process_lock::lock(renewal.lock_file).await?),
            Persistence::MemoryOnly { .. } => None,
        };
        let refresh = self.newest_refresh_token(renewal).await?;
        let ask = || renewal.provider.refresh(&self.identity.client_id, &self.resource, &refresh);
        let mut answer = ask().await;
        if matches!(answer, Err(TokenFailure::AnswerLost)) {
            // The token may be used up already; Logto accepts it once more for three seconds.
            answer = ask().await;
        }
        let tokens = answer.map_err(|failure| match failure {
            TokenFailure::InvalidGrant => Error::SessionEnded,
            other => other.into(),
        })?;
        let received_at = dependencies.clock.elapsed();
        if let Some(rotated) = tokens.refresh {
            // Kept in memory first: it is the only valid one, whether or not the keyring saves it.
            self.take(rotated);
            self.save(dependencies).await;
        }
        let token = AccessToken::new(&tokens.access, tokens.expires_in, received_at);
        let mut held = self.lock();
        held.renewed = tokens.id_token;
        held.generation += 1;
        held.access = Some(token.clone());
        Ok(NumberedAccessToken { token, generation: held.generation })
    }

    /// Sets the next refresh token.
    fn take(&self, token: SecretString) {
        let mut held = self.lock();
        held.refresh = NumberedToken { number: held.refresh.number + 1, token };
    }

    /// Returns the newest refresh token of memory, sealed copy and keyring. Another process may have rotated it, or
    /// signed out; the keyring may have lost its last write.
    ///
    /// # Errors
    /// `SessionEnded` when the account was signed out here.
    async fn newest_refresh_token(&self, renewal: &Renewal<'_>) -> Result<SecretString, Error> {
        if self.persistence() != Persistence::Keyring {
            return Ok(self.refresh_token());
        }
        let kept = renewal.dependencies.store.get(&StoredSession::item(&self.identity)).await;
        let stored = match &kept {
            Ok(Some(secret)) => StoredSession::read(secret, &self.identity),
            // Another keyring service may be running, or a user erased the item. Signing out also removes the account
            // from the list.
            Ok(None) if !renewal.accounts.has_session(&self.identity) => return Err(Error::SessionEnded),
            Ok(None) | Err(_) => None,
        };
        let copy = self.copies.load(&self.identity, &self.view_key);
        let mut held = self.lock();
        let newest = held.refresh.clone().or_newer(copy);
        let (stored, instance) = stored.map_or((None, None), |stored| (Some(stored.newest), stored.instance));
        held.refresh = newest.or_newer(stored);
        // Processes of one session are one app instance.
        if instance.is_some() {
            held.instance = instance;
        }
        Ok(held.refresh.token.clone())
    }

    /// Writes the session's item. When the keyring refuses, the session becomes one in memory, unless the keyring
    /// still has the item with the key of the sealed copy: the next start then takes the token from there.
    pub(crate) async fn save(&self, dependencies: &Dependencies) {
        let newest = self.lock().refresh.clone();
        let stored = StoredSession {
            server: self.server.as_str().to_owned(),
            resource: self.resource.clone(),
            identity: self.identity.clone(),
            newest: newest.clone(),
            view_key: self.view_key.clone(),
            instance: self.instance(dependencies.randomness.as_ref()).ok(),
        };
        let randomness = dependencies.randomness.as_ref();
        let copied = self.copies.save(&self.identity, &self.view_key, randomness, &newest).is_ok();
        let item = StoredSession::item(&self.identity);
        let saved: Result<(), StoreError> = dependencies.store.set(&item, stored.write()).await;
        let persistence = match saved {
            Ok(()) => {
                self.lock().has_item = true;
                Persistence::Keyring
            }
            Err(problem) if copied && self.has_the_key(dependencies, &item).await => {
                tracing::warn!(%problem, "keyring: not updated, the new token is kept in a sealed file");
                Persistence::Keyring
            }
            Err(problem) => {
                tracing::warn!(%problem, "keyring: session not saved, kept in memory only (it ends with the app)");
                // An old token is worse than none: Logto ends the grant when it is used. A locked keyring keeps the
                // item, and would prompt for its password once more.
                let erased = problem != StoreError::Locked && dependencies.store.delete(&item).await.is_ok();
                let mut held = self.lock();
                held.has_item &= !erased;
                if !held.has_item {
                    self.copies.erase(&self.identity);
                }
                drop(held);
                Persistence::MemoryOnly { reason: problem.into() }
            }
        };
        self.lock().persistence = persistence;
    }

    /// Writes the item again, while no renewal is running.
    ///
    /// # Errors
    /// `SignedOut` when the session is over.
    pub(crate) async fn save_again(&self, dependencies: &Dependencies) -> Result<(), Error> {
        let _turn = self.renewing.lock().await;
        if self.is_over() {
            return Err(Error::SignedOut);
        }
        self.save(dependencies).await;
        Ok(())
    }

    /// Whether the keyring still has the item, with the key of the sealed copy.
    async fn has_the_key(&self, dependencies: &Dependencies, item: &str) -> bool {
        match dependencies.store.get(item).await {
            Ok(Some(secret)) => StoredSession::read(&secret, &self.identity)
                .is_some_and(|stored| stored.view_key == self.view_key),
            _ => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NumberedAccessToken {
    /// Returns the value of the `Authorization` header, marked as sensitive.
    ///
    /// # Errors
    /// `Internal` when the token fits no header.
    pub(crate) fn authorization(&self) -> Result<http::HeaderValue, Error> {
        let bearer = format!("Bearer {}", self.token.secret().expose_secret());
        let mut value = http::HeaderValue::try_from(bearer)
            .map_err(|_| Error::Internal("an access token like no other"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}
