//! Which accounts have something in the keyring: `accounts.json` in the data folder.
//!
//! Without it every start would have to ask the keyring (and perhaps the person, for its password) even where
//! nobody ever signed in. It holds no secret, no address and no name: issuer, client, user id and server only.

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

/// The file of known accounts. Each operation reads and writes it whole.
#[derive(Debug)]
pub(crate) struct KnownAccounts {
    path: PathBuf,
    lock_file: PathBuf,
    turn: Mutex<()>,
}

/// Other versions of this app write the file, too: unknown members and entries are ignored and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    #[serde(deserialize_with = "list")]
    accounts: Vec<Entry>,
    /// Names of keyring items.
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
    /// Of another version.
    Other(Value),
}

/// Reads a list; an empty one if the value is none.
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
    /// Whose session it is.
    #[serde(flatten)]
    pub(crate) identity: Identity,
    /// The session is over, and the keyring would not let its item go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) over: bool,
    /// Members of other versions.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

impl KnownAccount {
    /// A session of an account at a server.
    pub(crate) fn new(server: String, identity: &Identity) -> Self {
        Self { server, identity: identity.clone(), over: false, other: Map::new() }
    }
}

impl KnownAccounts {
    /// The file in this data folder.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self {
            path: data_dir.join("accounts.json"),
            lock_file: data_dir.join("locks").join("accounts"),
            turn: Mutex::default(),
        }
    }

    /// The account last signed in at this server.
    pub(crate) fn at(&self, server: &str) -> Option<KnownAccount> {
        self.load().known().rev().find(|account| account.server == server && !account.over)
    }

    /// Adds an account, as the last one.
    pub(crate) fn add(&self, account: KnownAccount) -> Result<(), Error> {
        self.change(|content| {
            content.accounts.retain(|entry| !entry.is_of(&account.identity));
            content.accounts.push(Entry::Known(account));
        })
    }

    /// Forgets an account.
    pub(crate) fn remove(&self, identity: &Identity) -> Result<(), Error> {
        self.change(|content| content.accounts.retain(|entry| !entry.is_of(identity)))
    }

    /// Whether the keyring may hold an item of this account.
    pub(crate) fn knows(&self, identity: &Identity) -> bool {
        self.load().accounts.iter().any(|entry| entry.is_of(identity))
    }

    /// Whether an account is signed in on this machine, as far as the list says.
    pub(crate) fn has_session(&self, identity: &Identity) -> bool {
        self.load().known().any(|known| known.identity == *identity && !known.over)
    }

    /// Keeps the name of an account whose item could not be erased, until it can.
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

    /// The accounts that are over, and whose items may still be in the keyring.
    pub(crate) fn over(&self) -> Vec<KnownAccount> {
        self.load().known().filter(|known| known.over).collect()
    }

    /// The names of the keyring items that wait for revocation.
    pub(crate) fn pending_revocations(&self) -> Vec<String> {
        self.load().pending_revocations.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Remembers a keyring item that waits for revocation.
    pub(crate) fn add_pending_revocation(&self, item: &str) -> Result<(), Error> {
        self.change(|content| content.pending_revocations.push(Value::from(item)))
    }

    /// Forgets a keyring item that waited for revocation.
    pub(crate) fn remove_pending_revocation(&self, item: &str) -> Result<(), Error> {
        self.change(|content| {
            content.pending_revocations.retain(|known| known != item);
            content.erase_only.retain(|known| known != item);
        })
    }

    /// Whether an item that waits is erased without being sent.
    pub(crate) fn is_erase_only(&self, item: &str) -> bool {
        self.load().erase_only.iter().any(|known| known == item)
    }

    /// These items are never sent any more: sent already, or older than a session that they would end.
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

    /// # Errors
    /// The file exists and cannot be read. What can be read and is no list of accounts is set aside.
    fn read(&self) -> io::Result<Content> {
        let bytes = files::read(&self.path).inspect_err(|error| {
            tracing::warn!(file = %self.path.display(), %error, "cannot be read");
        })?;
        let Some(bytes) = bytes else { return Ok(Content::default()) };
        let content = files::text(&bytes).and_then(|text| serde_json::from_str(&text).ok());
        Ok(content.unwrap_or_else(|| {
            tracing::warn!(file = %self.path.display(), "unreadable; set aside");
            files::set_aside(&self.path);
            Content::default()
        }))
    }

    /// Reads, edits and writes; nobody else writes in between, in this process or another.
    fn change(&self, edit: impl FnOnce(&mut Content)) -> Result<(), Error> {
        let failure = |error: io::Error| {
            tracing::error!(file = %self.path.display(), %error, "cannot be changed");
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
        // Two windows' worth of accounts: what keeps them apart is the lock between processes.
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
