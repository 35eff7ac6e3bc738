//! What decides over one account: what the user may do with each field, and what their sign-in methods depend on.

use std::sync::Arc;

use account_api::enterprise::EnterpriseView;
use account_api::identifiers::{Identifier, SignInWay};
use account_api::step_up::CodeRoute;
use logto_client::types::{Connector, MfaVerification, SignInExperience, SsoConnector, User};
use logto_client::{Error, UserId};

use crate::account::enterprise;
use crate::account::sign_in_methods;
use crate::account::sign_in_settings::Tenant;
use crate::auth::bearer::Caller;
use crate::custom_fields::Definition;
use crate::error::Failure;
use crate::logto::upstream::{self, Purpose};
use crate::policy::{Access, FieldPolicy};
use crate::state::{Age, AppState};

/// What decides over one account.
pub(crate) struct Rules {
    pub(crate) policy: FieldPolicy,
    pub(crate) sign_in: SignIn,
    /// The custom fields.
    pub(crate) custom_fields: Arc<[Definition]>,
}

/// What the sign-in methods of a user depend on, in addition to the user's own data.
pub(crate) struct SignIn {
    pub(crate) experience: Arc<SignInExperience>,
    connectors: Arc<[Connector]>,
    enterprise: Arc<[SsoConnector]>,
    /// The user's second factors.
    bound: Vec<MfaVerification>,
}

impl SignIn {
    fn tenant(&self) -> Tenant<'_> {
        Tenant { experience: &self.experience, connectors: &self.connectors, enterprise: &self.enterprise }
    }
}

impl Rules {
    /// Returns the sign-in methods of a user, without those that would disclose a field that is off.
    pub(crate) fn sign_in_methods(&self, user: &User) -> Vec<SignInWay> {
        let policy = &self.policy;
        let is_shown = |identifier: &Identifier| {
            let access = match identifier {
                Identifier::Username => policy.username,
                Identifier::Email => policy.email,
                Identifier::Phone => policy.phone,
            };
            access != Access::Off
        };
        let shown = |method| match method {
            SignInWay::Password { mut with } => {
                with.retain(is_shown);
                let is_visible = policy.password != Access::Off && !with.is_empty();
                is_visible.then_some(SignInWay::Password { with })
            }
            SignInWay::EmailCode => is_shown(&Identifier::Email).then_some(method),
            SignInWay::PhoneCode => is_shown(&Identifier::Phone).then_some(method),
            method => Some(method),
        };
        sign_in_methods::methods_of(user, &self.sign_in.bound, &self.sign_in.tenant())
            .into_iter()
            .filter_map(shown)
            .collect()
    }

    /// Returns what the user's organisation manages.
    pub(super) fn enterprise(&self, user: &User) -> EnterpriseView {
        enterprise::view(&user.sso_identities, &self.sign_in.tenant())
    }

    /// Returns where codes can be sent.
    pub(crate) fn code_routes(&self) -> Vec<CodeRoute> {
        let tenant = self.sign_in.tenant();
        [CodeRoute::Email, CodeRoute::Phone].into_iter().filter(|route| tenant.sends_to(*route)).collect()
    }
}

impl AppState {
    /// As [`Self::account`], with everything that an answer to the user needs. All of it is requested at once.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub(crate) async fn whole_account(&self, caller: &Caller) -> Result<(User, Rules), Failure> {
        self.whole_account_of(caller, Age::Now).await
    }

    /// As [`Self::whole_account`], with the user from the read cache. For showing, never for deciding.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub(crate) async fn recent_account(&self, caller: &Caller) -> Result<(User, Rules), Failure> {
        self.whole_account_of(caller, Age::Recent).await
    }

    async fn whole_account_of(&self, caller: &Caller, age: Age) -> Result<(User, Rules), Failure> {
        let id = &caller.user;
        let (user, settings, bound) =
            tokio::join!(self.user(id, age), self.tenant.settings(), self.factors_at_once(id, age));
        let user = user?;
        let settings = settings.map_err(|error| upstream::failure(&error, Purpose::Tenant))?;
        let bound = match bound {
            Some(bound) => bound,
            None if has_passkeys(&settings.experience) => self.factors(id, age).await,
            None => Ok(Vec::new()),
        };
        let rules = Rules {
            policy: FieldPolicy::resolve(&settings.account_center, &self.config.fields, |scope| {
                caller.has(scope)
            }),
            sign_in: SignIn {
                experience: settings.experience,
                connectors: settings.connectors,
                enterprise: settings.sso_connectors,
                bound: bound.map_err(|error| upstream::failure(&error, Purpose::ReadUser))?,
            },
            custom_fields: settings.custom_fields,
        };
        Ok((user, rules))
    }

    /// Returns a user's second factors, if the tenant is known to let passkeys sign in: no other factor is a sign-in
    /// method. Where that is not known yet, they are requested afterwards: six requests at once are enough.
    async fn factors_at_once(&self, id: &UserId, age: Age) -> Option<Result<Vec<MfaVerification>, Error>> {
        let kept = self.tenant.kept_sign_in_experience()?;
        if has_passkeys(&kept) { Some(Box::pin(self.factors(id, age)).await) } else { None }
    }

    async fn factors(&self, id: &UserId, age: Age) -> Result<Vec<MfaVerification>, Error> {
        match age {
            Age::Now => self.logto.mfa_verifications(id).await,
            Age::Recent => self.read_cache.mfa_verifications(id).await,
        }
    }

    /// Refuses a change after which the user could not sign in any more (B17), or would have no second factor where
    /// the tenant requires one (B18). To be called under the user's lock only: what it reads must still hold when the
    /// change is made. `policy` is what the user may do, so that no step is proposed that they may not take.
    ///
    /// # Errors
    /// `last_sign_in_method`, `upstream_failed`, `upstream_unavailable`.
    pub(crate) async fn ensure_method_remains(
        &self,
        id: &UserId,
        policy: &FieldPolicy,
        before: &User,
        after: &User,
    ) -> Result<(), Failure> {
        let (experience, connectors, enterprise, bound) = tokio::join!(
            self.tenant.sign_in_experience(),
            self.tenant.connectors(),
            self.tenant.sso_connectors(),
            self.factors(id, Age::Now),
        );
        let tenant = |error| upstream::failure(&error, Purpose::Tenant);
        let sign_in = SignIn {
            experience: experience.map_err(tenant)?,
            connectors: connectors.map_err(tenant)?,
            enterprise: enterprise.map_err(tenant)?,
            bound: bound.map_err(|error| upstream::failure(&error, Purpose::ReadUser))?,
        };
        sign_in_methods::guard(before, after, &sign_in.bound, &sign_in.tenant(), policy)?;
        sign_in_methods::guard_factor(before, after, &sign_in.bound, &sign_in.tenant())
    }
}

fn has_passkeys(experience: &SignInExperience) -> bool {
    experience.passkey_sign_in.enabled
}
