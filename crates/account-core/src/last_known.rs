//! The last known view of an account at rest (decision 10).
//!
//! A file that cannot be opened, or belongs to another account, is removed and never an error: the server is
//! requested anyway.

use std::path::Path;

use account_api::account::AccountView;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::identity::Identity;
use crate::randomness::Randomness;
use crate::sealed_files::{FileKey, SealedFiles};

/// A view and when it was current.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KnownView {
    /// Milliseconds since the epoch.
    pub(crate) at: u64,
    /// The account as the server returned it.
    pub(crate) view: AccountView,
}

/// The folder of last known views.
#[derive(Debug)]
pub(crate) struct LastKnownViews(SealedFiles);

impl LastKnownViews {
    /// Returns the folder `views` of this data folder.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self(SealedFiles::new(data_dir.join("views"), b"LATCHKV1"))
    }

    /// Saves a view.
    ///
    /// # Errors
    /// As [`SealedFiles::save`].
    pub(crate) fn save(
        &self,
        identity: &Identity,
        key: &FileKey,
        randomness: &dyn Randomness,
        known: &KnownView,
        wanted: impl FnOnce() -> bool,
    ) -> Result<(), Error> {
        let plain = Zeroizing::new(serde_json::to_vec(known).map_err(|_| Error::StorageFailed)?);
        self.0.save(identity, key, randomness, &plain, wanted)
    }

    /// Opens a view. A file that cannot be opened is removed.
    pub(crate) fn load(&self, identity: &Identity, key: &FileKey) -> Option<KnownView> {
        let plain = self.0.load(identity, key)?;
        let known = serde_json::from_slice(&plain).ok();
        let known = known.filter(|known: &KnownView| known.view.user_id == identity.sub);
        if known.is_none() {
            tracing::warn!("last known view: not of this account, removed");
            self.0.erase(identity);
        }
        known
    }

    /// Removes a view.
    pub(crate) fn erase(&self, identity: &Identity) {
        self.0.erase(identity);
    }
}
