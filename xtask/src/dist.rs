//! The release build of the app: the page, then the binary with the `dist` profile, and its size.

use std::fs;
use std::path::{Path, PathBuf};

use crate::environment::Checkout;
use crate::output;
use crate::{Outcome, setup, target_dir};

/// The largest binary that may ship.
pub(crate) const LARGEST_BYTES: u64 = 12_000_000;

/// Builds, prints the size, and fails when it is too large. Returns the binary.
pub(crate) fn run(checkout: &Checkout) -> Outcome<PathBuf> {
    let folder = target_dir::take(checkout)?;
    setup::run_all(checkout)?;
    let binary = build(checkout)?;
    drop(folder);
    let bytes = size(&binary)?;
    println!("{}: {:.2} MB (at most 12 MB)", binary.display(), megabytes(bytes));
    if bytes > LARGEST_BYTES {
        return Err("dist: the binary is too large".to_owned());
    }
    Ok(binary)
}

/// Builds the page and the binary; the caller holds the target folder.
pub(crate) fn build(checkout: &Checkout) -> Outcome<PathBuf> {
    build_page(checkout)?;
    output::with_heartbeat("dist", || {
        output::run(&mut checkout.cargo(&[
            "build",
            "--profile",
            "dist",
            "--package",
            "latchkey",
            "--bin",
            "latchkey",
        ]))
    })?;
    Ok(checkout.binary("dist", "latchkey"))
}

/// Runs `npm run build`: the page that cargo embeds.
pub(crate) fn build_page(checkout: &Checkout) -> Outcome {
    output::run(&mut checkout.in_page("npm", &["run", "--silent", "build"]))
}

/// Returns a file's size in bytes.
pub(crate) fn size(path: &Path) -> Outcome<u64> {
    fs::metadata(path).map(|data| data.len()).map_err(|error| format!("{}: {error}", path.display()))
}

/// Converts bytes to megabytes, for display.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0
}
