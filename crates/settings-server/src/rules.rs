//! What decides over one account: what the person may do with each field, and what their ways to sign in follow from.

use std::sync::Arc;

use account_api::identifiers::{Identifier, SignInWay};
use logto_client::UserId;
use logto_client::types::{Connector, MfaVerification, SignInExperience, SsoConnector, User};

use crate::auth::Caller;
use crate::error::Failure;
use crate::policy::{Access, FieldPolicy};
use crate::state::AppState;
use crate::upstream::{self, Purpose};
use crate::ways::{self, Tenant};

/// What decides over one account.
pub(crate) struct Rules {
    pub(crate) policy: FieldPolicy,
    pub(crate) sign_in: SignIn,
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
        // A second factor is a way to sign in where passkeys are one; nothing else of it is looked at here.
        let kept = self.tenant.kept_sign_in_experience();
        let factors_count = kept.as_ref().is_none_or(|experience| experience.passkey_sign_in.enabled);
        let (account, sign_in) =
            tokio::join!(self.account(caller), self.sign_in(&caller.user, kept, factors_count));
        let (user, policy) = account?;
        Ok((user, Rules { policy, sign_in: sign_in? }))
    }

    /// Refuses a change after which the person could not sign in any more (B17), or would have no second factor where the
    /// tenant demands one (B18). Under the user's lock only: what it reads must still hold when the change is made.
    ///
    /// # Errors
    /// 409 `last_sign_in_method`, or Logto's in our words.
    pub(crate) async fn guard_ways(&self, id: &UserId, before: &User, after: &User) -> Result<(), Failure> {
        let sign_in = self.sign_in(id, None, true).await?;
        ways::guard(before, after, &sign_in.bound, &sign_in.tenant())?;
        ways::guard_factor(before, after, &sign_in.bound, &sign_in.tenant())
    }

    async fn sign_in(
        &self,
        id: &UserId,
        kept: Option<Arc<SignInExperience>>,
        factors_count: bool,
    ) -> Result<SignIn, Failure> {
        let experience = async {
            match kept {
                Some(kept) => Ok(kept),
                None => self.tenant.sign_in_experience().await,
            }
        };
        let bound =
            async { if factors_count { self.logto.mfa_verifications(id).await } else { Ok(Vec::new()) } };
        let (bound, experience, connectors, enterprise) =
            tokio::join!(bound, experience, self.tenant.connectors(), self.tenant.sso_connectors());
        let tenant = |error| upstream::failure(&error, Purpose::Tenant);
        Ok(SignIn {
            experience: experience.map_err(tenant)?,
            connectors: connectors.map_err(tenant)?,
            enterprise: enterprise.map_err(tenant)?,
            bound: bound.map_err(|error| upstream::failure(&error, Purpose::ReadUser))?,
        })
    }
}
