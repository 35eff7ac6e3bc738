//! A lock between processes: a file lock that the operating system releases when its holder ends, however it ends.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use crate::error::Error;

const PATIENCE: Duration = Duration::from_secs(60);

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    _file: File,
}

/// Locks this file, blocking the thread. For locks that are held briefly.
///
/// # Errors
/// The error of the operating system.
pub(crate) fn lock_briefly(path: &Path) -> std::io::Result<ProcessLock> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
    file.lock()?;
    Ok(ProcessLock { _file: file })
}

/// Locks this file, waiting at most a minute.
///
/// # Errors
/// [`Error::StorageFailed`] when the file cannot be created or another process holds it for too long.
pub(crate) async fn lock(path: &Path) -> Result<ProcessLock, Error> {
    let path = path.to_owned();
    let waiting = tokio::task::spawn_blocking(move || lock_briefly(&path));
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(Ok(Ok(lock))) => Ok(lock),
        Ok(Ok(Err(error))) => {
            tracing::error!(%error, "lock file: cannot be created (check the permissions of the folder)");
            Err(Error::StorageFailed)
        }
        Ok(Err(_)) | Err(_) => {
            tracing::error!(seconds = PATIENCE.as_secs(), "lock file: held by another process for too long");
            Err(Error::StorageFailed)
        }
    }
}
