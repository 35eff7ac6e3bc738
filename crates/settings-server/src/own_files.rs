//! Files that only this server may use: its SQLite files, keys and secrets.
//!
//! *Files that the server creates* (database, `-wal`, `-shm`, `-journal`, key) are opened without following a symbolic
//! link; owner and mode are read from the open descriptor, and the rights of other users are removed there, so that
//! the file cannot be replaced in between. They must be regular files of this process's user or of root. Their folder
//! must belong to one of these, too, and others may not write in it, sticky or not: SQLite opens the files by name and
//! uses what it finds next to them, so a user who can create a file there can give it a `-journal` to replay. A folder
//! that a group may write in is accepted if this process is in that group (user-private groups, `fsGroup` in
//! Kubernetes), with a warning.
//!
//! *Files that the operator mounts* (client secret, mail password, keys, the database's URL) are read only. They may
//! be links: Kubernetes swaps a secret by one (`..data`), and their folder is a sticky one that everyone may write in.
//! The target must be a regular file that is neither world-readable nor world-writable; its group may read and write
//! it.
//!
//! On systems without Unix permissions only links and missing files are detected.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The byte order mark that an editor may write before a text in UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// The largest secret or key.
const LARGEST_SECRET: u64 = 64 * 1024;

/// Why a file or folder is not used, as in `/var/lib/latchkey.db: a symbolic link (name the file itself)`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileFault {
    path: PathBuf,
    /// What is wrong; follows the name in a sentence.
    what: String,
    /// What the operator should do.
    fix: String,
}

impl fmt::Display for FileFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ({})", self.path.display(), self.what, self.fix)
    }
}

impl FileFault {
    fn new(path: &Path, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { path: path.to_owned(), what: what.into(), fix: fix.into() }
    }

    fn of(path: &Path, error: &std::io::Error) -> Self {
        let fix = match error.kind() {
            ErrorKind::NotFound => "create it, or name another",
            ErrorKind::PermissionDenied => "give it to the user that the server runs as",
            _ => "make sure that the server's user can read and write it",
        };
        Self::new(path, format!("cannot be used: {}", error.kind()), fix)
    }
}

/// Checks the folder of files that the server creates.
///
/// # Errors
/// [`FileFault`] when it is missing, belongs to another user, or is writable for others.
pub(crate) fn check_folder(folder: &Path) -> Result<(), FileFault> {
    let metadata = std::fs::metadata(folder).map_err(|error| FileFault::of(folder, &error))?;
    if !metadata.is_dir() {
        return Err(FileFault::new(folder, "not a folder", "name a file in a folder"));
    }
    rights::check_folder(folder, &metadata)
}

/// Creates a file for this process's user alone. Returns `None` when it exists already.
///
/// # Errors
/// [`FileFault`] when it cannot be created.
pub(crate) fn create(path: &Path) -> Result<Option<File>, FileFault> {
    // Exclusive: a link counts as existing, even one whose target is missing (POSIX `O_EXCL`).
    match rights::private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(FileFault::of(path, &error)),
    }
}

/// Opens a file that the server created, for reading, and removes all rights of others. Returns `None` when it does
/// not exist.
///
/// # Errors
/// [`FileFault`] when it is a link or no regular file, belongs to another user, or is open to others and cannot be
/// closed by us.
pub(crate) fn open(path: &Path) -> Result<Option<File>, FileFault> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => return Err(is_a_link(path)),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FileFault::of(path, &error)),
    }
    // The path may have been replaced meanwhile: only what the descriptor says counts.
    let file = match rights::private(OpenOptions::new().read(true)).open(path) {
        Ok(file) => file,
        Err(error) if rights::is_link(&error) => return Err(is_a_link(path)),
        Err(error) => return Err(FileFault::of(path, &error)),
    };
    let metadata = file.metadata().map_err(|error| FileFault::of(path, &error))?;
    if !metadata.is_file() {
        return Err(FileFault::new(path, "not a regular file", "name another"));
    }
    rights::make_private(path, &file, &metadata)?;
    Ok(Some(file))
}

fn is_a_link(path: &Path) -> FileFault {
    FileFault::new(path, "a symbolic link", "name the file that it leads to")
}

/// Reads a file that the operator mounts and that holds a secret.
///
/// # Errors
/// A sentence for the operator about the setting that names the file. Never a part of the file.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let wrong = |what: &str| format!("names a file that {what}: {}", path.display());
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => wrong("does not exist"),
        ErrorKind::PermissionDenied => wrong("this process may not read"),
        _ => wrong("cannot be read as text"),
    };
    let file = rights::without_waiting(OpenOptions::new().read(true)).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(wrong("is not a regular file"));
    }
    if rights::is_open_to_everybody(&metadata) {
        return Err(format!(
            "{} (chmod o-rwx {}; in Kubernetes, defaultMode 0440 and fsGroup)",
            wrong("every user of this machine may read or write"),
            path.display()
        ));
    }
    let mut text = Zeroizing::new(String::new());
    let read = file.take(LARGEST_SECRET + 1).read_to_string(&mut text).map_err(unreadable)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > LARGEST_SECRET {
        return Err(wrong("is too large for a secret"));
    }
    // The byte order mark is not part of the secret.
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len_utf8());
    }
    Ok(text)
}

