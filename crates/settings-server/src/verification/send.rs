//! Sending a code, within the limits (B12), to a recipient that no other transaction keeps (B11, decision 29).

use account_api::error::ServerCode;
use account_api::secret::SecretText;
use account_api::step_up::CodeSentView;
use tokio::time::Instant;

use super::{Address, Kind};
use crate::auth::token;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::logto::upstream;
use crate::policy::limits::{self, Sending};
use crate::state::AppState;
use crate::step_up::origin::Origin;
use crate::store::{NewTransaction, OpenTransaction, Opened};

/// How long a code is valid: as long as Logto's.
const LIFETIME_MS: u64 = 10 * 60_000;
/// How long until another code may be requested.
const RESEND_MS: u64 = 60_000;

/// Returns the open transaction of the same user, app instance and subject, if there is time left to type another
/// code: it carries the authority that it was opened with.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn under_way(
    state: &AppState,
    actor: &Actor,
    kind: Kind,
    subject: &[u8],
) -> Result<Option<OpenTransaction>, Failure> {
    let owner = (&actor.caller.user, actor.instance, kind);
    Ok(state.store.under_way(owner, subject, state.clock.now_unix_ms() + RESEND_MS).await?)
}

/// What authorizes sending a code.
pub(crate) enum CodeAuthorization {
    /// A proof with this origin: the code is valid for its whole life.
    Proof(Origin),
    /// The transaction before it, which is over then.
    Inherited(OpenTransaction),
}

/// Opens a transaction and sends a code. Where another user's transaction keeps the recipient, or others have used up
/// its budget, the answer is the same, after the same time, and nothing is sent.
///
/// # Errors
/// `rate_limited` when a budget of the user's own is used up, or another instance of the user waits for a code there;
/// `upstream_failed`, `upstream_unavailable` and `invalid_value` depending on Logto's answer; `store_unavailable`.
pub(crate) async fn send(
    state: &AppState,
    actor: &Actor,
    (kind, subject): (Kind, &[u8]),
    address: &Address,
    authorization: CodeAuthorization,
) -> Result<CodeSentView, Failure> {
    let began = Instant::now();
    let delay = state.delays.send(address.route);
    let sent = open_and_send(state, actor, (kind, subject), address, authorization).await;
    // A budget that is used up is the user's own: the refusal discloses nothing and is not delayed.
    if sent.is_ok() {
        delay.fill(began).await;
    }
    let (text, expires_at) = sent?;
    Ok(CodeSentView {
        transaction: text,
        masked: address.masked(),
        expires_in: seconds(expires_at.saturating_sub(state.clock.now_unix_ms())),
        resend_in: seconds(RESEND_MS),
    })
}

fn seconds(milliseconds: u64) -> u32 {
    u32::try_from(milliseconds / 1000).unwrap_or(u32::MAX)
}

/// Returns the transaction's name, and until when it is open.
async fn open_and_send(
    state: &AppState,
    actor: &Actor,
    (kind, subject): (Kind, &[u8]),
    address: &Address,
    authorization: CodeAuthorization,
) -> Result<(SecretText, u64), Failure> {
    let user = &actor.caller.user;
    let owner = limits::CodeOwner { user, address: kind.ownership(), ip: actor.context.ip };
    let recipient = address.fingerprint(&state.store);
    if let Some(seconds) = state.store.other_instance_waits(&recipient, user, actor.instance).await? {
        let failure = Failure::new(
            ServerCode::RateLimited,
            "another app of the user waits for a code to this recipient",
        );
        return Err(failure.retry_after(seconds));
    }
    let sending =
        limits::code_send(&state.store, &state.config.budgets, &owner, address.for_limits()).await?;
    let (text, id) = token::make()?;
    let (origin, expires_at) = match &authorization {
        CodeAuthorization::Proof(origin) => (*origin, state.clock.now_unix_ms() + LIFETIME_MS),
        CodeAuthorization::Inherited(before) => (before.origin, before.expires_at),
    };
    let sealed = state.store.sealer.seal(address.to_sealed_text().as_bytes(), super::confirm::SEALED_FOR)?;
    let new = NewTransaction {
        id: &id,
        user,
        instance: actor.instance,
        kind,
        subject,
        recipient: &recipient,
        sealed: &sealed,
        origin,
        expires_at,
    };
    let delay = state.delays.send(address.route);
    let opened = match &sending {
        Sending::Real { keeps_others_out, .. } => {
            let is_owner = kind.ownership() == limits::Ownership::Present;
            let kept_until = if *keeps_others_out { expires_at } else { state.clock.now_unix_ms() };
            state.store.open_transaction(&new, is_owner, kept_until).await?
        }
        Sending::Decoy => {
            state.store.keep_decoy(&new).await?;
            Opened::Decoy
        }
    };
    if opened == Opened::Decoy {
        tracing::info!(
            "code: not sent, because another user keeps the recipient or there were too many requests for it"
        );
        delay.instead().await;
        return Ok((text, expires_at));
    }
    let to = address.recipient();
    if let Err(error) = delay.of(state.logto.send_verification_code(&to)).await {
        match authorization {
            CodeAuthorization::Proof(_) => drop(state.store.end_transaction(&id).await?),
            CodeAuthorization::Inherited(_) => state.store.keep_unsent(&id).await?,
        }
        sending.refund(&state.store).await?;
        return Err(upstream::failure(&error, upstream::Purpose::SendCode(address.member())));
    }
    Ok((text, expires_at))
}
