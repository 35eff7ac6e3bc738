//! The sign-in methods that a user really has, and the rule that no change removes the last one (B17).
//!
//! A method counts when identifier, method and tenant agree: a password without an identifier that can be used with
//! one is none, nor is a social account whose connector is not on the sign-in page. Logto refuses an e-mail address
//! whose domain an enterprise connector owns, so no method that needs such an address counts.

use account_api::error::{Detail, ServerCode};
use account_api::identifiers::{Identifier, NextStep, SignInWay};
use account_api::step_up::CodeRoute;
use logto_client::types::{MfaFactor, MfaVerification, User};

use crate::account::sign_in_settings::Tenant;
use crate::account::view::present;
use crate::error::Failure;
use crate::logto::tenant::connector_name;
use crate::policy::{Access, FieldPolicy};
use crate::step_up::evidence::{enterprise_identity, social_identity};

/// The identifiers that a user could type.
struct Identifiers {
    username: bool,
    /// Present, and not owned by an enterprise connector.
    email: bool,
    phone: bool,
}

impl Identifiers {
    fn of(user: &User, tenant: &Tenant<'_>) -> Self {
        let email = present(user.primary_email.clone());
        Self {
            username: present(user.username.clone()).is_some(),
            email: email.is_some_and(|address| !tenant.owns(&address)),
            phone: present(user.primary_phone.clone()).is_some(),
        }
    }

    fn has(&self, identifier: Identifier) -> bool {
        match identifier {
            Identifier::Username => self.username,
            Identifier::Email => self.email,
            Identifier::Phone => self.phone,
        }
    }
}

const IDENTIFIERS: [Identifier; 3] = [Identifier::Username, Identifier::Email, Identifier::Phone];

/// Returns every sign-in method of a user, `bound` being their second factors.
pub(crate) fn methods_of(user: &User, bound: &[MfaVerification], tenant: &Tenant<'_>) -> Vec<SignInWay> {
    let has = Identifiers::of(user, tenant);
    let mut methods = Vec::new();
    let with: Vec<Identifier> =
        IDENTIFIERS.into_iter().filter(|kind| has.has(*kind) && tenant.takes_password(*kind)).collect();
    if user.has_password && !with.is_empty() {
        methods.push(SignInWay::Password { with });
    }
    if has.email && tenant.takes_code(Identifier::Email) {
        methods.push(SignInWay::EmailCode);
    }
    if has.phone && tenant.takes_code(Identifier::Phone) {
        methods.push(SignInWay::PhoneCode);
    }
    for (target, identity) in &user.identities {
        let email = identity.details.as_ref().and_then(|details| details.email.as_deref());
        let is_owned = email.is_some_and(|email| tenant.owns(email));
        if let Some(connector) = tenant.social(target).filter(|_| !is_owned) {
            methods.push(SignInWay::Social { target: target.clone(), name: connector_name(&connector.name) });
        }
    }
    for connector in user.sso_identities.iter().filter_map(|identity| tenant.signing_in(identity)) {
        methods.push(SignInWay::Enterprise { name: Some(connector.name().to_owned()) });
    }
    // Users with an enterprise identity may not use one.
    let may_use_passkeys = tenant.experience.passkey_sign_in.enabled && user.sso_identities.is_empty();
    if may_use_passkeys && bound.iter().any(|factor| factor.factor == MfaFactor::WebAuthn) {
        methods.push(SignInWay::Passkey);
    }
    methods
}

/// Returns the identities at providers that a user can sign in with, by the name that evidence gives them.
pub(crate) fn usable_identities(user: &User, tenant: &Tenant<'_>) -> Vec<String> {
    let social = user.identities.iter().filter(|(target, _)| tenant.social(target).is_some());
    let social = social.map(|(target, identity)| social_identity(target, &identity.user_id));
    let enterprise = user.sso_identities.iter().filter(|identity| tenant.signing_in(identity).is_some());
    let enterprise = enterprise.map(|identity| enterprise_identity(&identity.issuer, &identity.identity_id));
    social.chain(enterprise).collect()
}

