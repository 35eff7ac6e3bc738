//! What is shown of the user's identities at the identity providers of their organisation.

use account_api::enterprise::{EnterpriseIdentityView, EnterpriseView};
use logto_client::types::SsoIdentity;

use crate::account::sign_in_settings::Tenant;
use crate::policy::values;
use crate::text::foreign::{cleaned, reported};

/// The maximum number of characters of a URL: as many as an issuer identifier or a page of an organisation needs.
const LONGEST_URL: usize = 2048;

/// Returns the enterprise identities, the oldest first, and whom to ask about them.
pub(super) fn view(identities: &[SsoIdentity], tenant: &Tenant<'_>) -> EnterpriseView {
    if identities.is_empty() {
        return EnterpriseView::default();
    }
    let mut identities: Vec<EnterpriseIdentityView> =
        identities.iter().map(|identity| identity_view(identity, tenant)).collect();
    identities.sort_by_key(|identity| identity.since);
    let website = tenant.experience.support_website_url.clone();
    EnterpriseView {
        identities,
        support_email: tenant.experience.support_email.as_deref().and_then(reported),
        support_website: website.filter(|url| values::is_https_url(url, LONGEST_URL)),
    }
}

fn identity_view(identity: &SsoIdentity, tenant: &Tenant<'_>) -> EnterpriseIdentityView {
    let details = identity.detail.as_ref();
    let signing_in = tenant.signing_in(identity);
    EnterpriseIdentityView {
        connector: tenant.connector_of(identity).and_then(|connector| reported(connector.name())),
        issuer: cleaned(&identity.issuer, LONGEST_URL).unwrap_or_default(),
        name: details.and_then(|details| reported(details.name.as_deref()?)),
        email: details.and_then(|details| reported(details.email.as_deref()?)),
        since: identity.created_at,
        signs_in: signing_in.is_some(),
        domains: signing_in.map(|connector| connector.domains.clone()).unwrap_or_default(),
        syncs_profile: signing_in.is_some_and(|connector| connector.sync_profile),
    }
}
