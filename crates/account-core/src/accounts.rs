//! The list of accounts that have an item in the keyring: `accounts.json` in the data folder.
//!
//! Without it every start would have to query the keyring, which may prompt the user for a password, even where no
//! user ever signed in. It holds no secret, no address and no name: issuer, client, user id and server only.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::files;
use crate::identity::Identity;
use crate::process_lock;

/// The file of known accounts. Each operation reads or writes the whole file.
#[derive(Debug)]
pub(crate) struct KnownAccounts {
    path: PathBuf,
    lock_file: PathBuf,
    turn: Mutex<()>,
}

/// The content of the file. Other versions of this app write it, too: unknown members and entries are ignored and
/// kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    #[serde(deserialize_with = "list")]
    accounts: Vec<Entry>,
    /// Names of the keyring items whose tokens are to be revoked.
    #[serde(deserialize_with = "list")]
    pending_revocations: Vec<Value>,
    /// Those of the pending items that are erased without being sent.
    #[serde(deserialize_with = "list")]
    erase_only: Vec<Value>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Entry {
    Known(KnownAccount),
    /// An entry that another version wrote.
    Other(Value),
}

/// Reads a list. A value that is not a list counts as an empty one.
fn list<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

impl Entry {
    fn known(self) -> Option<KnownAccount> {
        match self {
            Self::Known(account) => Some(account),
            Self::Other(_) => None,
        }
    }

    fn is_of(&self, identity: &Identity) -> bool {
        matches!(self, Self::Known(account) if account.identity == *identity)
    }
}

impl Content {
    fn known(self) -> impl DoubleEndedIterator<Item = KnownAccount> {
        self.accounts.into_iter().filter_map(Entry::known)
    }
}

/// An account with a session item in the keyring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownAccount {
    /// The settings server's base URL.
    pub(crate) server: String,
    /// The issuer, client and user of the session.
    #[serde(flatten)]
    pub(crate) identity: Identity,
    /// Whether the session is over while the keyring still has its item, because erasing it failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) over: bool,
    /// Members that other versions wrote.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

impl KnownAccount {
    /// Returns the entry for a session of this account at this server.
    pub(crate) fn new(server: String, identity: &Identity) -> Self {
        Self { server, identity: identity.clone(), over: false, other: Map::new() }
    }
}

