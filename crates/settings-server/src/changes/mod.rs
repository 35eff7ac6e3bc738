//! Changes of accounts (B20): one at a time for each user, begun before the request to Logto and finished afterwards.
//!
//! ```text
//! change.run(|change| async move {
//!     let (user, rules) = change.state.whole_account(…).await?;     // a fresh read, under the user's lock
//!     if change.is_replayed() { return Ok(view(user)) }             // a repeated request
//!     let intent = Intent::default().expecting(AuditField::Name, &user.name, &name).notifying(…);
//!     change.apply(intent, change.state.update_user(…)).await
//! })
//! ```
//!
//! `begin` commits what is expected, or the change is refused. `finish` commits the outcome together with the notices
//! for the outbox. A process may end at any point between the two: then the intent stays open, and `jobs::settle` reads
//! from Logto what became of the change.

mod change;
mod idempotency;
mod intent;
mod lock;
pub(crate) mod observe;
mod outcome;
mod run;
mod settling;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use change::ChangeContext;
pub(crate) use intent::Intent;
pub(crate) use lock::UserLocks;
pub(crate) use outcome::Outcome;
pub(crate) use run::{AccountChange, Editor};
pub(crate) use settling::{open_intents, settle};
