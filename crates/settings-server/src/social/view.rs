//! What is shown of linked accounts.

use account_api::social::{FormerSocialAccountView, SocialAccountView, SocialView};
use logto_client::types::{Identity, User};

use super::providers::{Appearance, Providers};
use crate::account::view::present;
use crate::policy::Access;
use crate::state::AppState;
use crate::step_up::bindings::{BindingView, identity_item};
use crate::step_up::evidence::social_identity;
use crate::store::Store;
use crate::store::former_identities::{FormerIdentity, RESTORABLE_MS};
use crate::text::foreign::reported;
use crate::text::hex::hex;
use crate::text::mask;

/// Makes the answer of every operation on linked accounts.
pub(crate) fn view(
    state: &AppState,
    access: Access,
    user: &User,
    providers: &Providers,
    bindings: &BindingView,
    former: &[FormerIdentity],
    account_center: bool,
) -> SocialView {
    let account = |(target, identity): (&String, &Identity)| {
        let Appearance { name: provider, logo, dark_logo } = providers.appearance(target);
        let details = identity.details.as_ref();
        let bound_at =
            bindings.bound_at(&identity_item(&state.store, &social_identity(target, &identity.user_id)));
        SocialAccountView {
            target: target.clone(),
            key: key_of(&state.store, target, &identity.user_id),
            provider,
            logo,
            dark_logo,
            name: details.and_then(|details| reported(details.name.as_deref()?)),
            email: details.and_then(|details| reported(details.email.as_deref()?)),
            linked_at: bound_at,
            signs_in: providers.signs_in(target),
        }
    };
    SocialView {
        access: access.without_value(),
        accounts: user.identities.iter().map(account).collect(),
        providers: providers.views(),
        account_center,
        former: former.iter().map(|one| former_view(providers, one)).collect(),
    }
}

fn former_view(providers: &Providers, former: &FormerIdentity) -> FormerSocialAccountView {
    let FormerIdentity { key, target, identity, removed_at, .. } = former;
    let Appearance { name: provider, logo, dark_logo } = providers.appearance(target);
    let details = identity.reduced().details;
    let (name, email) = details.map(|details| (details.name, details.email)).unwrap_or_default();
    FormerSocialAccountView {
        target: target.clone(),
        key: key.clone(),
        provider,
        logo,
        dark_logo,
        name: name.and_then(|text| reported(&text)),
        email: email.and_then(|text| reported(&text)),
        removed_at: *removed_at,
        restorable_until: removed_at.saturating_add(RESTORABLE_MS),
        signs_in: providers.signs_in(target),
    }
}

/// Returns what a notice calls an account: its provider and, where the provider reports one, the masked address.
pub(crate) fn named(providers: &Providers, target: &str, identity: &Identity) -> String {
    let provider = providers.appearance(target).name.unwrap_or_else(|| target.to_owned());
    let email = identity.details.as_ref().and_then(|details| present(details.email.clone()));
    match email.filter(|email| email.contains('@')) {
        Some(email) => format!("{provider} ({})", mask::email(&email)),
        None => provider,
    }
}

/// Returns the name of an account in answers and requests, by the user's id at the provider.
pub(crate) fn key_of(store: &Store, target: &str, account: &str) -> String {
    hex(&store.sealer.fingerprint(&social_identity(target, account))[..16])
}