/// Refuses a change after which no sign-in method remains.
///
/// # Errors
/// `last_sign_in_method` with what to do first.
pub(crate) fn guard(
    before: &User,
    after: &User,
    bound: &[MfaVerification],
    tenant: &Tenant<'_>,
    policy: &FieldPolicy,
) -> Result<(), Failure> {
    if !methods_of(after, bound, tenant).is_empty() {
        return Ok(());
    }
    let mut failure =
        Failure::new(ServerCode::LastSignInMethod, "the change would remove the last sign-in method");
    failure.detail = Some(Detail::LastWay { next_steps: next_steps(before, after, tenant, policy) });
    Err(failure)
}

/// Returns the steps that would add a sign-in method, the best first: only those that really do, that can be taken
/// before the change, and that the user may take.
fn next_steps(before: &User, after: &User, tenant: &Tenant<'_>, policy: &FieldPolicy) -> Vec<NextStep> {
    let (had, has) = (Identifiers::of(before, tenant), Identifiers::of(after, tenant));
    let mut steps = Vec::new();
    let password_helps = IDENTIFIERS.into_iter().any(|kind| has.has(kind) && tenant.takes_password(kind));
    if !after.has_password && policy.password == Access::Edit && password_helps {
        steps.push(NextStep::SetPassword);
    }
    for (identifier, access, route, step) in [
        (Identifier::Email, policy.email, Some(CodeRoute::Email), NextStep::AddEmail),
        (Identifier::Phone, policy.phone, Some(CodeRoute::Phone), NextStep::AddPhone),
        (Identifier::Username, policy.username, None, NextStep::SetUsername),
    ] {
        // A new address is proven by a code.
        let may_be_set = access == Access::Edit && route.is_none_or(|route| tenant.sends_to(route));
        let takes_code = route.is_some() && tenant.takes_code(identifier);
        let helps = takes_code || (after.has_password && tenant.takes_password(identifier));
        if may_be_set && helps && !had.has(identifier) {
            steps.push(step);
        }
    }
    if steps.is_empty() {
        steps.push(NextStep::AskOrganisation);
    }
    steps
}

/// Refuses a change that removes the last second factor, where the tenant requires one (B18).
///
/// # Errors
/// `last_sign_in_method`: only the organisation can help.
pub(crate) fn guard_factor(
    before: &User,
    after: &User,
    bound: &[MfaVerification],
    tenant: &Tenant<'_>,
) -> Result<(), Failure> {
    let policy = &tenant.experience.mfa;
    let is_offered = |factor: &MfaFactor| policy.factors.contains(factor);
    let has = |user: &User| {
        bound.iter().any(|factor| factor.factor != MfaFactor::BackupCode && is_offered(&factor.factor))
            || (present(user.primary_email.clone()).is_some()
                && is_offered(&MfaFactor::EmailVerificationCode))
            || (present(user.primary_phone.clone()).is_some()
                && is_offered(&MfaFactor::PhoneVerificationCode))
    };
    if !policy.is_mandatory() || !has(before) || has(after) {
        return Ok(());
    }
    let mut failure =
        Failure::new(ServerCode::LastSignInMethod, "the change would remove the last second factor");
    failure.detail = Some(Detail::LastWay { next_steps: vec![NextStep::AskOrganisation] });
    Err(failure)
}

#[cfg(test)]
mod tests {
    use account_api::account::ReadOnlyReason;
    use account_api::error::Detail;
    use account_api::identifiers::{Identifier, NextStep, SignInWay};
    use logto_client::types::{
        Connector, ConnectorType, MfaVerification, SignInExperience, SsoConnector, User,
    };
    use serde_json::{Value, json};

    use super::{Tenant, guard, guard_factor, methods_of};
    use crate::error::Failure;
    use crate::policy::{Access, FieldPolicy};

    struct World {
        experience: SignInExperience,
        connectors: Vec<Connector>,
        enterprise: Vec<SsoConnector>,
    }

    impl World {
        fn new(changes: Value) -> Self {
            let mut experience = json!({
                "signIn": { "methods": [
                    { "identifier": "username", "password": true, "verificationCode": false },
                    { "identifier": "email", "password": true, "verificationCode": true },
                    { "identifier": "phone", "password": false, "verificationCode": true },
                ] },
                "socialSignInConnectorTargets": ["github"],
                "singleSignOnEnabled": true,
            });
            for (name, value) in changes.as_object().unwrap() {
                experience[name] = value.clone();
            }
            let connector = |kind: &str, target: Option<&str>| {
                let all =
                    json!({ "connectorId": "c", "type": kind, "target": target, "name": { "en": "GitHub" } });
                serde_json::from_value(all).unwrap()
            };
            let enterprise = json!([{ "id": "sso1", "connectorName": "Corp", "domains": ["corp.example"] }]);
            Self {
                experience: serde_json::from_value(experience).unwrap(),
                connectors: vec![
                    connector("Email", None),
                    connector("Sms", None),
                    connector("Social", Some("github")),
                    connector("Social", Some("hidden")),
                ],
                enterprise: serde_json::from_value(enterprise).unwrap(),
            }
        }

