//! What a tenant's sign-in page accepts.

use account_api::identifiers::Identifier;
use account_api::step_up::CodeRoute;
use logto_client::types::{
    Connector, ConnectorType, SignInExperience, SignInIdentifier, SignInMethod, SsoConnector, SsoIdentity,
};

use crate::policy::email_address::EmailAddress;
use crate::policy::email_blocklist::is_owned;

/// The sign-in settings of a tenant.
pub(crate) struct Tenant<'a> {
    pub(crate) experience: &'a SignInExperience,
    pub(crate) connectors: &'a [Connector],
    pub(crate) enterprise: &'a [SsoConnector],
}

impl<'a> Tenant<'a> {
    /// Returns the connector of an enterprise identity, if Logto still has it.
    pub(crate) fn connector_of(&self, identity: &SsoIdentity) -> Option<&'a SsoConnector> {
        self.enterprise.iter().find(|connector| Some(&connector.id) == identity.sso_connector_id.as_ref())
    }

    /// Returns the connector that an enterprise identity signs in through.
    pub(crate) fn signing_in(&self, identity: &SsoIdentity) -> Option<&'a SsoConnector> {
        self.connector_of(identity).filter(|_| self.experience.single_sign_on_enabled)
    }

    /// Whether an enterprise connector owns the domain of an address.
    pub(super) fn owns(&self, address: &str) -> bool {
        self.experience.single_sign_on_enabled
            && EmailAddress::parse(address).is_some_and(|address| is_owned(&address, self.enterprise))
    }

    fn method(&self, identifier: Identifier) -> Option<&SignInMethod> {
        let wanted = match identifier {
            Identifier::Username => SignInIdentifier::Username,
            Identifier::Email => SignInIdentifier::Email,
            Identifier::Phone => SignInIdentifier::Phone,
        };
        self.experience.sign_in.methods.iter().find(|method| method.identifier == wanted)
    }

    pub(super) fn takes_password(&self, identifier: Identifier) -> bool {
        self.method(identifier).is_some_and(|method| method.password)
    }

    pub(super) fn takes_code(&self, identifier: Identifier) -> bool {
        let route = if identifier == Identifier::Email { CodeRoute::Email } else { CodeRoute::Phone };
        self.method(identifier).is_some_and(|method| method.verification_code) && self.sends_to(route)
    }

    /// Whether there is a connector that sends codes there.
    pub(crate) fn sends_to(&self, route: CodeRoute) -> bool {
        let connector = match route {
            CodeRoute::Email => ConnectorType::Email,
            CodeRoute::Phone => ConnectorType::Sms,
        };
        self.connectors.iter().any(|candidate| candidate.connector_type == connector)
    }

    /// Returns the social connector of a target, if the sign-in page shows it.
    pub(super) fn social(&self, target: &str) -> Option<&Connector> {
        let shown = self.experience.social_sign_in_connector_targets.iter().any(|known| known == target);
        let connector = self.connectors.iter().find(|connector| connector.target.as_deref() == Some(target));
        connector.filter(|connector| shown && connector.connector_type == ConnectorType::Social)
    }
}
