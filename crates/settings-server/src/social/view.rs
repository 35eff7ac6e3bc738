//! What is shown of linked accounts.

use account_api::social::{SocialAccountView, SocialView};
use logto_client::types::{Identity, User};

use super::providers::{Appearance, Providers};
use crate::account::view::present;
use crate::policy::Access;
use crate::state::AppState;
use crate::step_up::bindings::{BindingView, identity_item};
use crate::step_up::evidence::social_identity;
use crate::store::Store;
use crate::text::hex::hex;

/// The maximum number of characters of a name or address that a provider reports.
const LONGEST_TEXT: usize = 256;

/// Makes the answer of every operation on linked accounts.
pub(crate) fn view(
    state: &AppState,
    access: Access,
    user: &User,
    providers: &Providers,
    bindings: &BindingView,
) -> SocialView {
    let account = |(target, identity): (&String, &Identity)| {
        let Appearance { name: provider, logo, dark_logo } = providers.appearance(target);
        let details = identity.details.as_ref();
        let bound_at =
            bindings.bound_at(&identity_item(&state.store, &social_identity(target, &identity.user_id)));
        SocialAccountView {
            target: target.clone(),
            key: key_of(&state.store, target, identity),
            provider,
            logo,
            dark_logo,
            name: details.and_then(|details| shown(details.name.clone())),
            email: details.and_then(|details| shown(details.email.clone())),
            linked_at: bound_at,
            signs_in: providers.signs_in(target),
        }
    };
    SocialView {
        access: access.without_value(),
        accounts: user.identities.iter().map(account).collect(),
        providers: providers.views(),
    }
}

/// Returns the name of a linked account in answers and requests.
pub(crate) fn key_of(store: &Store, target: &str, identity: &Identity) -> String {
    hex(&store.sealer.fingerprint(&social_identity(target, &identity.user_id))[..16])
}

/// Returns a provider's text without control characters, and not longer than the page can show.
fn shown(text: Option<String>) -> Option<String> {
    let text: String =
        present(text)?.chars().filter(|character| !character.is_control()).take(LONGEST_TEXT).collect();
    present(Some(text))
}
