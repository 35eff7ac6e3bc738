#!/bin/bash
# openidconnect 4.1.0 (crates.io).
#
# Expected: the standard claims of OpenID Connect Core 5.1 that a client never reads do not decide about a token. A provider
# whose tenants may add or change claims sends `email_verified` as text or `birthdate` as a number sooner or later.
#
# Observed: every standard claim is parsed into its type while the token response is read. One of another type makes the
# whole response unreadable, access token and refresh token included: the client cannot even revoke what it was given.
#
#     {}                        -> read
#     {"email_verified":"true"} -> unreadable
#     {"birthdate":1990}        -> unreadable
#     {"address":"1 Street"}    -> unreadable
#     {"unknown_claim":[1,{}]}  -> read
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
[dependencies]
base64 = "=0.22.1"
openidconnect = { version = "=4.1.0", default-features = false }
serde_json = "=1.0.145"
[workspace]
TOML
cat > src/main.rs <<'RUST'
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use openidconnect::core::CoreTokenResponse;
use serde_json::{json, Value};

fn main() {
    for extra in std::env::args().skip(1) {
        let mut claims = json!({
            "iss": "https://id.example.com", "aud": "client", "sub": "user", "iat": 1, "exp": 2
        });
        let more: Value = serde_json::from_str(&extra).unwrap();
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": "ES384", "kid": "a"});
        let token = format!("{}.{}.{}", part(&header), part(&claims), URL_SAFE_NO_PAD.encode([0; 96]));
        let response = json!({
            "access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 600, "id_token": token
        });
        let read = serde_json::from_value::<CoreTokenResponse>(response).is_ok();
        println!("{extra} -> {}", if read { "read" } else { "unreadable" });
    }
}
RUST
claims=('{}' '{"email_verified":"true"}' '{"birthdate":1990}' '{"address":"1 Street"}' '{"unknown_claim":[1,{}]}')
cargo run --quiet -- "${claims[@]}" | tee seen
diff seen - <<'SEEN'
{} -> read
{"email_verified":"true"} -> unreadable
{"birthdate":1990} -> unreadable
{"address":"1 Street"} -> unreadable
{"unknown_claim":[1,{}]} -> read
SEEN