impl KnownAccounts {
    /// Returns the list in this data folder.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self {
            path: data_dir.join("accounts.json"),
            lock_file: data_dir.join("locks").join("accounts"),
            turn: Mutex::default(),
        }
    }

    /// Returns the account that signed in last at this server.
    pub(crate) fn at(&self, server: &str) -> Option<KnownAccount> {
        self.load().known().rev().find(|account| account.server == server && !account.over)
    }

    /// Adds an account at the end of the list.
    pub(crate) fn add(&self, account: KnownAccount) -> Result<(), Error> {
        self.change(|content| {
            content.accounts.retain(|entry| !entry.is_of(&account.identity));
            content.accounts.push(Entry::Known(account));
        })
    }

    /// Removes an account from the list.
    pub(crate) fn remove(&self, identity: &Identity) -> Result<(), Error> {
        self.change(|content| content.accounts.retain(|entry| !entry.is_of(identity)))
    }

    /// Whether the keyring may hold an item of this account.
    pub(crate) fn knows(&self, identity: &Identity) -> bool {
        self.load().accounts.iter().any(|entry| entry.is_of(identity))
    }

    /// Whether an account is signed in on this machine according to the list.
    pub(crate) fn has_session(&self, identity: &Identity) -> bool {
        self.load().known().any(|known| known.identity == *identity && !known.over)
    }

    /// Marks an account as over. Its name is kept until its keyring item can be erased.
    pub(crate) fn mark_over(&self, identity: &Identity) -> Result<(), Error> {
        self.change(|content| {
            for entry in &mut content.accounts {
                match entry {
                    Entry::Known(account) if account.identity == *identity => account.over = true,
                    _ => {}
                }
            }
        })
    }

    /// Returns the accounts that are over and whose items may still be in the keyring.
    pub(crate) fn over(&self) -> Vec<KnownAccount> {
        self.load().known().filter(|known| known.over).collect()
    }

    /// Returns the names of the keyring items that are to be revoked.
    pub(crate) fn pending_revocations(&self) -> Vec<String> {
        self.load().pending_revocations.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Adds a keyring item that is to be revoked.
    pub(crate) fn add_pending_revocation(&self, item: &str) -> Result<(), Error> {
        self.change(|content| content.pending_revocations.push(Value::from(item)))
    }

    /// Removes a keyring item that was to be revoked.
    pub(crate) fn remove_pending_revocation(&self, item: &str) -> Result<(), Error> {
        self.change(|content| {
            content.pending_revocations.retain(|known| known != item);
            content.erase_only.retain(|known| known != item);
        })
    }

    /// Whether a pending item is erased without being sent.
    pub(crate) fn is_erase_only(&self, item: &str) -> bool {
        self.load().erase_only.iter().any(|known| known == item)
    }

    /// Marks items as erase-only: they were sent already, or are older than a session that revoking them would end.
    pub(crate) fn never_send(&self, items: &[String]) -> Result<(), Error> {
        self.change(|content| {
            for item in items.iter().map(|item| Value::from(item.as_str())) {
                if content.pending_revocations.contains(&item) && !content.erase_only.contains(&item) {
                    content.erase_only.push(item);
                }
            }
        })
    }

    fn load(&self) -> Content {
        self.read().unwrap_or_default()
    }

    /// Reads the file. A file that can be read but is not a list of accounts is moved aside.
    ///
    /// # Errors
    /// The error of the operating system when the file exists and cannot be read.
    fn read(&self) -> io::Result<Content> {
        let bytes = files::read(&self.path).inspect_err(|error| {
            tracing::warn!(file = %self.path.display(), %error, "list of accounts: cannot be read (check the permissions of the file)");
        })?;
        let Some(bytes) = bytes else { return Ok(Content::default()) };
        let content = files::text(&bytes).and_then(|text| serde_json::from_str(&text).ok());
        Ok(content.unwrap_or_else(|| {
            tracing::warn!(file = %self.path.display(), "list of accounts: invalid, moved to .bad (the app starts with an empty list)");
            files::set_aside(&self.path);
            Content::default()
        }))
    }

    /// Reads, edits and writes the file under a lock, so that no other writer of this or another process comes in
    /// between.
    fn change(&self, edit: impl FnOnce(&mut Content)) -> Result<(), Error> {
        let failure = |error: io::Error| {
            tracing::error!(file = %self.path.display(), %error, "list of accounts: cannot be written (check the permissions of the folder and the free space)");
            Error::StorageFailed
        };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _between_processes = process_lock::lock_briefly(&self.lock_file).map_err(failure)?;
        let mut content = self.read().map_err(failure)?;
        let before = content.clone();
        edit(&mut content);
        if content == before {
            return Ok(());
        }
        let bytes = serde_json::to_vec_pretty(&content).map_err(|_| Error::StorageFailed)?;
        files::write(&self.path, &bytes).map_err(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::KnownAccounts;

    #[test]
    fn concurrent_writers_lose_nothing() {
        let Ok(folder) = tempfile::tempdir() else { panic!("no folder") };
        // Two separate lists, as two processes have them: only the lock between processes keeps their writes apart.
        let both = [KnownAccounts::new(folder.path()), KnownAccounts::new(folder.path())];
        std::thread::scope(|scope| {
            for (writer, accounts) in both.iter().chain(both.iter()).enumerate() {
                scope.spawn(move || {
                    for number in 0..10 {
                        assert!(accounts.add_pending_revocation(&format!("{writer}-{number}")).is_ok());
                    }
                });
            }
        });
        assert_eq!(both[0].pending_revocations().len(), 40);
    }

    #[test]
    fn unreadable_file_is_not_overwritten() {
        let Ok(folder) = tempfile::tempdir() else { panic!("no folder") };
        let path = folder.path().join("accounts.json");
        let large = vec![b' '; 2 * 1024 * 1024];
        assert!(std::fs::write(&path, &large).is_ok());
        assert!(KnownAccounts::new(folder.path()).add_pending_revocation("an-item").is_err());
        assert_eq!(std::fs::read(&path).ok(), Some(large));
    }
}
