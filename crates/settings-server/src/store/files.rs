//! The files of a store in SQLite: made for this process's user alone (B39), before anything is written to them.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::StoreStartError;
use crate::config::EncryptionKey;

/// Makes the database's file unless it is there, and takes it away from everybody else.
pub(super) fn prepare_database(file: &Path) -> Result<(), StoreStartError> {
    let unusable = |error: std::io::Error| StoreStartError::File { reason: error.kind().to_string() };
    match private(OpenOptions::new().write(true).create_new(true)).open(file) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => make_private(file).map_err(unusable)?,
        Err(error) => return Err(unusable(error)),
    }
    // SQLite gives these the mode of the database; older ones may have another.
    for end in ["-wal", "-shm"] {
        match make_private(&beside(file, end)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(unusable(error)),
            _ => {}
        }
    }
    Ok(())
}

/// The key beside the database. When there is none it is made, but only for a database that none was used with.
pub(super) fn key_beside(database: &Path, is_new: bool) -> Result<EncryptionKey, StoreStartError> {
    let unusable = |reason: String| StoreStartError::KeyFile { reason };
    let file = beside(database, ".key");
    match fs::read_to_string(&file).map(Zeroizing::new) {
        Ok(text) => {
            make_private(&file).map_err(|error| unusable(error.kind().to_string()))?;
            EncryptionKey::parse(&text).map_err(|reason| unusable(reason.to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && !is_new => Err(StoreStartError::KeyMissing),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = EncryptionKey::random().map_err(|_| unusable("no random numbers".to_owned()))?;
            write_key(&file, &key).map_err(|error| unusable(error.kind().to_string()))?;
            tracing::info!(
                "made an encryption key beside the database: keep a copy apart from the database's"
            );
            Ok(key)
        }
        Err(error) => Err(unusable(error.kind().to_string())),
    }
}

fn write_key(file: &Path, key: &EncryptionKey) -> std::io::Result<()> {
    let mut made = private(OpenOptions::new().write(true).create_new(true)).open(file)?;
    made.write_all(key.to_text().as_bytes())?;
    made.sync_all()
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Takes every right from group and others, and says so.
#[cfg(unix)]
fn make_private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(file)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
        tracing::warn!(file = %file.display(), "was open to others of this machine; it is not any more");
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(file: &Path) -> std::io::Result<()> {
    fs::metadata(file).map(|_| ())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::sync::Arc;

    use super::super::tests::FakeClock;
    use super::super::{Store, StoreStartError};
    use crate::config::{self, DatabaseLocation};

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    async fn open(file: &Path) -> Result<Store, StoreStartError> {
        let database = DatabaseLocation::File(file.to_owned());
        let config = config::Store { database, encryption_keys: Vec::new() };
        Store::open(&config, Arc::new(FakeClock::new())).await
    }

    #[tokio::test]
    async fn b39_the_files_of_the_store_are_this_users_alone_and_the_key_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("latchkey.db");
        let store = open(&file).await.unwrap();
        let sealed = store.sealer.seal(b"x", "y").unwrap();
        let key = folder.path().join("latchkey.db.key");
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        drop(store);
        for path in [&file, &key] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        let store = open(&file).await.unwrap();
        assert_eq!((mode(&file), mode(&key)), (0o600, 0o600), "taken back");
        assert!(store.sealer.open(&sealed, "y").is_some());
        drop(store);

        fs::remove_file(&key).unwrap();
        assert!(matches!(open(&file).await, Err(StoreStartError::KeyMissing)), "a lost key is not replaced");
        assert!(!key.exists());
        fs::write(&key, "no key!").unwrap();
        let error = open(&file).await.map(|_| ()).unwrap_err().to_string();
        assert!(error.ends_with("cannot be used: is not base64"), "{error}");
    }

    #[tokio::test]
    async fn a_database_of_a_newer_server_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("latchkey.db");
        let store = open(&file).await.unwrap();
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                   VALUES (9999, 'newer', 1, x'00', 0)";
        store.database.execute(super::super::Statement::new(sql, [])).await.unwrap();
        drop(store);
        let error = open(&file).await.map(|_| ()).unwrap_err().to_string();
        assert!(error.ends_with("step 9999 is unknown to this version of the server"), "{error}");
        fs::write(&file, "this is no database, but it is long enough to be looked at").unwrap();
        assert!(open(&file).await.is_err());
        assert!(open(&folder.path().join("nowhere/latchkey.db")).await.is_err());
    }
}
