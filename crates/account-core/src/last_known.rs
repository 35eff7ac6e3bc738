//! The last known view of an account at rest: one file an account, XChaCha20-Poly1305, the key in the keyring
//! (REQUIREMENTS §6.10, §6.20).
//!
//! Without a keyring there is no key, hence no file. A file that does not open with the key, or belongs to
//! another account, is removed and never an error: the server is asked anyway.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use account_api::account::AccountView;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::files;
use crate::identity::Identity;
use crate::randomness::Randomness;

/// Marks the format; part of what is authenticated.
const MAGIC: &[u8; 8] = b"LATCHKV1";
const NONCE: usize = 24;

/// The key of one account's file.
pub(crate) type ViewKey = Zeroizing<[u8; 32]>;

/// A view and when it was true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KnownView {
    /// Milliseconds since the epoch.
    pub(crate) at: u64,
    /// The account as the server answered.
    pub(crate) view: AccountView,
}

/// The folder of last known views.
#[derive(Debug)]
pub(crate) struct LastKnownViews {
    folder: PathBuf,
    /// Held while a file is written or removed.
    turn: Mutex<()>,
}

impl LastKnownViews {
    /// The folder `views` of this data folder.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("views"), turn: Mutex::default() }
    }

    /// Encrypts and keeps a view, instead of a former one, unless `wanted` says at the last moment that the session
    /// is over: a file removed stays removed.
    pub(crate) fn save(
        &self,
        identity: &Identity,
        key: &ViewKey,
        randomness: &dyn Randomness,
        known: &KnownView,
        wanted: impl FnOnce() -> bool,
    ) -> Result<(), Error> {
        let plain = Zeroizing::new(serde_json::to_vec(known).map_err(|_| Error::StorageFailed)?);
        let mut nonce = [0_u8; NONCE];
        randomness.fill(&mut nonce)?;
        let bound = associated(identity);
        let sealed = XChaCha20Poly1305::new(Key::from_slice(key.as_slice()))
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &plain, aad: &bound })
            .map_err(|_| Error::StorageFailed)?;
        let file = [MAGIC.as_slice(), &nonce, &sealed].concat();
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if !wanted() {
            return Ok(());
        }
        files::write(&self.path(identity), &file).map_err(|error| {
            tracing::warn!(%error, "the last known view cannot be written");
            Error::StorageFailed
        })
    }

    /// Opens a view; a file that does not open is removed.
    pub(crate) fn load(&self, identity: &Identity, key: &ViewKey) -> Option<KnownView> {
        let path = self.path(identity);
        let file = match files::read(&path) {
            Ok(file) => file?,
            Err(error) => {
                tracing::warn!(%error, "the last known view cannot be read");
                self.erase(identity);
                return None;
            }
        };
        let known = open(&file, identity, key).filter(|known| known.view.user_id == identity.sub);
        if known.is_none() {
            tracing::warn!("the last known view does not open; removed");
            self.erase(identity);
        }
        known
    }

    /// Removes a view.
    pub(crate) fn erase(&self, identity: &Identity) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = files::remove(&self.path(identity)) {
            tracing::error!(%error, "the last known view cannot be removed");
        }
    }

    fn path(&self, identity: &Identity) -> PathBuf {
        self.folder.join(identity.digest())
    }
}

fn open(file: &[u8], identity: &Identity, key: &ViewKey) -> Option<KnownView> {
    let rest = file.strip_prefix(MAGIC.as_slice())?;
    let (nonce, sealed) = rest.split_at_checked(NONCE)?;
    let bound = associated(identity);
    let plain = XChaCha20Poly1305::new(Key::from_slice(key.as_slice()))
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: &bound })
        .ok()?;
    serde_json::from_slice(&Zeroizing::new(plain)).ok()
}

/// Binds a file to its format and its account.
fn associated(identity: &Identity) -> Vec<u8> {
    [MAGIC.as_slice(), identity.digest().as_bytes()].concat()
}
