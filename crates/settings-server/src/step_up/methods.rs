//! The authenticators of one user, read from Logto and from the records of bindings.

use account_api::step_up::{CodeRoute, Purpose, StepUpMethod};
use chrono::DateTime;
use logto_client::types::{
    Connector, ConnectorType, LogtoConfigs, MfaFactor, MfaPolicy, MfaVerification, User,
};

use super::decision::{Alternatives, Authenticators, Decision, Factor, PresentAddress};
use super::evidence::Evidence;
use super::origin::{Maturity, Origin};
use crate::account::sign_in_methods::usable_identities;
use crate::account::sign_in_settings::Tenant;
use crate::account::view::present;
use crate::auth::bearer::Caller;
use crate::error::Failure;
use crate::logto::upstream;
use crate::state::AppState;
use crate::step_up::bindings::{BindingView, MATURES_MS, PASSWORD, address_item, identity_item};
use crate::store::Store;
use crate::verification::Address;

/// The maximum age of an account at which a new factor belongs to the registration, in milliseconds.
const REGISTRATION_MS: u64 = 10 * 60_000;

/// The authenticators of a user, and the addresses for codes.
pub(crate) struct StepUpOptions {
    pub(crate) authenticators: Authenticators,
    /// Present addresses that a connector sends to; a number only in a country that gets codes.
    email: Option<Address>,
    phone: Option<Address>,
}

impl StepUpOptions {
    /// Reads what Logto and the store know about a user.
    ///
    /// # Errors
    /// `upstream_failed` and `upstream_unavailable` when Logto does not answer, `store_unavailable`.
    pub(crate) async fn read(state: &AppState, caller: &Caller, user: &User) -> Result<Self, Failure> {
        let id = &caller.user;
        let (bound, configs, experience, connectors, enterprise) = tokio::join!(
            state.logto.mfa_verifications(id),
            state.logto.logto_configs(id),
            state.tenant.sign_in_experience(),
            state.tenant.connectors(),
            state.tenant.sso_connectors(),
        );
        let read = |error| upstream::failure(&error, upstream::Purpose::ReadUser);
        let (bound, configs) = (bound.map_err(read)?, configs.map_err(read)?);
        let tenant = |error| upstream::failure(&error, upstream::Purpose::Tenant);
        let (experience, connectors) = (experience.map_err(tenant)?, connectors.map_err(tenant)?);
        let enterprise = enterprise.map_err(tenant)?;
        let view = state.bindings.look(user).await?;
        let tenant = Tenant { experience: &experience, connectors: &connectors, enterprise: &enterprise };
        let identities = usable_identities(user, &tenant);
        let email =
            reachable(user.primary_email.as_ref(), &ConnectorType::Email, &connectors).map(Address::email);
        let phone =
            reachable(user.primary_phone.as_ref(), &ConnectorType::Sms, &connectors).map(Address::phone);
        let store = &state.store;
        let maturity = |name: String| {
            let item = identity_item(store, &name);
            (name, view.maturity(&item))
        };
        let factor_policy = FactorPolicy { policy: &experience.mfa, configs: &configs };
        let authenticators = Authenticators {
            password: user.has_password.then(|| view.maturity(PASSWORD)),
            email: email.as_ref().map(|address| present_address(store, &view, address)),
            phone: phone.as_ref().map(|address| present_address(store, &view, address)),
            identities: identities.into_iter().map(maturity).collect(),
            factors: factor_policy.factors(store, user, &bound, &view, state.clock.now_unix_ms()),
            lost_one: view.lost_one(),
        };
        // A code that Logto itself sent still counts: this is about those that are sent at our request.
        let countries = state.config.budgets.sms_countries.as_deref();
        let phone = phone.filter(|number| number.for_limits().is_served(countries));
        Ok(Self { authenticators, email, phone })
    }

    /// Returns the methods that a challenge for a purpose names, the best first: the browser always.
    pub(crate) fn methods(&self, purpose: Purpose) -> Vec<StepUpMethod> {
        let mut methods = vec![StepUpMethod::Browser];
        methods.extend(self.shown(&self.authenticators.alternatives(purpose)));
        methods
    }

