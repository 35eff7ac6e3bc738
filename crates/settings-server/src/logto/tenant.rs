//! The tenant's own settings, read from Logto and kept for at most a minute (decision 9).

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use account_api::metadata::Branding;
use logto_client::types::{AccountCenter, Connector, SignInExperience, SocialConnector, SsoConnector};
use logto_client::{Clock, Error, LogtoClient};

use crate::custom_fields::{self, Definition};
use crate::policy::values::is_https_url;

/// How long a setting of the tenant is used.
const SETTINGS_LIVE_MS: u64 = 60_000;
/// How long an app waits for branding before it gets none.
const BRANDING_PATIENCE: Duration = Duration::from_secs(2);
/// How long a failure to get branding is remembered, so that an unreachable Logto gets no request for every app.
const BRANDING_PAUSE_MS: u64 = 5_000;

/// The maximum length of a logo's URL, in characters.
const LONGEST_LOGO_URL: usize = 2048;

/// Returns the English one of a connector's names, or any.
pub(crate) fn connector_name(names: &BTreeMap<String, String>) -> Option<String> {
    names.get("en").or_else(|| names.values().next()).cloned()
}

/// The cache.
pub(crate) struct Tenant {
    logto: Arc<LogtoClient>,
    clock: Arc<dyn Clock>,
    account_center: Cached<AccountCenter>,
    experience: Cached<Arc<SignInExperience>>,
    connectors: Cached<Arc<[Connector]>>,
    sso_connectors: Cached<Arc<[SsoConnector]>>,
    social_connectors: Cached<Arc<[SocialConnector]>>,
    branding: Cached<Branding>,
    custom_fields: Cached<Arc<[Definition]>>,
    /// The operator's own fields.
    own_fields: Vec<Definition>,
}

/// Everything that the view of a user's account depends on.
pub(crate) struct Settings {
    pub(crate) account_center: AccountCenter,
    pub(crate) experience: Arc<SignInExperience>,
    pub(crate) connectors: Arc<[Connector]>,
    pub(crate) sso_connectors: Arc<[SsoConnector]>,
    pub(crate) custom_fields: Arc<[Definition]>,
}

/// A setting and until when it is used.
struct Cached<T>(Mutex<Option<(u64, T)>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Cached<T> {
    fn get(&self, now: u64) -> Option<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(until, _)| now < *until).map(|(_, value)| value.clone())
    }

    fn keep(&self, until: u64, value: &T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, value.clone()));
    }
}

impl Tenant {
    pub(crate) fn new(logto: Arc<LogtoClient>, clock: Arc<dyn Clock>, own_fields: Vec<Definition>) -> Self {
        Self {
            logto,
            clock,
            account_center: Cached::default(),
            experience: Cached::default(),
            connectors: Cached::default(),
            sso_connectors: Cached::default(),
            social_connectors: Cached::default(),
            branding: Cached::default(),
            custom_fields: Cached::default(),
            own_fields,
        }
    }

    /// Returns everything that the view of a user's account depends on; expired settings are requested together.
    ///
    /// # Errors
    /// [`Error`] of the request to Logto.
    pub(crate) async fn settings(&self) -> Result<Settings, Error> {
        if let Some(kept) = self.kept() {
            return Ok(kept);
        }
        // Boxed: what is requested once a minute must not make every request's future large.
        Box::pin(async {
            let (account_center, experience, connectors, sso_connectors, custom_fields) = tokio::join!(
                self.account_center(),
                self.sign_in_experience(),
                self.connectors(),
                self.sso_connectors(),
                self.custom_fields()
            );
            Ok(Settings {
                account_center: account_center?,
                experience: experience?,
                connectors: connectors?,
                sso_connectors: sso_connectors?,
                custom_fields: custom_fields?,
            })
        })
        .await
    }

    fn kept(&self) -> Option<Settings> {
        let now = self.clock.now_unix_ms();
        Some(Settings {
            account_center: self.account_center.get(now)?,
            experience: self.experience.get(now)?,
            connectors: self.connectors.get(now)?,
            sso_connectors: self.sso_connectors.get(now)?,
            custom_fields: self.custom_fields.get(now)?,
        })
    }

    /// Returns the rules for users' fields.
    ///
    /// # Errors
    /// [`Error`] when the cached ones are too old.
    pub(crate) async fn account_center(&self) -> Result<AccountCenter, Error> {
        self.read(&self.account_center, || self.logto.account_center()).await
    }

