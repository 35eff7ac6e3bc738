//! Where a secret comes from, and which secrets are refused as weak.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use crate::own_files::read_secret;

/// The minimum number of characters of a client secret. Logto's own have 32.
const LEAST_CHARACTERS: usize = 24;

/// A secret in a file, read again at each use so that it can be rotated without a restart, or one that was
/// given by value (environment, tests).
#[derive(Clone)]
pub enum SecretOrigin {
    /// A file that holds nothing else and is not world-readable; white space at its ends is ignored.
    File(PathBuf),
    /// The secret itself.
    Value(SecretString),
}

impl std::fmt::Debug for SecretOrigin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => formatter.debug_tuple("File").field(path).finish(),
            Self::Value(_) => formatter.write_str("Value([redacted])"),
        }
    }
}

impl SecretOrigin {
    /// Returns the secret as it is now.
    ///
    /// # Errors
    /// A sentence for the operator, never a part of the secret.
    pub fn read(&self) -> Result<SecretString, String> {
        let secret = self.read_of_any_strength()?;
        check_strength(secret.expose_secret()).map_err(str::to_owned)?;
        Ok(secret)
    }

    /// As [`Self::read`], for a secret whose strength is not ours to choose.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_of_any_strength(&self) -> Result<SecretString, String> {
        let secret = match self {
            Self::Value(secret) => secret.clone(),
            Self::File(path) => SecretString::from(read_secret(path)?.trim()),
        };
        if secret.expose_secret().is_empty() {
            return Err("empty".to_owned());
        }
        Ok(secret)
    }
}

fn check_strength(secret: &str) -> Result<(), &'static str> {
    if secret.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err("contains white space (the file must hold the secret and nothing else)");
    }
    let mut distinct: Vec<char> = secret.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if secret.chars().count() < LEAST_CHARACTERS || distinct.len() < 8 {
        return Err("weak (use at least 24 characters, 8 of them different; Logto makes 32)");
    }
    Ok(())
}