        fn tenant(&self) -> Tenant<'_> {
            Tenant {
                experience: &self.experience,
                connectors: &self.connectors,
                enterprise: &self.enterprise,
            }
        }
    }

    fn user(fields: Value) -> User {
        let mut user = json!({ "id": "u", "createdAt": 0, "isSuspended": false });
        for (name, value) in fields.as_object().unwrap() {
            user[name] = value.clone();
        }
        serde_json::from_value(user).unwrap()
    }

    fn kinds(world: &World, fields: Value, bound: &[MfaVerification]) -> Vec<String> {
        let methods = methods_of(&user(fields), bound, &world.tenant());
        let name =
            |method: &SignInWay| serde_json::to_value(method).unwrap()["kind"].as_str().unwrap().to_owned();
        methods.iter().map(name).collect()
    }

    #[test]
    fn b17_method_counts_when_identifier_method_and_tenant_agree() {
        let world = World::new(json!({}));
        for (case, fields, wanted) in [
            ("nothing", json!({}), vec![]),
            ("a password without an identifier", json!({ "hasPassword": true }), vec![]),
            ("a name without a password", json!({ "username": "al" }), vec![]),
            ("a name and a password", json!({ "username": "al", "hasPassword": true }), vec!["password"]),
            (
                "a number takes no password",
                json!({ "primaryPhone": "1555", "hasPassword": true }),
                vec!["phone_code"],
            ),
            ("an address", json!({ "primaryEmail": "a@example.test" }), vec!["email_code"]),
            ("a cleared address", json!({ "primaryEmail": "" }), vec![]),
            (
                "an address that the organisation owns",
                json!({ "primaryEmail": "a@CORP.example", "hasPassword": true }),
                vec![],
            ),
            ("a social account", json!({ "identities": { "github": { "userId": "1" } } }), vec!["social"]),
            (
                "a social account whose address the organisation owns",
                json!({ "identities": { "github": { "userId": "1", "details": { "email": "a@corp.example" } } } }),
                vec![],
            ),
            (
                "a social account off the page",
                json!({ "identities": { "hidden": { "userId": "1" } } }),
                vec![],
            ),
            (
                "a social account without a connector",
                json!({ "identities": { "gone": { "userId": "1" } } }),
                vec![],
            ),
            (
                "an enterprise account",
                json!({ "ssoIdentities": [{ "issuer": "i", "identityId": "1", "ssoConnectorId": "sso1" }] }),
                vec!["enterprise"],
            ),
            (
                "an enterprise account whose connector is gone",
                json!({ "ssoIdentities": [{ "issuer": "i", "identityId": "1", "ssoConnectorId": "sso9" }] }),
                vec![],
            ),
        ] {
            assert_eq!(kinds(&world, fields, &[]), wanted, "{case}");
        }
        let passkey: MfaVerification =
            serde_json::from_value(json!({ "id": "1", "type": "WebAuthn" })).unwrap();
        assert_eq!(kinds(&world, json!({}), std::slice::from_ref(&passkey)), Vec::<String>::new());
        let world = World::new(json!({ "passkeySignIn": { "enabled": true } }));
        assert_eq!(kinds(&world, json!({}), &[passkey]), ["passkey"]);
        let world = World::new(json!({ "singleSignOnEnabled": false }));
        assert_eq!(kinds(&world, json!({ "primaryEmail": "a@corp.example" }), &[]), ["email_code"]);
        let mut world = World::new(json!({}));
        world.connectors.clear();
        assert_eq!(kinds(&world, json!({ "primaryEmail": "a@example.test" }), &[]), Vec::<String>::new());
        let both = user(json!({ "username": "al", "primaryEmail": "a@example.test", "hasPassword": true }));
        let first = methods_of(&both, &[], &World::new(json!({})).tenant()).remove(0);
        assert_eq!(first, SignInWay::Password { with: vec![Identifier::Username, Identifier::Email] });
    }

    #[test]
    fn b17_next_steps_are_those_that_add_a_method() {
        let steps = |world: &World, fields: Value| {
            let after = user(fields);
            next_steps_of(guard(&after, &after, &[], &world.tenant(), &all(Access::Edit)))
        };
        let world = World::new(json!({}));
        assert_eq!(
            steps(&world, json!({ "username": "al" })),
            [NextStep::SetPassword, NextStep::AddEmail, NextStep::AddPhone]
        );
        assert_eq!(
            steps(&world, json!({ "hasPassword": true })),
            [NextStep::AddEmail, NextStep::AddPhone, NextStep::SetUsername]
        );
        let closed = World::new(json!({ "signIn": { "methods": [] } }));
        assert_eq!(steps(&closed, json!({ "username": "al" })), [NextStep::AskOrganisation]);
        let safe = user(json!({ "username": "al", "hasPassword": true }));
        assert!(guard(&safe, &safe, &[], &world.tenant(), &all(Access::Edit)).is_ok());
        let before = user(json!({ "primaryEmail": "a@example.test" }));
        let refused = guard(&before, &user(json!({})), &[], &world.tenant(), &all(Access::Edit));
        assert_eq!(
            next_steps_of(refused),
            [NextStep::AddPhone],
            "the removed address is not a method that remains"
        );
    }

    #[test]
    fn b17_next_steps_are_only_those_the_user_may_take() {
        let world = World::new(json!({}));
        let after = user(json!({ "username": "al" }));
        for locked in [Access::Off, Access::ReadOnly(ReadOnlyReason::Organisation)] {
            let no_step = guard(&after, &after, &[], &world.tenant(), &all(locked));
            assert_eq!(next_steps_of(no_step), [NextStep::AskOrganisation], "{locked:?}");
            let policy = FieldPolicy { password: locked, email: locked, ..all(Access::Edit) };
            let one_step = guard(&after, &after, &[], &world.tenant(), &policy);
            assert_eq!(next_steps_of(one_step), [NextStep::AddPhone], "{locked:?}");
        }
        let mut world = World::new(json!({ "signIn": { "methods": [
            { "identifier": "phone", "password": true, "verificationCode": false },
        ] } }));
        let after = user(json!({ "username": "al", "hasPassword": true }));
        let refused = guard(&after, &after, &[], &world.tenant(), &all(Access::Edit));
        assert_eq!(next_steps_of(refused), [NextStep::AddPhone]);
        world.connectors.retain(|connector| connector.connector_type != ConnectorType::Sms);
        let refused = guard(&after, &after, &[], &world.tenant(), &all(Access::Edit));
        assert_eq!(next_steps_of(refused), [NextStep::AskOrganisation], "no code proves a new number");
    }

    fn all(access: Access) -> FieldPolicy {
        FieldPolicy {
            name: access,
            avatar: access,
            username: access,
            email: access,
            phone: access,
            password: access,
            profile: access,
            custom_data: access,
            sessions: access,
            access_tokens: access,
            social: access,
        }
    }

    fn next_steps_of(refused: Result<(), Failure>) -> Vec<NextStep> {
        let Some(Detail::LastWay { next_steps }) = refused.unwrap_err().detail else {
            panic!("no next steps")
        };
        next_steps
    }

    #[test]
    fn b18_last_factor_is_kept_where_one_is_required() {
        let mfa = |policy: &str| json!({ "mfa": { "factors": ["EmailVerificationCode", "Totp"], "policy": policy } });
        let before = user(json!({ "username": "al", "hasPassword": true, "primaryEmail": "a@example.test" }));
        let after = user(json!({ "username": "al", "hasPassword": true }));
        let totp: MfaVerification = serde_json::from_value(json!({ "id": "1", "type": "Totp" })).unwrap();
        let demanded = World::new(mfa("Mandatory"));
        assert!(guard_factor(&before, &after, &[], &demanded.tenant()).is_err());
        assert!(guard_factor(&before, &after, &[totp], &demanded.tenant()).is_ok());
        assert!(guard_factor(&after, &after, &[], &demanded.tenant()).is_ok(), "there was none to lose");
        assert!(guard_factor(&before, &after, &[], &World::new(mfa("NoPrompt")).tenant()).is_ok());
    }
}
