#!/bin/bash
# keyring 4.2.0 (crates.io) with gnome-keyring 42.1 (Debian 12). Needs the packages dbus, gnome-keyring and libsecret-tools.
#
# Expected: an entry is the item with exactly its attributes, `service` and `username`. An item of another program that has
# these two and one more is another item.
#
# Observed: the Secret Service finds every item that has at least the attributes asked for, and the crate takes whatever is
# found. If the other program's item is the only one, it is read, overwritten and erased as one's own; as soon as there are
# two, reading, writing and erasing all fail (Ambiguous).
#
#     read:  theirs
#     after writing, theirs is:  ours
#     after erasing, theirs is:  gone
#     with an item of each, reading:  ambiguous
#
# Exits non-zero when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src home
cat > Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[dependencies]
keyring = "=4.2.0"
[workspace]
TOML
cat > src/main.rs <<'RUST'
use keyring::v1::{Entry, Error};

fn main() {
    let entry = Entry::new("com.example.app", "user").unwrap();
    match std::env::args().nth(1).as_deref() {
        Some("read") => match entry.get_password() {
            Ok(secret) => println!("{secret}"),
            Err(Error::Ambiguous(_)) => println!("ambiguous"),
            Err(error) => println!("{error:?}"),
        },
        Some("write") => entry.set_password("ours").unwrap(),
        _ => entry.delete_credential().unwrap(),
    }
}
RUST
cargo build --quiet
cat > steps <<'STEPS'
set -euo pipefail
printf '\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
store() { printf '%s' "$1" | secret-tool store --label=item service com.example.app username user "${@:2}"; }
theirs() { secret-tool lookup service com.example.app username user application other || printf gone; }
store theirs application other
echo "read:  $(target/debug/probe read)"
target/debug/probe write
echo "after writing, theirs is:  $(theirs)"
target/debug/probe erase
echo "after erasing, theirs is:  $(theirs)"
store ours
store theirs application other
echo "with an item of each, reading:  $(target/debug/probe read)"
STEPS
HOME="$folder/home" XDG_DATA_HOME="$folder/home" XDG_RUNTIME_DIR="$folder/home" \
    dbus-run-session -- bash steps 2>/dev/null | tee seen
diff seen - <<'SEEN'
read:  theirs
after writing, theirs is:  ours
after erasing, theirs is:  gone
with an item of each, reading:  ambiguous
SEEN
