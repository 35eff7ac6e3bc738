#!/bin/bash
# phonenumber 0.3.10+9.0.33 (crates.io), the older Rust port of libphonenumber.
#
# Expected: parsing a valid number in international form and formatting it as E.164 gives the same digits, as
# libphonenumber itself does (here its Python port, phonenumbers 9.0.43 from PyPI).
#
# Observed: where the national number begins with the digit that is dialled before it at home, that digit is taken away,
# although the rest is no number any more. +7 800 123 45 67 becomes +7001234567, and is called invalid. A code that is sent
# to the result does not reach its user.
#
#     +78001234567 -> python: +78001234567 valid=True  rust: +7001234567 valid=false
#     +37080012345 -> python: +37080012345 valid=True  rust: +370012345 valid=false
#
# Exits non-zero when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check phonenumbers==9.0.43
mkdir -p probe/src
cat > probe/Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[dependencies]
phonenumber = "=0.3.10"
[workspace]
TOML
cat > probe/src/main.rs <<'RUST'
fn main() {
    for typed in std::env::args().skip(1) {
        let number = phonenumber::parse(None, &typed).unwrap();
        println!("{} valid={}", number.format().mode(phonenumber::Mode::E164), number.is_valid());
    }
}
RUST
numbers=(+78001234567 +37080012345)
venv/bin/python - "${numbers[@]}" > python.txt <<'PY'
import sys, phonenumbers
for typed in sys.argv[1:]:
    number = phonenumbers.parse(typed)
    print(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), f"valid={phonenumbers.is_valid_number(number)}")
PY
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path probe/Cargo.toml -- "${numbers[@]}" > rust.txt
paste -d'|' python.txt rust.txt
[ "$(cat python.txt)" = $'+78001234567 valid=True\n+37080012345 valid=True' ]
[ "$(cat rust.txt)" = $'+7001234567 valid=false\n+370012345 valid=false' ]
