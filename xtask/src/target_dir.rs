//! Locks the target folder and marks its checkout: two checkouts that share it can pass wrongly, because the second
//! runs the first one's binaries.
//!
//! The folder has a marker that names the checkout it last built; when it names another, the workspace's own
//! artefacts are removed (dependencies stay). A lock keeps two runs apart for as long as they live.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use crate::environment::Checkout;
use crate::{Outcome, output};

const MARKER: &str = "latchkey-checkout";
const LOCK: &str = "latchkey-lock";

/// The right to build in the folder. It is released when it is dropped, or with the process.
#[derive(Debug)]
pub(crate) struct TargetFolder {
    _lock: File,
}

/// Locks the folder for this checkout.
pub(crate) fn take(checkout: &Checkout) -> Outcome<TargetFolder> {
    fs::create_dir_all(&checkout.target)
        .map_err(|error| format!("{} cannot be made: {error}", checkout.target.display()))?;
    let lock = File::create(checkout.target.join(LOCK)).map_err(|error| format!("{LOCK}: {error}"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            println!("another run uses {}; waiting for it …", checkout.target.display());
            lock.lock().map_err(|error| format!("{LOCK}: {error}"))?;
        }
        Err(TryLockError::Error(error)) => return Err(format!("{LOCK}: {error}")),
    }
    let marker = checkout.target.join(MARKER);
    let ours = checkout.root.to_string_lossy().into_owned();
    if !is_marked(&marker, &ours) && has_artefacts(&checkout.target) {
        println!("the target folder was last built from another checkout: its workspace artefacts go first");
        output::run(&mut checkout.cargo(&["clean", "--workspace", "--quiet"]))?;
    }
    fs::write(&marker, &ours).map_err(|error| format!("{}: {error}", marker.display()))?;
    Ok(TargetFolder { _lock: lock })
}

fn is_marked(marker: &Path, checkout: &str) -> bool {
    fs::read_to_string(marker).is_ok_and(|text| text.trim() == checkout)
}

fn has_artefacts(target: &Path) -> bool {
    ["debug", "release", "dist"].iter().any(|profile| target.join(profile).is_dir())
}
