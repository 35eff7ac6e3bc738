//! Sending a code to a new address or number.

use account_api::step_up::CodeSentView;

use super::Identifier;
use crate::account::edit;
use crate::changes::{AccountChange, ChangeContext};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::router::Scope;
use crate::step_up;
use crate::verification::Address;
use crate::verification::send::{self, CodeAuthorization};

/// Opens the transaction that `confirm` ends. Whether another user has the address does not matter here.
///
/// # Errors
/// `invalid_value` for what is no address, is the present one, or is refused by the tenant; `conflict` when the
/// present one is not `from`; `step_up_required`; `rate_limited` when a limit is reached; `upstream_failed`,
/// `upstream_unavailable`, `store_unavailable`.
pub(crate) async fn set(
    change: AccountChange<Actor>,
    identifier: &'static Identifier,
    from: Option<String>,
    typed: &str,
) -> Result<CodeSentView, Failure> {
    let address = (identifier.parse)(typed).ok_or(Failure::invalid_value(identifier.member))?;
    change.run(move |change| async move { send_to_new(&change, identifier, from, &address).await }).await
}

async fn send_to_new(
    change: &ChangeContext<Actor>,
    identifier: &Identifier,
    from: Option<String>,
    address: &Address,
) -> Result<CodeSentView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, rules) = state.whole_account(&actor.caller).await?;
    (identifier.access)(&rules.policy).demand_edit(identifier.field)?;
    let present = identifier.present(&user);
    if present != from {
        let mut conflict = edit::conflict(&[identifier.field.into()], &user, &rules);
        // This operation does not require the scope that an account is read with.
        conflict.detail = conflict.detail.filter(|_| actor.caller.has(Scope::Read));
        return Err(conflict);
    }
    if present.clone().is_some_and(|text| Address::new(address.route, text).is_same(address)) {
        return Err(Failure::invalid_value(identifier.member));
    }
    identifier.admit(state, address).await?;
    let purposes = &identifier.purposes;
    let purpose = if present.is_some() { purposes.change } else { purposes.add };
    let step_up_request = (purpose, Some(address.text.as_str()));
    let subject = identifier.subject(&state.store, present.as_deref(), address);
    let proof = step_up::authority(state, actor, step_up_request, change.operation()).await?;
    let authorization = match &proof {
        Some(proof) => CodeAuthorization::Proof(proof.origin),
        // A resend: the authority of the code before it continues, and ends when it would have ended.
        None => match send::under_way(state, actor, identifier.code, &subject).await? {
            Some(before) => CodeAuthorization::Inherited(before),
            None => return Err(step_up::refusal(state, actor, &user, step_up_request).await?),
        },
    };
    change.keep_key().await?;
    if let Some(proof) = &proof {
        proof.warn_if_last_resort(state, actor, &user, identifier.about_to_change).await?;
    }
    let what = (identifier.code, subject.as_slice());
    let sent = send::send(state, actor, what, address, authorization).await?;
    // From here on the transaction carries the authority. If nothing was sent, the proof is left as it was; the user's
    // lock prevents two requests from sharing it.
    if let Some(proof) = proof {
        proof.spend(state).await?;
    }
    Ok(sent)
}
