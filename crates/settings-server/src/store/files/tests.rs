//! What may be at the paths of the server's own files. As root, other users' files are tested, too.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::tests::FakeClock;
use super::super::{Statement, Store, StoreStartError};
use super::companion;
use crate::config::{self, DatabaseLocation};

/// Another user: `nobody` and `nogroup`.
const OTHER: u32 = 65_534;

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
}

/// Creates a folder of ours. Returns it and the database in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latchkey.db");
    (folder, file)
}

async fn open(file: &Path) -> Result<Store, StoreStartError> {
    let database = DatabaseLocation::File(file.to_owned());
    let config = config::Store { database, encryption_keys: Vec::new() };
    Store::open(&config, Arc::new(FakeClock::new())).await
}

async fn refused(file: &Path) -> String {
    open(file).await.map(|_| ()).unwrap_err().to_string()
}

/// Gives a file to another user, where tests run as root.
fn give_away(path: &Path, user: Option<u32>, group: Option<u32>) -> bool {
    nix::unistd::Uid::effective().is_root() && chown(path, user, group).is_ok()
}

#[tokio::test]
async fn b39_store_files_are_private_and_the_key_is_kept() {
    let (folder, file) = place();
    let store = open(&file).await.unwrap();
    let sealed = store.sealer.seal(b"x", "y").unwrap();
    let key = companion(&file, ".key");
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(store);
    for path in [&file, &key] {
        set_mode(path, 0o644);
    }
    let store = open(&file).await.unwrap();
    assert_eq!((mode(&file), mode(&key)), (0o600, 0o600), "taken back");
    assert!(store.sealer.open(&sealed, "y").is_some());
    drop(store);

    fs::remove_file(&key).unwrap();
    assert!(matches!(open(&file).await, Err(StoreStartError::KeyMissing)), "a lost key is not replaced");
    assert!(!key.exists());
    fs::write(&key, "no key!").unwrap();
    let error = refused(&file).await;
    assert!(error.ends_with("cannot be used: not base64"), "{error}");
}

#[tokio::test]
async fn a_database_of_a_newer_server_is_left_alone() {
    let (folder, file) = place();
    let store = open(&file).await.unwrap();
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
               VALUES (9999, 'newer', 1, x'00', 0)";
    store.database.execute(Statement::new(sql, [])).await.unwrap();
    drop(store);
    let error = refused(&file).await;
    assert!(error.ends_with("step 9999 is unknown to this version of the server"), "{error}");
    fs::write(&file, "this is no database, but it is long enough to be looked at").unwrap();
    assert!(open(&file).await.is_err());
    let error = refused(&folder.path().join("nowhere/latchkey.db")).await;
    assert!(
        error.ends_with("nowhere: cannot be used: entity not found (create it, or name another)"),
        "{error}"
    );
}

#[tokio::test]
async fn b39_no_file_of_the_store_may_be_a_link() {
    for end in ["", "-wal", "-shm", "-journal", ".key"] {
        let (folder, file) = place();
        drop(open(&file).await.unwrap());
        let victim = folder.path().join("victim");
        fs::write(&victim, "canary").unwrap();
        set_mode(&victim, 0o644);
        let link = companion(&file, end);
        let _ = fs::remove_file(&link);
        symlink(&victim, &link).unwrap();
        let error = refused(&file).await;
        let wanted = format!("{}: a symbolic link (name the file that it leads to)", link.display());
        assert!(error.ends_with(&wanted), "{error}");
        assert_eq!((mode(&victim), fs::read_to_string(&victim).unwrap().as_str()), (0o644, "canary"));

        // A link without a target creates nothing at its target.
        fs::remove_file(&victim).unwrap();
        assert!(refused(&file).await.ends_with(&wanted));
        assert!(!victim.exists());
    }
}

#[tokio::test]
async fn b39_a_folder_above_may_be_a_link() {
    let (folder, _) = place();
    fs::create_dir(folder.path().join("data")).unwrap();
    symlink("data", folder.path().join("state")).unwrap();
    open(&folder.path().join("state/latchkey.db")).await.unwrap();
}

#[tokio::test]
async fn b39_what_is_no_regular_file_is_refused() {
    for end in ["", "-wal", ".key"] {
        let (_folder, file) = place();
        drop(open(&file).await.unwrap());
        let path = companion(&file, end);
        let _ = fs::remove_file(&path);
        // No process writes into it: a reader that waited would wait without end.
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let error = refused(&file).await;
        assert!(
            error.ends_with(&format!("{}: not a regular file (name another)", path.display())),
            "{error}"
        );
    }
}

#[tokio::test]
async fn b39_files_of_another_user_are_refused() {
    for end in ["", "-wal", "-shm", "-journal", ".key"] {
        let (_folder, file) = place();
        drop(open(&file).await.unwrap());
        let path = companion(&file, end);
        if !path.exists() {
            fs::write(&path, "").unwrap();
        }
        if !give_away(&path, Some(OTHER), None) {
            return;
        }
        let error = refused(&file).await;
        let wanted = format!(
            "{path}: belongs to another user (65534) (chown 0 {path}, or run the server as that user)",
            path = path.display()
        );
        assert!(error.ends_with(&wanted), "{error}");
    }
}

#[tokio::test]
async fn b39_a_folder_in_which_others_may_write_is_refused() {
    let (folder, file) = place();
    for (mode, admitted) in [
        (0o700, true),
        (0o750, true),
        (0o755, true),
        (0o777, false),
        (0o1777, false),
        (0o707, false),
        // Of our own group.
        (0o770, true),
        (0o2775, true),
    ] {
        set_mode(folder.path(), mode);
        let opened = open(&file).await.map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(opened.is_ok(), admitted, "{mode:o}: {opened:?}");
        if let Err(error) = opened {
            let folder = folder.path().display();
            let wanted = format!(
                "store.url: {folder}: a folder in which every user of this machine may write (chmod o-w {folder}, or keep \
                 the database in a folder of its own with mode 0700)"
            );
            assert_eq!(error, wanted);
        }
    }
}

#[tokio::test]
async fn b39_a_folder_of_another_user_or_group_is_refused() {
    let (folder, file) = place();
    set_mode(folder.path(), 0o770);
    if !give_away(folder.path(), None, Some(OTHER)) {
        return;
    }
    let error = refused(&file).await;
    assert!(error.contains(": a folder in which a foreign group (65534) may write (chmod g-w "), "{error}");
    set_mode(folder.path(), 0o750);
    open(&file).await.unwrap();

    assert!(give_away(folder.path(), Some(OTHER), None));
    let error = refused(&file).await;
    assert!(error.contains(": belongs to another user (65534) (chown 0 "), "{error}");
}
