//! Small private files: read with a bound, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Counts the files written, so that two writers of this process never share one beside its place.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Reads a whole file; `None` when there is none.
///
/// # Errors
/// What the system says; a file of more than 1 MiB is an error of kind `InvalidData`.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is too large"));
    }
    Ok(Some(bytes))
}

/// Writes a whole file beside its place, flushes it to the disk and moves it there: after a crash there is the
/// old content or the new one. Only the owner may read it (on Unix).
///
/// # Errors
/// What the system says.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let beside = beside(path, &format!("new-{}-{number}", std::process::id()));
    let result = write_and_move(&beside, path, bytes);
    if result.is_err() {
        drop(fs::remove_file(&beside));
    }
    result
}

fn write_and_move(beside: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)
}

/// Removes a file; one that does not exist is removed already.
///
/// # Errors
/// What the system says.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Moves an unreadable file to `<name>.bad`, so that a person can look at it and the app can go on.
pub(crate) fn set_aside(path: &Path) {
    if let Err(error) = fs::rename(path, beside(path, "bad")) {
        tracing::warn!(file = %path.display(), %error, "cannot set an unreadable file aside");
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}
