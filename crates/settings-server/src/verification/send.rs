//! Sending a code, within the limits (B12), to a recipient that no other transaction holds (B11).

use account_api::step_up::CodeSentView;

use super::{Address, Kind};
use crate::actor::Actor;
use crate::error::Failure;
use crate::policy::limits::{self, Address as Whose};
use crate::state::AppState;
use crate::store::NewTransaction;
use crate::store::limits::give_back;
use crate::token;
use crate::upstream;

/// How long a code serves: as long as Logto's.
const LIFETIME_MS: u64 = 10 * 60_000;
/// How long until another one may be asked for.
const RESEND_MS: u64 = 60_000;

/// Until when a transaction of the same person, app instance and subject is open, if there is time left to type another
/// code: it carries the authority that it was opened with.
///
/// # Errors
/// The store's.
pub(crate) async fn under_way(
    state: &AppState,
    actor: &Actor,
    kind: Kind,
    subject: &[u8],
) -> Result<Option<u64>, Failure> {
    let whose = (actor.caller.user.as_str(), actor.instance, kind.name());
    Ok(state.store.under_way(whose, subject, state.clock.now_unix_ms() + RESEND_MS).await?)
}

/// What a code is sent on the strength of.
pub(crate) enum BackedBy {
    /// A proof: the code serves for its whole life.
    Proof,
    /// The transaction before it, which is over then.
    Inherited(u64),
}

/// Opens a transaction and sends a code. When another user's transaction holds the recipient, the answer is
/// the same, after the same time, and nothing is sent.
///
/// # Errors
/// 429 when a limit is reached, Logto's in our words, or the store's.
pub(crate) async fn send(
    state: &AppState,
    actor: &Actor,
    (kind, subject): (Kind, &[u8]),
    address: &Address,
    whose: Whose,
    backed_by: BackedBy,
) -> Result<CodeSentView, Failure> {
    let recipient = address.fingerprint(&state.store);
    let budgets = &state.config.budgets;
    let user = &actor.caller.user;
    let counted =
        limits::code_send(&state.store, budgets, user, address.for_limits(), actor.who.ip, whose).await?;
    let (text, id) = token::make()?;
    let expires_at = match backed_by {
        BackedBy::Proof => state.clock.now_unix_ms() + LIFETIME_MS,
        BackedBy::Inherited(until) => until,
    };
    let sealed = state.store.sealer.seal(address.to_sealed_text().as_bytes(), super::confirm::SEALED_FOR)?;
    let new = NewTransaction {
        id: &id,
        user: user.as_str(),
        instance: actor.instance,
        kind: kind.name(),
        subject,
        recipient: &recipient,
        sealed: &sealed,
        expires_at,
    };
    let pace = state.paces.send(address.route);
    if state.store.open_transaction(&new).await? {
        let to = address.recipient();
        if let Err(error) = pace.of(state.logto.send_verification_code(&to)).await {
            match backed_by {
                BackedBy::Proof => drop(state.store.end_transaction(&id).await?),
                BackedBy::Inherited(_) => state.store.keep_unsent(&id).await?,
            }
            give_back(&state.store, counted).await?;
            return Err(upstream::failure(&error, upstream::Purpose::SendCode(address.member())));
        }
    } else {
        tracing::info!("a recipient has an open transaction of another user; nothing was sent");
        pace.wait().await;
    }
    Ok(CodeSentView {
        transaction: text,
        masked: address.masked(),
        expires_at,
        resend_at: state.clock.now_unix_ms() + RESEND_MS,
    })
}