/// Returns the text of a file that [`open`] opened.
///
/// # Errors
/// A sentence for the operator when it cannot be read as text.
pub(crate) fn read(path: &Path, file: File) -> Result<Zeroizing<String>, FileFault> {
    let mut text = Zeroizing::new(String::new());
    match file.take(LARGEST_SECRET).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(FileFault::of(path, &error)),
    }
}

#[cfg(unix)]
mod rights {
    use std::fs::{File, Metadata, OpenOptions, Permissions};
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use nix::fcntl::OFlag;
    use nix::libc::ELOOP;
    use nix::unistd::{Gid, Uid};

    use super::FileFault;

    const OF_OTHERS: u32 = 0o077;
    const WRITTEN_BY_GROUP: u32 = 0o020;
    const WRITTEN_BY_OTHERS: u32 = 0o002;
    const OF_EVERYBODY: u32 = 0o007;

    /// Options that follow no link, do not wait for the writer of a pipe, and create files for their owner alone.
    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        options.mode(0o600).custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
    }

    pub(super) fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
        options.custom_flags(OFlag::O_NONBLOCK.bits())
    }

    pub(super) fn is_link(error: &std::io::Error) -> bool {
        error.raw_os_error() == Some(ELOOP)
    }

    pub(super) fn is_open_to_everybody(metadata: &Metadata) -> bool {
        metadata.mode() & OF_EVERYBODY != 0
    }

    fn belongs(path: &Path, metadata: &Metadata) -> Result<(), FileFault> {
        let own = Uid::effective().as_raw();
        if metadata.uid() == own || metadata.uid() == 0 {
            return Ok(());
        }
        let (what, fix) = (
            format!("belongs to another user ({})", metadata.uid()),
            format!("chown {own} {}, or run the server as that user", path.display()),
        );
        Err(FileFault::new(path, what, fix))
    }

    pub(super) fn check_folder(folder: &Path, metadata: &Metadata) -> Result<(), FileFault> {
        belongs(folder, metadata)?;
        let mode = metadata.mode();
        let own_folder = "keep the database in a folder of its own with mode 0700";
        if mode & WRITTEN_BY_OTHERS != 0 {
            let what = "a folder in which every user of this machine may write";
            return Err(FileFault::new(
                folder,
                what,
                format!("chmod o-w {}, or {own_folder}", folder.display()),
            ));
        }
        if mode & WRITTEN_BY_GROUP != 0 {
            if !is_in(Gid::from_raw(metadata.gid())) {
                let what = format!("a folder in which a foreign group ({}) may write", metadata.gid());
                let fix = format!("chmod g-w {}, or {own_folder}", folder.display());
                return Err(FileFault::new(folder, what, fix));
            }
            tracing::warn!(
                "{}: its group ({}) may write in the folder of the database (chmod g-w it if other users are in that group)",
                folder.display(),
                metadata.gid()
            );
        }
        Ok(())
    }

    /// Whether this process is in a group.
    fn is_in(group: Gid) -> bool {
        group == Gid::effective() || further_groups().contains(&group)
    }

    #[cfg(not(target_vendor = "apple"))]
    fn further_groups() -> Vec<Gid> {
        nix::unistd::getgroups().unwrap_or_default()
    }

    /// macOS does not return the whole list here.
    #[cfg(target_vendor = "apple")]
    fn further_groups() -> Vec<Gid> {
        Vec::new()
    }

    pub(super) fn make_private(path: &Path, file: &File, metadata: &Metadata) -> Result<(), FileFault> {
        belongs(path, metadata)?;
        if metadata.mode() & OF_OTHERS == 0 {
            return Ok(());
        }
        if file.set_permissions(Permissions::from_mode(0o600)).is_err() {
            let fix = format!("chmod 600 {}, and give it to the server's user", path.display());
            return Err(FileFault::new(path, "open to other users of this machine", fix));
        }
        tracing::warn!(
            "{}: was open to other users of this machine, and is now private (check who could read it)",
            path.display()
        );
        Ok(())
    }
}

#[cfg(not(unix))]
mod rights {
    use std::fs::{File, Metadata, OpenOptions};
    use std::path::Path;

    use super::FileFault;

    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) fn is_link(_: &std::io::Error) -> bool {
        false
    }

    pub(super) fn is_open_to_everybody(_: &Metadata) -> bool {
        false
    }

    pub(super) fn check_folder(_: &Path, _: &Metadata) -> Result<(), FileFault> {
        Ok(())
    }

    pub(super) fn make_private(_: &Path, _: &File, _: &Metadata) -> Result<(), FileFault> {
        Ok(())
    }
}
