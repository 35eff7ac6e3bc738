//! The tenant's own settings, read from Logto and kept for at most a minute (§6.9).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use account_api::metadata::Branding;
use logto_client::types::{AccountCenter, SignInExperience};
use logto_client::{Clock, Error, LogtoClient};

use crate::policy::values::is_https_url;

/// How long a tenant's setting is used.
const SETTINGS_LIVE_MS: u64 = 60_000;
/// How long an app waits for branding before it gets none.
const BRANDING_PATIENCE: Duration = Duration::from_secs(2);
/// How long a failure to get branding is remembered, so that a Logto that is away is not asked by every app.
const BRANDING_PAUSE_MS: u64 = 5_000;

/// The cache.
pub(crate) struct Tenant {
    logto: Arc<LogtoClient>,
    clock: Arc<dyn Clock>,
    account_center: Mutex<Option<(u64, AccountCenter)>>,
    branding: Mutex<Option<(u64, Branding)>>,
}

impl Tenant {
    pub(crate) fn new(logto: Arc<LogtoClient>, clock: Arc<dyn Clock>) -> Self {
        Self { logto, clock, account_center: Mutex::default(), branding: Mutex::default() }
    }

    /// The rules for users' fields.
    ///
    /// # Errors
    /// Logto's, when the cached ones are too old.
    pub(crate) async fn account_center(&self) -> Result<AccountCenter, Error> {
        let now = self.clock.now_unix_ms();
        if let Some((until, center)) = &*self.account_center.lock().unwrap_or_else(PoisonError::into_inner)
            && now < *until
        {
            return Ok(center.clone());
        }
        let center = self.logto.account_center().await?;
        let entry = Some((now + SETTINGS_LIVE_MS, center.clone()));
        *self.account_center.lock().unwrap_or_else(PoisonError::into_inner) = entry;
        Ok(center)
    }

    /// The tenant's colours and logo; empty when Logto cannot be asked quickly.
    pub(crate) async fn branding(&self) -> Branding {
        let now = self.clock.now_unix_ms();
        if let Some((until, branding)) = &*self.branding.lock().unwrap_or_else(PoisonError::into_inner)
            && now < *until
        {
            return branding.clone();
        }
        let answer = tokio::time::timeout(BRANDING_PATIENCE, self.logto.public_sign_in_experience()).await;
        let entry = match answer {
            Ok(Ok(experience)) => (now + SETTINGS_LIVE_MS, branding(experience)),
            _ => (now + BRANDING_PAUSE_MS, Branding::default()),
        };
        *self.branding.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry.clone());
        entry.1
    }
}

/// Branding with everything left out that is not a plain colour or an https picture.
fn branding(experience: SignInExperience) -> Branding {
    let colour = |text: Option<String>| text.filter(|text| is_colour(text));
    let picture = |text: Option<String>| text.filter(|text| is_https_url(text));
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