    /// Returns alternatives for an answer, with masked addresses.
    pub(crate) fn shown(&self, alternatives: &Alternatives) -> Vec<StepUpMethod> {
        let mut methods: Vec<StepUpMethod> =
            alternatives.password.then_some(StepUpMethod::Password).into_iter().collect();
        for route in &alternatives.codes {
            let Some(masked) = self.address(*route).map(Address::masked) else { continue };
            methods.push(match route {
                CodeRoute::Email => StepUpMethod::Email { masked },
                CodeRoute::Phone => StepUpMethod::Phone { masked },
            });
        }
        methods
    }

    /// Decides about a proof.
    pub(crate) fn decide(&self, purpose: Purpose, evidence: &Evidence) -> Decision {
        self.authenticators.decide(purpose, evidence)
    }

    /// Returns the present address of a route that a code can be sent to.
    pub(crate) fn address(&self, route: CodeRoute) -> Option<&Address> {
        match route {
            CodeRoute::Email => self.email.as_ref(),
            CodeRoute::Phone => self.phone.as_ref(),
        }
    }
}

fn reachable(
    address: Option<&String>,
    connector: &ConnectorType,
    connectors: &[Connector],
) -> Option<String> {
    let has_connector = connectors.iter().any(|candidate| candidate.connector_type == *connector);
    present(address.cloned()).filter(|_| has_connector)
}

fn present_address(store: &Store, view: &BindingView, address: &Address) -> PresentAddress {
    PresentAddress { key: address.fingerprint(store), maturity: view.maturity(&address_item(store, address)) }
}

/// What decides whether Logto asks a user for a factor at sign-in.
struct FactorPolicy<'a> {
    policy: &'a MfaPolicy,
    configs: &'a LogtoConfigs,
}

impl FactorPolicy<'_> {
    /// Returns every factor of a user.
    fn factors(
        &self,
        store: &Store,
        user: &User,
        bound: &[MfaVerification],
        view: &BindingView,
        now: u64,
    ) -> Vec<Factor> {
        let own =
            bound.iter().map(|factor| (factor.factor.clone(), maturity_of(factor, user.created_at, now)));
        let addresses = [
            (MfaFactor::EmailVerificationCode, present(user.primary_email.clone()).map(Address::email)),
            (MfaFactor::PhoneVerificationCode, present(user.primary_phone.clone()).map(Address::phone)),
        ];
        let addresses = addresses
            .into_iter()
            .filter_map(|(kind, address)| Some((kind, view.maturity(&address_item(store, &address?)))));
        let factor = |(kind, maturity): (MfaFactor, Maturity)| Factor {
            is_asked: self.is_asked(&kind),
            kind,
            maturity,
        };
        own.chain(addresses.filter(|(kind, _)| self.is_asked(kind))).map(factor).collect()
    }

    /// Whether sign-in asks for a factor of this kind, from a user who has one.
    fn is_asked(&self, kind: &MfaFactor) -> bool {
        let may_skip = !self.policy.is_mandatory();
        let skips = self.configs.mfa.enabled == Some(false) || self.configs.mfa.skip_mfa_on_sign_in;
        self.policy.factors.contains(kind) && !(may_skip && skips)
    }
}

/// Returns the age of a factor by Logto's own record. One without a readable time counts as mature: it is asked for at
/// sign-in.
fn maturity_of(factor: &MfaVerification, account_created_at: u64, now: u64) -> Maturity {
    let bound_at = factor.created_at.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let Some(bound_at) = bound_at.and_then(|time| u64::try_from(time.timestamp_millis()).ok()) else {
        return Maturity::Mature;
    };
    let with_the_account = bound_at <= account_created_at.saturating_add(REGISTRATION_MS);
    if with_the_account || now.saturating_sub(bound_at) >= MATURES_MS {
        Maturity::Mature
    } else {
        Maturity::Young(Origin::Unknown)
    }
}
