//! What decides over one account: what the person may do with each field, and what their ways to sign in follow from.

use std::sync::Arc;

use account_api::identifiers::{Identifier, SignInWay};
use futures_util::FutureExt;
use logto_client::UserId;
use logto_client::types::{Connector, MfaVerification, SignInExperience, SsoConnector, User};

use crate::auth::Caller;
use crate::custom_fields::Definition;
use crate::error::Failure;
use crate::policy::{Access, FieldPolicy};
use crate::state::{Age, AppState};
use crate::upstream::{self, Purpose};
use crate::ways::{self, Tenant};

/// What decides over one account.
pub(crate) struct Rules {
    pub(crate) policy: FieldPolicy,
    pub(crate) sign_in: SignIn,
    /// The organisation's own fields.
    pub(crate) custom_fields: Arc<[Definition]>,
}

/// What somebody's ways to sign in follow from, beside themself.
pub(crate) struct SignIn {
    pub(crate) experience: Arc<SignInExperience>,
    connectors: Arc<[Connector]>,
    enterprise: Arc<[SsoConnector]>,
    /// The person's second factors.
    bound: Vec<MfaVerification>,
}

impl SignIn {
    fn tenant(&self) -> Tenant<'_> {
        Tenant { experience: &self.experience, connectors: &self.connectors, enterprise: &self.enterprise }
    }
}

impl Rules {
    /// The ways of a person, without those that tell of a field that is off.
    pub(crate) fn ways(&self, user: &User) -> Vec<SignInWay> {
        let policy = &self.policy;
        let is_shown = |identifier: &Identifier| {
            let access = match identifier {
                Identifier::Username => policy.username,
                Identifier::Email => policy.email,
                Identifier::Phone => policy.phone,
            };
            access != Access::Off
        };
        let shown = |way| match way {
            SignInWay::Password { mut with } => {
                with.retain(is_shown);
                let is_told = policy.password != Access::Off && !with.is_empty();
                is_told.then_some(SignInWay::Password { with })
            }
            SignInWay::EmailCode => is_shown(&Identifier::Email).then_some(way),
            SignInWay::PhoneCode => is_shown(&Identifier::Phone).then_some(way),
            way => Some(way),
        };
        ways::ways(user, &self.sign_in.bound, &self.sign_in.tenant()).into_iter().filter_map(shown).collect()
    }
}

impl AppState {
    /// As [`Self::account`], with everything that an answer to the person is made of. All of it is asked for at once.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub(crate) async fn whole_account(&self, caller: &Caller) -> Result<(User, Rules), Failure> {
        self.whole_account_of(caller, Age::Now).await
    }

    /// As [`Self::whole_account`], with the person as Logto had them a moment ago. For showing, never for deciding.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub(crate) async fn recent_account(&self, caller: &Caller) -> Result<(User, Rules), Failure> {
        self.whole_account_of(caller, Age::Recent).await
    }

    async fn whole_account_of(&self, caller: &Caller, age: Age) -> Result<(User, Rules), Failure> {
        let (account, sign_in, custom_fields) = tokio::join!(
            self.account_of(caller, age),
            self.sign_in(&caller.user, Factors::AsAWayIn, age),
            self.tenant.custom_fields()
        );
        let (user, policy) = account?;
        let custom_fields = custom_fields.map_err(|error| upstream::failure(&error, Purpose::Tenant))?;
        Ok((user, Rules { policy, sign_in: sign_in?, custom_fields }))
    }

    /// Refuses a change after which the person could not sign in any more (B17), or would have no second factor where the
    /// tenant demands one (B18). Under the user's lock only: what it reads must still hold when the change is made.
    ///
    /// # Errors
    /// 409 `last_sign_in_method`, or Logto's in our words.
    pub(crate) async fn guard_ways(&self, id: &UserId, before: &User, after: &User) -> Result<(), Failure> {
        let sign_in = self.sign_in(id, Factors::InAnyCase, Age::Now).await?;
        ways::guard(before, after, &sign_in.bound, &sign_in.tenant())?;
        ways::guard_factor(before, after, &sign_in.bound, &sign_in.tenant())
    }

    async fn sign_in(&self, id: &UserId, factors: Factors, age: Age) -> Result<SignIn, Failure> {
        let at_once = match factors {
            Factors::InAnyCase => true,
            // Where it is not known yet, they are asked for afterwards: six requests at once are enough.
            Factors::AsAWayIn => {
                self.tenant.kept_sign_in_experience().is_some_and(|kept| has_passkeys(&kept))
            }
        };
        let bound_factors = || match age {
            Age::Now => self.logto.mfa_verifications(id).boxed(),
            Age::Recent => self.reads.mfa_verifications(id).boxed(),
        };
        let bound = async {
            match at_once {
                true => Some(bound_factors().await),
                false => None,
            }
        };
        let (bound, experience, connectors, enterprise) = tokio::join!(
            bound,
            self.tenant.sign_in_experience(),
            self.tenant.connectors(),
            self.tenant.sso_connectors()
        );
        let tenant = |error| upstream::failure(&error, Purpose::Tenant);
        let experience = experience.map_err(tenant)?;
        let bound = match bound {
            Some(bound) => bound,
            None if has_passkeys(&experience) => bound_factors().await,
            None => Ok(Vec::new()),
        };
        Ok(SignIn {
            experience,
            connectors: connectors.map_err(tenant)?,
            enterprise: enterprise.map_err(tenant)?,
            bound: bound.map_err(|error| upstream::failure(&error, Purpose::ReadUser))?,
        })
    }
}

/// When a person's second factors are looked at.
#[derive(Clone, Copy)]
enum Factors {
    /// Where the tenant lets passkeys sign in: nothing else of them is a way in.
    AsAWayIn,
    InAnyCase,
}

fn has_passkeys(experience: &SignInExperience) -> bool {
    experience.passkey_sign_in.enabled
}
