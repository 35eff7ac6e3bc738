//! The idempotency keys of pending operations (`idempotency-key`): a command that is repeated because its answer was
//! lost, its token renewed or its proof missing is the same operation, until the server has decided about it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::randomness::{self, Randomness, RandomnessUnavailable};

/// The most keys of a session: more than a user can have pending. The oldest is removed first.
const MOST: usize = 32;
/// How long a key is kept: the same command after this long is meant as a new one.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Identifies equal commands by method, route and body. Only a digest is kept: the body may hold a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the fingerprint of these parts, each preceded by its length.
    pub(crate) fn of(parts: [&[u8]; 3]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }
}

/// The undecided operations of one session.
#[derive(Default)]
pub(crate) struct Operations(Mutex<Vec<Operation>>);

struct Operation {
    command: Fingerprint,
    key: String,
    begun_at: Duration,
}

impl Operations {
    /// Returns the key of this command: its present one, or a new one.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`], where one has to be created.
    pub(crate) fn key(
        &self,
        command: Fingerprint,
        randomness: &dyn Randomness,
        now: Duration,
    ) -> Result<String, RandomnessUnavailable> {
        let mut operations = self.lock();
        operations.retain(|operation| now.saturating_sub(operation.begun_at) < LONGEST);
        if let Some(operation) = operations.iter().find(|operation| operation.command == command) {
            return Ok(operation.key.clone());
        }
        let key = randomness::token::<16>(randomness)?;
        if operations.len() >= MOST {
            operations.remove(0);
        }
        operations.push(Operation { command, key: key.clone(), begun_at: now });
        Ok(key)
    }

    /// Forgets the key of a command that the server decided: the next one like it is another operation.
    pub(crate) fn decided(&self, command: Fingerprint) {
        self.lock().retain(|operation| operation.command != command);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Operation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Fingerprint, LONGEST, MOST, Operations};
    use crate::randomness::OperatingSystemRandomness;

    /// Returns this many milliseconds after the start.
    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn command(name: &str) -> Fingerprint {
        Fingerprint::of([b"POST", name.as_bytes(), b"{}"])
    }

    fn key(operations: &Operations, name: &str, now: Duration) -> String {
        operations.key(command(name), &OperatingSystemRandomness, now).unwrap()
    }

    #[test]
    fn n29_key_is_kept_per_command_until_definitive_answer() {
        let operations = Operations::default();
        let first = key(&operations, "a", at(0));
        assert!((16..=64).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(key(&operations, "a", LONGEST - at(1)), first);
        assert_ne!(key(&operations, "b", at(1)), first);
        operations.decided(command("b"));
        assert_eq!(key(&operations, "a", at(2)), first, "another command's decision is not this one's");
        operations.decided(command("a"));
        assert_ne!(key(&operations, "a", at(3)), first);
    }

    #[test]
    fn keys_expire_after_an_hour_and_are_bounded() {
        let operations = Operations::default();
        let first = key(&operations, "a", at(0));
        assert_ne!(key(&operations, "a", LONGEST), first);
        for number in 0..1000 {
            key(&operations, &number.to_string(), LONGEST);
        }
        assert_eq!(operations.lock().len(), MOST);
    }

    #[test]
    fn same_bytes_split_elsewhere_are_another_command() {
        assert!(Fingerprint::of([b"POST", b"ab", b"c"]) != Fingerprint::of([b"POST", b"a", b"bc"]));
    }
}
