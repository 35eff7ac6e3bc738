//! Files at rest that only a key in the keyring opens: one per account, XChaCha20-Poly1305.
//!
//! Without a keyring there is no key, hence no file.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::files;
use crate::identity::Identity;
use crate::randomness::Randomness;

const NONCE: usize = 24;

/// The key of one account's files. It is in the session's keyring item and does not change while the session lasts.
pub(crate) type FileKey = Zeroizing<[u8; 32]>;

/// A folder of sealed files of one kind.
#[derive(Debug)]
pub(crate) struct SealedFiles {
    folder: PathBuf,
    /// Identifies kind and format; authenticated with the content.
    magic: &'static [u8; 8],
    /// Held while a file is written or removed.
    turn: Mutex<()>,
}

impl SealedFiles {
    /// Returns the files of this folder.
    pub(crate) fn new(folder: PathBuf, magic: &'static [u8; 8]) -> Self {
        Self { folder, magic, turn: Mutex::default() }
    }

    /// Encrypts and saves a content in place of the former one. `wanted` is called last, under the lock; where it
    /// returns false, the session is over and nothing is written: a removed file stays removed.
    ///
    /// # Errors
    /// `StorageFailed`, `Internal` without randomness.
    pub(crate) fn save(
        &self,
        identity: &Identity,
        key: &FileKey,
        randomness: &dyn Randomness,
        content: &[u8],
        wanted: impl FnOnce() -> bool,
    ) -> Result<(), Error> {
        let mut nonce = [0_u8; NONCE];
        randomness.fill(&mut nonce)?;
        let bound = self.associated(identity);
        let sealed = XChaCha20Poly1305::new(Key::from_slice(key.as_slice()))
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: content, aad: &bound })
            .map_err(|_| Error::StorageFailed)?;
        let file = [self.magic.as_slice(), &nonce, &sealed].concat();
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if !wanted() {
            return Ok(());
        }
        let path = self.path(identity);
        files::write(&path, &file).map_err(|error| {
            tracing::warn!(file = %path.display(), %error, "sealed file: cannot be written (check the permissions of the folder and the free space)");
            Error::StorageFailed
        })
    }

    /// Returns the content of a file. A file that does not open with the key, or is another account's, is removed.
    pub(crate) fn load(&self, identity: &Identity, key: &FileKey) -> Option<Zeroizing<Vec<u8>>> {
        let path = self.path(identity);
        let file = match files::read(&path) {
            Ok(file) => file?,
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "sealed file: cannot be read");
                self.erase(identity);
                return None;
            }
        };
        let content = self.open(&file, identity, key);
        if content.is_none() {
            tracing::warn!(file = %path.display(), "sealed file: cannot be decrypted, removed");
            self.erase(identity);
        }
        content
    }

    /// Removes a file.
    pub(crate) fn erase(&self, identity: &Identity) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(identity);
        if let Err(error) = files::remove(&path) {
            tracing::error!(file = %path.display(), %error, "sealed file: cannot be removed");
        }
    }

    fn path(&self, identity: &Identity) -> PathBuf {
        Path::new(&self.folder).join(identity.digest())
    }

    fn open(&self, file: &[u8], identity: &Identity, key: &FileKey) -> Option<Zeroizing<Vec<u8>>> {
        let rest = file.strip_prefix(self.magic.as_slice())?;
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        let bound = self.associated(identity);
        let plain = XChaCha20Poly1305::new(Key::from_slice(key.as_slice()))
            .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: &bound })
            .ok()?;
        Some(Zeroizing::new(plain))
    }

    /// Returns the associated data, which binds a file to its kind and its account.
    fn associated(&self, identity: &Identity) -> Vec<u8> {
        [self.magic.as_slice(), identity.digest().as_bytes()].concat()
    }
}
