//! Proving a transaction with the code that was sent (B11, B13).

use account_api::error::{Code, Detail};
use account_api::secret::SecretText;
use secrecy::SecretString;

use super::{Address, Kind};
use crate::actor::Actor;
use crate::error::Failure;
use crate::journal::{self, Telling};
use crate::notices::NoticeKind;
use crate::policy::limits;
use crate::state::AppState;
use crate::store::limits::give_back;
use crate::store::{MOST_TRIES, Tried};
use crate::token::Hash;
use crate::upstream;

/// What recipients of transactions are sealed for.
pub(super) const SEALED_FOR: &str = "verification transaction";

/// What a code has proven.
pub(crate) struct Proven {
    pub(crate) address: Address,
    /// What the transaction was opened for.
    pub(crate) subject: Vec<u8>,
}

/// Checks a code, ends its transaction and answers the address that is proven now. Where the caller knows what the code
/// must be for, another subject is refused, and counts as a try.
///
/// # Errors
/// 422 `code_wrong` with the tries that are left, 410 `code_expired`, 429 when a limit is reached, 422 `invalid_value`
/// for what cannot be a code.
pub(crate) async fn confirm(
    state: &AppState,
    actor: &Actor,
    kind: Kind,
    (transaction, code): (&str, &SecretText),
    subject: Option<&[u8]>,
) -> Result<Proven, Failure> {
    let code = code.expose();
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Failure::invalid_value("code"));
    }
    let id = Hash::of(transaction).ok_or(expired())?;
    let user = actor.caller.user.as_str();
    let tried = state.store.try_transaction(&id, user, actor.instance, kind.name()).await?.ok_or(expired())?;
    let sealed = state.store.sealer.open(&tried.sealed, SEALED_FOR);
    let address = sealed.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let address = address.and_then(Address::from_sealed_text).ok_or(unreadable())?;
    let (budgets, by) = (&state.config.budgets, &actor.caller.user);
    let counted = limits::code_try(&state.store, budgets, by, address.for_limits(), transaction).await?;
    if subject.is_some_and(|subject| subject != tried.subject) {
        return Err(expired());
    }
    if !tried.sent {
        return wrong(state, actor, &id, &tried).await;
    }
    let code = SecretString::from(code);
    if let Err(error) = state.logto.verify_verification_code(&address.recipient(), &code).await {
        return match error.code() {
            Some("verification_code.code_mismatch") => wrong(state, actor, &id, &tried).await,
            Some(code) if code.starts_with("verification_code.") => {
                state.store.end_transaction(&id).await?;
                Err(expired())
            }
            _ => Err(upstream::failure(&error, upstream::Purpose::SendCode(address.member()))),
        };
    }
    // Two right answers at once: Logto lets one through, and so does this.
    if !state.store.end_transaction(&id).await? {
        return Err(expired());
    }
    // Only wrong ones count.
    give_back(&state.store, counted).await?;
    Ok(Proven { address, subject: tried.subject })
}

/// Says how often it may still be tried; the person is told when it may not.
async fn wrong(state: &AppState, actor: &Actor, id: &Hash, tried: &Tried) -> Result<Proven, Failure> {
    let tries = MOST_TRIES.saturating_sub(tried.tries);
    if tries == 0 {
        state.store.end_transaction(id).await?;
        let user = state.present_user(&actor.caller).await?;
        let telling = Telling::about(NoticeKind::CodeTriesExhausted, &user);
        journal::event(state, &actor.who, "code_try", "tries_exhausted", Some(telling)).await?;
    }
    let mut failure = Failure::new(Code::CodeWrong, "the code is not the one that was sent");
    failure.detail = Some(Detail::TriesLeft { tries });
    Err(failure)
}

const fn unreadable() -> Failure {
    Failure::new(Code::Internal, "a transaction cannot be read")
}

const fn expired() -> Failure {
    Failure::new(Code::CodeExpired, "the code is used, replaced, too old, or was tried too often")
}
