//! The proofs of one session: pending challenges and grants (RFC 9470, decision 3).
//!
//! All of it is in memory and ends with the session. Nonces and grants are sent to the settings server only: the page
//! knows a challenge by an id that is valid nowhere else.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use account_api::secret::SecretText;
use account_api::step_up::Purpose;
use secrecy::{ExposeSecret, SecretString};

use crate::backend::Challenge;
use crate::randomness::{self, Randomness, RandomnessUnavailable};

/// The most pending challenges: more than a user can have open. The oldest is removed first.
const MOST: usize = 16;
/// How long a challenge or a grant is kept, from its arrival. The server decides whether it is still valid.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// The proof that a command requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepUpRequirement {
    /// The purpose of the command.
    pub(crate) purpose: Purpose,
    /// The target of the command; empty where the purpose is enough.
    pub(crate) target: String,
}

/// A challenge that waits for its proof.
#[derive(Clone)]
pub(crate) struct PendingChallenge {
    /// Identifies it to the page.
    pub(crate) id: String,
    /// The challenge's nonce.
    pub(crate) nonce: SecretText,
    /// The purpose that the server named.
    purpose: Purpose,
    /// The requirement of the command that met it.
    requirement: StepUpRequirement,
    since: Duration,
}

struct Grant {
    secret: SecretString,
    purpose: Purpose,
    requirement: StepUpRequirement,
    since: Duration,
}

impl Grant {
    fn is(&self, secret: &SecretString) -> bool {
        self.secret.expose_secret() == secret.expose_secret()
    }
}

/// The pending challenges and the grants of a session.
#[derive(Default)]
pub(crate) struct StepUps(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    pending: Vec<PendingChallenge>,
    grants: Vec<Grant>,
}

impl StepUps {
    /// Adds a challenge and returns its id.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`].
    pub(crate) fn begin(
        &self,
        requirement: StepUpRequirement,
        challenge: &Challenge,
        randomness: &dyn Randomness,
        now: Duration,
    ) -> Result<String, RandomnessUnavailable> {
        let id = randomness::token::<16>(randomness)?;
        let mut inner = self.at(now);
        if inner.pending.len() >= MOST {
            inner.pending.remove(0);
        }
        let (nonce, purpose) = (challenge.nonce.clone(), challenge.purpose);
        inner.pending.push(PendingChallenge { id: id.clone(), nonce, purpose, requirement, since: now });
        Ok(id)
    }

    /// Returns the pending challenge of this id.
    pub(crate) fn pending(&self, id: &str, now: Duration) -> Option<PendingChallenge> {
        self.at(now).pending.iter().find(|challenge| challenge.id == id).cloned()
    }

    /// Removes a challenge.
    pub(crate) fn close(&self, id: &str) {
        self.lock().pending.retain(|challenge| challenge.id != id);
    }

    /// Replaces a challenge by the grant that its proof yielded.
    pub(crate) fn granted(&self, challenge: &PendingChallenge, secret: SecretString, now: Duration) {
        self.close(&challenge.id);
        let mut inner = self.at(now);
        inner.grants.retain(|grant| grant.requirement != challenge.requirement);
        inner.grants.push(Grant {
            secret,
            purpose: challenge.purpose,
            requirement: challenge.requirement.clone(),
            since: now,
        });
    }

    /// Returns the grant for this command: its own, or a reusable one for the same purpose.
    pub(crate) fn grant(&self, requirement: &StepUpRequirement, now: Duration) -> Option<SecretString> {
        let inner = self.at(now);
        let own = inner.grants.iter().find(|grant| grant.requirement == *requirement);
        let is_reusable =
            |grant: &&Grant| !grant.purpose.is_single_use() && grant.purpose == requirement.purpose;
        own.or_else(|| inner.grants.iter().find(is_reusable)).map(|grant| grant.secret.clone())
    }

    /// Removes a grant with which a command was carried out, unless it is reusable.
    pub(crate) fn used(&self, secret: &SecretString) {
        self.lock().grants.retain(|grant| !grant.purpose.is_single_use() || !grant.is(secret));
    }

    /// Removes a grant that the server refused.
    pub(crate) fn refused(&self, secret: &SecretString) {
        self.lock().grants.retain(|grant| !grant.is(secret));
    }