    /// Returns how users sign in, if no request to Logto is needed.
    pub(crate) fn kept_sign_in_experience(&self) -> Option<Arc<SignInExperience>> {
        self.experience.get(self.clock.now_unix_ms())
    }

    /// Returns how users sign in, and with which factors.
    ///
    /// # Errors
    /// [`Error`] when the cached ones are too old.
    pub(crate) async fn sign_in_experience(&self) -> Result<Arc<SignInExperience>, Error> {
        self.read(&self.experience, || async { self.logto.sign_in_experience().await.map(Arc::new) }).await
    }

    /// Returns the connectors that send messages and link accounts.
    ///
    /// # Errors
    /// [`Error`] when the cached ones are too old.
    pub(crate) async fn connectors(&self) -> Result<Arc<[Connector]>, Error> {
        self.read(&self.connectors, || async { self.logto.connectors().await.map(Arc::from) }).await
    }

    /// Returns the enterprise connectors.
    ///
    /// # Errors
    /// [`Error`] when the cached ones are too old.
    pub(crate) async fn sso_connectors(&self) -> Result<Arc<[SsoConnector]>, Error> {
        self.read(&self.sso_connectors, || async { self.logto.sso_connectors().await.map(Arc::from) }).await
    }

    /// Returns the social connectors on the sign-in page: the list of all connectors holds their secrets.
    ///
    /// # Errors
    /// [`Error`] when the cached ones are too old.
    pub(crate) async fn social_connectors(&self) -> Result<Arc<[SocialConnector]>, Error> {
        self.read(&self.social_connectors, || async {
            self.logto.public_sign_in_experience().await.map(|experience| experience.social_connectors.into())
        })
        .await
    }

    /// Returns the fields in custom data: the tenant's, and after them the operator's own that have another key.
    ///
    /// # Errors
    /// [`Error`] when the cached ones are too old.
    pub(crate) async fn custom_fields(&self) -> Result<Arc<[Definition]>, Error> {
        self.read(&self.custom_fields, || async {
            let mut fields = custom_fields::definitions(self.logto.custom_profile_fields().await?);
            let of_logto = fields.len();
            for own in &self.own_fields {
                if fields[..of_logto].iter().all(|field| field.name != own.name) {
                    fields.push(own.clone());
                }
            }
            Ok(fields.into())
        })
        .await
    }

    /// Returns the tenant's colours and logo; empty when Logto does not answer quickly.
    pub(crate) async fn branding(&self) -> Branding {
        let now = self.clock.now_unix_ms();
        if let Some(branding) = self.branding.get(now) {
            return branding;
        }
        let answer = tokio::time::timeout(BRANDING_PATIENCE, self.logto.public_sign_in_experience()).await;
        let (until, branding) = match answer {
            Ok(Ok(experience)) => (now + SETTINGS_LIVE_MS, branding(experience)),
            _ => (now + BRANDING_PAUSE_MS, Branding::default()),
        };
        self.branding.keep(until, &branding);
        branding
    }

    async fn read<T: Clone, F: Future<Output = Result<T, Error>>>(
        &self,
        cached: &Cached<T>,
        ask: impl FnOnce() -> F,
    ) -> Result<T, Error> {
        let now = self.clock.now_unix_ms();
        if let Some(kept) = cached.get(now) {
            return Ok(kept);
        }
        // Boxed: what is requested once a minute must not make every request's future large.
        let fresh = Box::pin(ask()).await?;
        cached.keep(now + SETTINGS_LIVE_MS, &fresh);
        Ok(fresh)
    }
}

/// Returns branding without everything that is not a plain colour or an https picture.
fn branding(experience: SignInExperience) -> Branding {
    let colour = |text: Option<String>| text.filter(|text| is_colour(text));
    let picture = |text: Option<String>| text.filter(|text| is_https_url(text, LONGEST_LOGO_URL));
    Branding {
        primary_color: colour(experience.color.primary_color),
        dark_primary_color: colour(experience.color.dark_primary_color),
        logo_url: picture(experience.branding.logo_url),
        dark_logo_url: picture(experience.branding.dark_logo_url),
    }
}

fn is_colour(text: &str) -> bool {
    text.len() == 7
        && text.strip_prefix('#').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
