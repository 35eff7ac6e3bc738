//! App instances are introduced (decision 31): the secret that an app makes proves nothing by itself, so its first use
//! needs the ID token of the ordinary sign-in, or of a refresh. Each grant of Logto has one instance.

use account_api::error::ServerCode;
use account_api::step_up::INSTANCE_HEADER;
use http::HeaderMap;
use logto_client::types::User;
use sha2::{Digest, Sha256};

use crate::audit_log;
use crate::auth::bearer::{Caller, SKEW_SECONDS};
use crate::auth::token::{self, Instance};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::sessions::{SignedIn, current};
use crate::state::AppState;
use crate::step_up::id_token::IdToken;
use crate::store::{self, NewIntroduction, Owner, StoreError};

/// The maximum number of instances known of one user; the least recently used is forgotten.
const MOST: usize = 16;
/// The maximum age of an ID token that introduces an instance, in seconds.
const YOUNG_SECONDS: u64 = 10 * 60;
/// How much older than everything this server knows of a user a grant must be for its instance not to be announced, in
/// milliseconds: more than two clocks differ.
const OLDER_MS: u64 = 2 * 60_000;
/// How often an introduction that conflicted with another one is retried.
const TRIES: u32 = 5;

/// The evidence for an introduction.
pub(crate) struct Card<'a> {
    /// The ID token as it came.
    pub(crate) text: &'a str,
    /// The same, verified: of this client and this user.
    pub(crate) token: &'a IdToken,
    /// The user, just read from Logto.
    pub(crate) user: &'a User,
    /// The time on Logto's clock, in seconds since the epoch.
    pub(crate) logto_now: u64,
    pub(crate) signed_in: &'a SignedIn,
}

/// The introduced instance that sends a request of the security scope, by its grant or else by its secret's SHA-256;
/// absent for every other request. A grant that introduces several instances one after the other counts as one.
#[derive(Clone, Default)]
pub(crate) struct Introduced(pub(crate) Option<Vec<u8>>);

/// Looks up whether the instance that a request names is introduced.
///
/// # Errors
/// `store_unavailable`.
pub(crate) async fn introduced(
    state: &AppState,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<Introduced, StoreError> {
    let Some(hash) = token::in_header(headers, INSTANCE_HEADER) else { return Ok(Introduced::default()) };
    let instance = Instance(hash);
    let owner = Owner { user: &caller.user, client: &caller.client_id, instance };
    let known = state.store.introduced(owner).await?;
    let name = |known: store::Introduced| match known.grant {
        Some(grant) => grant.into_bytes(),
        None => instance.0.bytes(),
    };
    Ok(Introduced(known.map(name)))
}

/// Returns `instance_unknown`: the instance is not introduced.
pub(crate) const fn unknown() -> Failure {
    Failure::new(ServerCode::InstanceUnknown, "the app instance is not introduced")
}

/// Whether an ID token is of a step-up, not of an ordinary sign-in.
pub(crate) fn is_proof(token: &IdToken) -> bool {
    token.nonce.as_deref().is_some_and(token::is_nonce)
}

/// Introduces the actor's instance, if it is not introduced; otherwise nothing changes, however old the ID token is.
///
/// The instance replaces the one that its grant had so far, if its ID token is newer. An ID token introduces one
/// instance. The user is notified of a new one by mail: not of the first that this server knows, and not of one whose
/// sign-in is older than everything this server knows of them, as after the loss of its records.
///
/// # Errors
/// `instance_unknown` when the ID token does not introduce it, `store_unavailable`.
pub(crate) async fn introduce(state: &AppState, actor: &Actor, card: &Card<'_>) -> Result<(), Failure> {
    let (store, owner) = (&state.store, actor.owner());
    let grant = current::grant_of_token(card.signed_in, &actor.caller.client_id, card.token);
    let grant = grant.as_deref();
    // Without the signature: an ECDSA signature has a second form that is valid, too.
    let signed = card.text.rsplit_once('.').map_or(card.text, |(signed, _)| signed);
    let digest = Sha256::digest(signed).into();
    for _ in 0..TRIES {
        let known = store.introduced(owner).await?;
        if known.as_ref().is_some_and(|known| stays(known, card, grant)) {
            return Ok(store.note_use(owner).await?);
        }
        let holder = match grant {
            Some(grant) => store.holder(owner, grant).await?,
            None => None,
        };
        if let Some(reason) = refusal(card, holder.as_ref().map(|holder| holder.introduced_by)) {
            return Err(refused(reason));
        }
        if store.introduced_another(digest, owner).await? {
            return Err(refused("it introduced another instance"));
        }
        let (result, is_news) = match (&known, &holder) {
            (_, Some(_)) => ("replaced", true),
            (Some(_), None) => ("bound", false),
            (None, None) => {
                let is_news = is_news(&store.instances_of(owner.user).await?, card.signed_in, grant);
                (if is_news { "new" } else { "introduced" }, is_news)
            }
        };
        let notification = is_news.then(|| Notification::about(NoticeKind::InstanceIntroduced, card.user));
        // Proofs that an instance had before it was forgotten are no longer valid.
        store.forget_proofs_of_unknown(owner.user).await?;
        let kept = store.introduction(&NewIntroduction {
            owner,
            token: digest,
            issued_at: card.token.issued_at,
            grant,
            replaces: holder.as_ref(),
        });
        let event = ("instance", result);
        if audit_log::record_with(state, &actor.context, event, notification, kept).await? {
            tracing::info!(result, "an app instance was introduced");
            store.keep_at_most(owner, MOST).await?;
            return Ok(store.forget_proofs_of_unknown(owner.user).await?);
        }
    }
    Err(StoreError::Unavailable.into())
}

/// Whether an ID token of this grant changes nothing about an introduced instance. An older ID token moves it to no
/// other grant while its present one is alive: two that are sent in turn would fill the audit log.
fn stays(known: &store::Introduced, card: &Card<'_>, grant: Option<&str>) -> bool {
    let lives = known.grant.as_deref().is_some_and(|grant| card.signed_in.has_grant(grant));
    grant.is_none() || known.grant.as_deref() == grant || lives && known.introduced_by >= card.token.issued_at
}

/// Returns why an ID token does not introduce an instance. `holder` is the `iat` that introduced the one the grant
/// has.
fn refusal(card: &Card<'_>, holder: Option<u64>) -> Option<&'static str> {
    let issued_at = card.token.issued_at;
    if card.logto_now > issued_at.saturating_add(YOUNG_SECONDS + SKEW_SECONDS) {
        Some("too old")
    } else if card.logto_now.saturating_add(SKEW_SECONDS) < issued_at {
        Some("issued in the future")
    } else if holder.is_some_and(|introduced_by| introduced_by >= issued_at) {
        Some("the grant has an instance with a newer one")
    } else {
        None
    }
}

/// Returns `instance_unknown`; the reason is only logged.
fn refused(reason: &'static str) -> Failure {
    tracing::info!(reason, "an ID token introduces no app instance");
    unknown()
}

/// Whether the user is notified of an instance that was not known before.
fn is_news(known: &[store::Introduced], signed_in: &SignedIn, grant: Option<&str>) -> bool {
    let Some(first) = known.iter().map(|instance| instance.first_seen).min() else { return false };
    let begun = signed_in.grants.iter().find(|candidate| Some(candidate.id.as_str()) == grant);
    let begun_ms = begun.map(|grant| grant.payload.iat.saturating_mul(1000));
    begun_ms.is_none_or(|begun_ms| begun_ms.saturating_add(OLDER_MS) >= first)
}
