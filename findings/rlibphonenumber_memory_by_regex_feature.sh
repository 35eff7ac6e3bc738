#!/bin/bash
# rlibphonenumber 2.2.15 (crates.io), a Rust port of libphonenumber.
#
# Expected: the metadata of libphonenumber is 230 KB. Reading and formatting one number of each of the 240 regions may keep
# some megabytes of compiled patterns, and which of its two pattern libraries is used (the features `regex`, the default,
# and `lite`) is a matter of speed.
#
# Observed: each pattern is compiled at its first use and never dropped. With `regex` the process has more than 150 MB after
# one valid number of each region and kind, with `lite` less than 30 MB. A server that reads what users type can be made to
# compile them all.
#
#     regex: VmRSS 4xx MB   lite: VmRSS 1x MB   (release build, x86_64 Linux; figures vary)
#
# Exits non-zero when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[features]
regex = ["rlibphonenumber/regex"]
lite = ["rlibphonenumber/lite"]
[dependencies]
rlibphonenumber = { version = "=2.2.15", default-features = false, features = ["builtin_metadata", "global_static", "protox"] }
[workspace]
TOML
cat > src/main.rs <<'RUST'
use rlibphonenumber::{PhoneNumberFormat, PHONE_NUMBER_UTIL as UTIL};

fn main() {
    for region in UTIL.get_supported_regions() {
        for kind in UTIL.get_supported_types_for_region(region).unwrap() {
            let Ok(example) = UTIL.get_example_number_for_type_and_region(region, kind) else { continue };
            let text = UTIL.format(&example, PhoneNumberFormat::International).into_owned();
            let number = UTIL.parse(&text, None).unwrap();
            assert!(UTIL.is_valid_number(&number), "{text}");
            UTIL.get_region_for_number(&number);
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    println!("{}", line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024);
}
RUST
export CARGO_TARGET_DIR="$folder/target"
regex=$(cargo run --quiet --release --features regex)
lite=$(cargo run --quiet --release --features lite)
echo "regex: $regex MB, lite: $lite MB"
[ "$regex" -gt 150 ]
[ "$lite" -lt 30 ]
