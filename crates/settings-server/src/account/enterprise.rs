//! What is shown of the user's identities at the identity providers of their organisation.

use account_api::enterprise::{EnterpriseIdentityView, EnterpriseView};
use logto_client::types::{SignInExperience, SsoConnector, SsoIdentity};

use crate::policy::values;
use crate::text::foreign::cleaned;

/// The maximum number of characters of a text that a provider or the tenant states.
const LONGEST_TEXT: usize = 256;
/// The maximum number of characters of a URL: as many as an issuer identifier or a page of an organisation needs.
const LONGEST_URL: usize = 2048;

/// Returns the enterprise identities, the oldest first, and whom to ask about them.
pub(super) fn view(
    identities: &[SsoIdentity],
    connectors: &[SsoConnector],
    experience: &SignInExperience,
) -> EnterpriseView {
    if identities.is_empty() {
        return EnterpriseView::default();
    }
    let mut identities: Vec<EnterpriseIdentityView> =
        identities.iter().map(|identity| identity_view(identity, connectors, experience)).collect();
    identities.sort_by_key(|identity| identity.since);
    let website = experience.support_website_url.clone();
    EnterpriseView {
        identities,
        support_email: shown(experience.support_email.as_ref()),
        support_website: website.filter(|url| values::is_https_url(url, LONGEST_URL)),
    }
}

fn identity_view(
    identity: &SsoIdentity,
    connectors: &[SsoConnector],
    experience: &SignInExperience,
) -> EnterpriseIdentityView {
    let connector =
        connectors.iter().find(|connector| Some(&connector.id) == identity.sso_connector_id.as_ref());
    let details = identity.detail.as_ref();
    let signing_in = connector.filter(|_| experience.single_sign_on_enabled);
    EnterpriseIdentityView {
        connector: connector.and_then(|connector| cleaned(connector.name(), LONGEST_TEXT)),
        issuer: cleaned(&identity.issuer, LONGEST_URL).unwrap_or_default(),
        name: details.and_then(|details| shown(details.name.as_ref())),
        email: details.and_then(|details| shown(details.email.as_ref())),
        since: identity.created_at,
        signs_in: signing_in.is_some(),
        domains: signing_in.map(|connector| connector.domains.clone()).unwrap_or_default(),
        syncs_profile: signing_in.is_some_and(|connector| connector.sync_profile),
    }
}

fn shown(text: Option<&String>) -> Option<String> {
    cleaned(text?, LONGEST_TEXT)
}
