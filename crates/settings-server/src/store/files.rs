//! The files of a store in SQLite: created for this process's user alone (B39), before anything is written to them.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::StoreStartError;
use crate::config::EncryptionKey;
use crate::own_files::{self, FileFault};

/// What SQLite keeps next to a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Creates the database's file unless it exists, and removes the rights of all other users. To be called before SQLite
/// opens it: closing a file also releases this process's locks on it (POSIX).
pub(super) fn prepare_database(file: &Path) -> Result<(), StoreStartError> {
    let unusable = |fault: FileFault| StoreStartError::File { reason: fault.to_string() };
    own_files::check_folder(folder_of(file)).map_err(unusable)?;
    if own_files::create(file).map_err(unusable)?.is_none() {
        own_files::open(file).map_err(unusable)?;
    }
    // SQLite gives these the mode of the database; older ones may have another.
    for end in COMPANIONS {
        own_files::open(&companion(file, end)).map_err(unusable)?;
    }
    Ok(())
}

/// Returns the key next to the database. If it does not exist it is created, but only for a database that no key was
/// used with.
pub(super) fn key_next_to(database: &Path, is_new: bool) -> Result<EncryptionKey, StoreStartError> {
    let unusable = |reason: String| StoreStartError::KeyFile { reason };
    let fault = |fault: FileFault| unusable(fault.to_string());
    let file = companion(database, ".key");
    if let Some(opened) = own_files::open(&file).map_err(fault)? {
        let text = own_files::read(&file, opened).map_err(fault)?;
        return EncryptionKey::parse(&text).map_err(|reason| unusable(reason.to_owned()));
    }
    if !is_new {
        return Err(StoreStartError::KeyMissing);
    }
    let key = EncryptionKey::random().map_err(|_| unusable("no random numbers".to_owned()))?;
    let made = own_files::create(&file).map_err(fault)?;
    let mut made = made.ok_or_else(|| unusable("another server has just created it".to_owned()))?;
    let written = made.write_all(key.to_text().as_bytes()).and_then(|()| made.sync_all());
    written.map_err(|error| unusable(error.kind().to_string()))?;
    tracing::info!(
        "store: an encryption key was created next to the database (keep a copy apart from the database's)"
    );
    Ok(key)
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn companion(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
