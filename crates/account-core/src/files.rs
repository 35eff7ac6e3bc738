//! Small private files: read with a size limit, written atomically.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The most symbolic links in a row that are followed, as on Linux (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// Counts the files written, so that two writers of this process never share a temporary file.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Reads a whole file. Returns `None` when it does not exist.
///
/// # Errors
/// The error of the operating system; `InvalidData` for a file of more than 1 MiB.
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

/// Decodes a text file that another program may have written, without its byte order mark. UTF-16 is decoded where
/// the mark says so, because Windows tools write it. Returns `None` for any other encoding than UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| unit(*pair));
        char::decode_utf16(units).collect::<Result<String, _>>().ok().filter(|_| rest.is_empty())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => String::from_utf8(text.to_vec()).ok(),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        text => String::from_utf8(text.to_vec()).ok(),
    }
}

/// Writes a whole file to a temporary one next to it, flushes that to disk and moves it into place: after a crash
/// there is the old content or the new one. On Unix only the owner may read it. A symbolic link is kept: its target
/// is written.
///
/// # Errors
/// The error of the operating system.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &followed(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let temporary = sibling(path, &format!("new-{}-{number}", std::process::id()));
    let result = write_and_move(&temporary, path, bytes);
    if result.is_err() {
        drop(fs::remove_file(&temporary));
    }
    result
}

/// Follows symbolic links, also to a file that does not exist yet.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        // Relative to the folder of the link; an absolute target replaces it.
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}

fn write_and_move(temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(temporary, path)
}

/// Removes a file. Succeeds when it does not exist.
///
/// # Errors
/// The error of the operating system.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Moves an unreadable file to `<name>.bad`, so that a user can inspect it and the app can continue.
pub(crate) fn set_aside(path: &Path) {
    if let Err(error) = fs::rename(path, sibling(path, "bad")) {
        tracing::warn!(file = %path.display(), %error, "unreadable file: cannot be moved to .bad");
    }
}

fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}