    /// Removes everything: the session is over.
    pub(crate) fn forget(&self) {
        *self.lock() = Inner::default();
    }

    /// Returns what is not too old yet.
    fn at(&self, now: Duration) -> MutexGuard<'_, Inner> {
        let mut inner = self.lock();
        inner.pending.retain(|challenge| now.saturating_sub(challenge.since) < LONGEST);
        inner.grants.retain(|grant| now.saturating_sub(grant.since) < LONGEST);
        inner
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use account_api::secret::SecretText;
    use account_api::step_up::Purpose;
    use secrecy::{ExposeSecret, SecretString};

    use super::{LONGEST, MOST, StepUpRequirement, StepUps};
    use crate::backend::Challenge;
    use crate::randomness::OperatingSystemRandomness;

    const TICK: Duration = Duration::from_millis(1);
    const START: Duration = Duration::ZERO;
    const SOON: Duration = TICK;

    fn requirement(purpose: Purpose, target: &str) -> StepUpRequirement {
        StepUpRequirement { purpose, target: target.to_owned() }
    }

    fn begin(step_ups: &StepUps, requirement: &StepUpRequirement, now: Duration) -> String {
        let nonce = SecretText::new("a-nonce".to_owned());
        let challenge = Challenge { purpose: requirement.purpose, methods: Vec::new(), nonce };
        step_ups.begin(requirement.clone(), &challenge, &OperatingSystemRandomness, now).unwrap()
    }

    fn granted(step_ups: &StepUps, requirement: &StepUpRequirement, secret: &str, now: Duration) {
        let id = begin(step_ups, requirement, now);
        let challenge = step_ups.pending(&id, now).unwrap();
        step_ups.granted(&challenge, SecretString::from(secret), now);
    }

    fn grant(step_ups: &StepUps, requirement: &StepUpRequirement, now: Duration) -> Option<String> {
        step_ups.grant(requirement, now).map(|grant| grant.expose_secret().to_owned())
    }

    #[test]
    fn ordinary_grant_is_reusable_for_its_purpose_only() {
        let step_ups = StepUps::default();
        let first = requirement(Purpose::EndSession, "s-1");
        granted(&step_ups, &first, "g", START);
        step_ups.used(&SecretString::from("g"));
        assert_eq!(grant(&step_ups, &first, SOON).as_deref(), Some("g"));
        assert_eq!(grant(&step_ups, &requirement(Purpose::EndSession, "s-2"), SOON).as_deref(), Some("g"));
        assert_eq!(grant(&step_ups, &requirement(Purpose::EndOtherSessions, ""), SOON), None);
        assert_eq!(grant(&step_ups, &requirement(Purpose::Password, "s-1"), SOON), None);
        step_ups.refused(&SecretString::from("g"));
        assert_eq!(grant(&step_ups, &first, SOON), None, "refused for one, refused for all");
    }

    #[test]
    fn destructive_grant_is_valid_once_for_one_target() {
        let step_ups = StepUps::default();
        let change = requirement(Purpose::ChangeEmail, "new@example.test");
        granted(&step_ups, &change, "g", START);
        assert_eq!(grant(&step_ups, &requirement(Purpose::ChangeEmail, "other@example.test"), SOON), None);
        assert_eq!(grant(&step_ups, &change, SOON).as_deref(), Some("g"));
        step_ups.used(&SecretString::from("g"));
        assert_eq!(grant(&step_ups, &change, SOON), None);
    }

    #[test]
    fn n3_challenges_and_grants_expire_and_are_bounded() {
        let step_ups = StepUps::default();
        let change = requirement(Purpose::ChangeEmail, "new@example.test");
        let id = begin(&step_ups, &change, START);
        granted(&step_ups, &change, "g", START);
        assert!(step_ups.pending(&id, LONGEST - TICK).is_some());
        assert!(step_ups.pending(&id, LONGEST).is_none());
        assert_eq!(grant(&step_ups, &change, LONGEST), None);
        let ids: Vec<String> = (0..100).map(|_| begin(&step_ups, &change, LONGEST)).collect();
        let pending = ids.iter().filter(|id| step_ups.pending(id, LONGEST).is_some()).count();
        assert_eq!(pending, MOST);
        step_ups.forget();
        assert!(step_ups.pending(&ids[99], LONGEST).is_none());
    }
}
