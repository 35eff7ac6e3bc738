//! The ways open to one person for one purpose (B10, B42): the browser always, others only where they count.

use account_api::step_up::{CodeRoute, Purpose, StepUpMethod};
use logto_client::types::User;

use super::factors;
use super::purpose::rules;
use crate::auth::Caller;
use crate::error::Failure;
use crate::mask;
use crate::state::AppState;
use crate::upstream;
use crate::verification::Address;
use crate::view::present;

/// An address that was bound through this server proves nothing destructive for this long.
const ADDRESS_MATURES_MS: u64 = 24 * 60 * 60_000;

/// What a person can prove themself with.
pub(crate) struct Means {
    pub(crate) user: User,
    /// Whether Logto asks this person for a second factor.
    pub(crate) asks_for_factor: bool,
    /// Addresses a code can be sent to: present, old enough, and with a connector that sends.
    email: Option<String>,
    phone: Option<String>,
}

impl Means {
    /// Reads what Logto and the store know of a person.
    ///
    /// # Errors
    /// Logto's in our words, or the store's.
    pub(crate) async fn read(state: &AppState, caller: &Caller, user: User) -> Result<Self, Failure> {
        let id = &caller.user;
        let (bound, configs, experience, connectors) = tokio::join!(
            state.logto.mfa_verifications(id),
            state.logto.logto_configs(id),
            state.tenant.sign_in_experience(),
            state.tenant.connectors(),
        );
        let read = |error| upstream::failure(&error, upstream::Purpose::ReadUser);
        let (bound, configs) = (bound.map_err(read)?, configs.map_err(read)?);
        let tenant = |error| upstream::failure(&error, upstream::Purpose::Tenant);
        let (experience, connectors) = (experience.map_err(tenant)?, connectors.map_err(tenant)?);
        let asks_for_factor = factors::asks_for_factor(&user, &bound, &configs, &experience.mfa);
        let sends = |kind: &str| connectors.iter().any(|one| one.connector_type == kind);
        let email = present(user.primary_email.clone()).filter(|_| sends("Email"));
        let phone = present(user.primary_phone.clone()).filter(|_| sends("Sms"));
        Ok(Self { user, asks_for_factor, email, phone })
    }

    /// The ways for a purpose, the best first.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn methods(
        &self,
        state: &AppState,
        purpose: Purpose,
    ) -> Result<Vec<StepUpMethod>, Failure> {
        let mut methods = vec![StepUpMethod::Browser];
        if self.asks_for_factor && rules(purpose).wants_highest() {
            return Ok(methods);
        }
        if self.user.has_password {
            methods.push(StepUpMethod::Password);
        }
        methods.extend(self.codes(state, purpose).await?);
        Ok(methods)
    }

    /// The codes that count for a purpose.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn codes(
        &self,
        state: &AppState,
        purpose: Purpose,
    ) -> Result<Vec<StepUpMethod>, Failure> {
        let mut codes = Vec::new();
        if let Some(address) = self.address(state, purpose, CodeRoute::Email).await? {
            codes.push(StepUpMethod::Email { masked: mask::email(&address) });
        }
        if let Some(number) = self.address(state, purpose, CodeRoute::Phone).await? {
            codes.push(StepUpMethod::Phone { masked: mask::phone(&number) });
        }
        Ok(codes)
    }

    /// The present address of a route, if a code to it counts for a purpose.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn address(
        &self,
        state: &AppState,
        purpose: Purpose,
        route: CodeRoute,
    ) -> Result<Option<String>, Failure> {
        let rules = rules(purpose);
        let address = match route {
            CodeRoute::Email => &self.email,
            CodeRoute::Phone => &self.phone,
        };
        let Some(address) = address else { return Ok(None) };
        if rules.concerns == Some(route) {
            return Ok(None);
        }
        if rules.class == super::purpose::Class::Destructive {
            let fingerprint = Address::new(route, address.clone()).fingerprint(&state.store);
            let bound_at = state.store.bound_at(&self.user.id, &fingerprint).await?;
            let now = state.clock.now_unix_ms();
            if bound_at.is_some_and(|at| now.saturating_sub(at) < ADDRESS_MATURES_MS) {
                return Ok(None);
            }
        }
        Ok(Some(address.clone()))
    }
}
