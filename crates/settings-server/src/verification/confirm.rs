//! Proving a transaction with the code that was sent (B11, B13).

use account_api::error::{Detail, ServerCode};
use account_api::secret::SecretText;
use logto_client::LogtoCode;
use secrecy::SecretString;
use tokio::time::Instant;

use super::{Address, Kind};
use crate::audit_log;
use crate::auth::token::Hash;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::policy::limits::{self, CodeTry};
use crate::state::AppState;
use crate::step_up::origin::Origin;
use crate::store::limits::{Taken, refund};
use crate::store::{MOST_TRIES, Tried};

/// The context that recipients of transactions are sealed with.
pub(super) const SEALED_FOR: &str = "verification transaction";

/// What a code has proven.
pub(crate) struct Proven {
    pub(crate) address: Address,
    /// What the transaction was opened for.
    pub(crate) subject: Vec<u8>,
    /// The transaction, if it still has to be ended.
    pub(crate) id: Hash,
    /// The origin that the transaction was opened with: what is bound by it rests on this.
    pub(crate) origin: Origin,
}

/// Checks a code, ends its transaction and returns the address that is proven now. A subject other than the one given
/// is refused, and counts as a try.
///
/// # Errors
/// `code_wrong` with the tries that are left, `code_expired`, `rate_limited` when a limit is reached, `invalid_value`
/// for what cannot be a code.
pub(crate) async fn confirm(
    state: &AppState,
    actor: &Actor,
    kind: Kind,
    shown: (&str, &SecretText),
    subject: &[u8],
) -> Result<Proven, Failure> {
    let (proven, counted) = check(state, actor, kind, shown, Some(subject)).await?;
    // Two concurrent right codes: Logto accepts one of them, and so does this.
    if !state.store.end_transaction(&proven.id).await? {
        return Err(expired());
    }
    refund(&state.store, counted).await?;
    Ok(proven)
}

/// Checks a code for an operation, whose retry is proven already. The caller ends the transaction once the outcome of
/// the operation is decided.
///
/// # Errors
/// As [`confirm`].
pub(crate) async fn prove(
    state: &AppState,
    actor: &Actor,
    kind: Kind,
    shown: (&str, &SecretText),
    operation: &str,
) -> Result<Proven, Failure> {
    let whose = (&actor.caller.user, actor.instance, kind);
    if let Some(id) = Hash::of(shown.0)
        && let Some((subject, sealed, origin)) = state.store.proven_by(&id, whose, operation).await?
    {
        return Ok(Proven { address: opened(state, &sealed)?, subject, id, origin });
    }
    let (proven, counted) = check(state, actor, kind, shown, None).await?;
    if !state.store.prove_transaction(&proven.id, operation).await? {
        return Err(expired());
    }
    refund(&state.store, counted).await?;
    Ok(proven)
}

/// Counts a try and lets Logto check the code. Only wrong ones count in the end.
async fn check(
    state: &AppState,
    actor: &Actor,
    kind: Kind,
    (transaction, code): (&str, &SecretText),
    subject: Option<&[u8]>,
) -> Result<(Proven, Taken), Failure> {
    let began = Instant::now();
    let code = code.expose();
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Failure::invalid_value("code"));
    }
    let id = Hash::of(transaction).ok_or(expired())?;
    let user = &actor.caller.user;
    let tried = state.store.try_transaction(&id, user, actor.instance, kind).await?.ok_or(expired())?;
    let address = opened(state, &tried.sealed)?;
    let (budgets, by) = (&state.config.budgets, &actor.caller.user);
    let owner = limits::CodeOwner { user: by, address: kind.ownership(), ip: None };
    let counted =
        match limits::code_try(&state.store, budgets, &owner, address.for_limits(), transaction).await {
            Ok(counted) => counted,
            Err(failure) => {
                state.store.refund_try(&id).await?;
                let rules = &budgets.code_tries_per_user;
                if failure.code == ServerCode::RateLimited
                    && limits::tries_are_notified(&state.store, "code", rules, by).await?
                {
                    notify(state, actor).await?;
                }
                return Err(failure);
            }
        };
    if subject.is_some_and(|subject| subject != tried.subject) {
        return Err(expired());
    }
    let delay = &state.delays.check;
    // Nothing was sent, or strangers have used up the tries at this recipient: no code opens it.
    let counted = match counted {
        CodeTry::Real(counted) if tried.sent => counted,
        _ => {
            delay.instead().await;
            delay.fill(began).await;
            return wrong(state, actor, &id, &tried).await;
        }
    };
    let code = SecretString::from(code);
    let recipient = address.recipient();
    if let Err(error) = delay.of(state.logto.verify_verification_code(&recipient, &code)).await {
        return match error {
            error if error.is(LogtoCode::CodeMismatch) => {
                delay.fill(began).await;
                wrong(state, actor, &id, &tried).await
            }
            error if error.is_of_verification_code() => {
                state.store.end_transaction(&id).await?;
                Err(expired())
            }
            error => {
                // The code was not compared.
                state.store.refund_try(&id).await?;
                refund(&state.store, counted).await?;
                Err(upstream::failure(&error, upstream::Purpose::CheckCode(address.member())))
            }
        };
    }
    Ok((Proven { address, subject: tried.subject, id, origin: tried.origin }, counted))
}

fn opened(state: &AppState, sealed: &[u8]) -> Result<Address, Failure> {
    let sealed = state.store.sealer.open(sealed, SEALED_FOR);
    let address = sealed.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok());
    address.and_then(Address::from_sealed_text).ok_or(unreadable())
}

/// Returns how many tries are left; the user is notified when none is.
async fn wrong<T>(state: &AppState, actor: &Actor, id: &Hash, tried: &Tried) -> Result<T, Failure> {
    let tries = MOST_TRIES.saturating_sub(tried.tries);
    if tries == 0 {
        state.store.end_transaction(id).await?;
        notify(state, actor).await?;
    }
    let mut failure = Failure::new(ServerCode::CodeWrong, "the code is not the one that was sent");
    failure.detail = Some(Detail::TriesLeft { tries });
    Err(failure)
}

/// Notifies the user of too many wrong codes (B13).
async fn notify(state: &AppState, actor: &Actor) -> Result<(), Failure> {
    let user = state.present_user(&actor.caller).await?;
    let notification = Notification::about(NoticeKind::CodeTriesExhausted, &user);
    audit_log::record(state, &actor.context, "code_try", "tries_exhausted", Some(notification)).await
}

const fn unreadable() -> Failure {
    Failure::new(ServerCode::Internal, "a transaction cannot be read")
}

const fn expired() -> Failure {
    Failure::new(ServerCode::CodeExpired, "the code is used, replaced, too old, or was tried too often")
}
