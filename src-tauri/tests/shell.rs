//! Guarantees of the shell without opening a window: where it may navigate, what its page may load, which commands
//! the page may call, and that nothing of the server is inside the program.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use account_api::commands::NAMES;
use latchkey_lib::is_own_page;
use serde_json::Value;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn read_json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

#[test]
fn n1_window_never_loads_issuer_or_any_other_site() {
    for own in ["tauri://localhost/index.html", "tauri://localhost/", "http://tauri.localhost/index.html"] {
        assert!(is_own_page(&own.parse().unwrap()), "{own} is the page itself");
    }
    for foreign in [
        "https://issuer.example.test/oidc/auth?client_id=x",
        "http://127.0.0.1:3001/oidc/auth",
        "http://localhost:3001/sign-in",
        "http://localhost:5173/",
        "https://tauri.localhost.evil.test/",
        "http://tauri.localhost:8080/",
        "tauri://evil.test/",
        "file:///etc/passwd",
        "data:text/html,<h1>x",
        "javascript:alert(1)",
        "app.latchkey://open/profile",
        "blob:tauri://localhost/0",
    ] {
        assert!(!is_own_page(&foreign.parse().unwrap()), "{foreign} must not be shown in the window");
    }
}

#[test]
fn n8_program_holds_no_client_secret_or_m2m_client() {
    let binary = fs::read(env!("CARGO_BIN_EXE_latchkey")).unwrap();
    let contains = |needle: &str| binary.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(contains("app.latchkey.desktop"), "the scan must be able to find what is there");
    for forbidden in [
        "client_secret_file",
        "default.logto.app/api",
        "latchkey-server-sandbox",
        "logto_client",
        "settings_server",
    ] {
        assert!(!contains(forbidden), "{forbidden} belongs to the server and must not be in the app");
    }
    let lock_free_manifest = read("Cargo.toml");
    assert!(!lock_free_manifest.contains("\nlogto-client.workspace"), "the desktop never links the client");
}

#[test]
fn n18_page_loads_nothing_remote_and_runs_nothing_inline() {
    let csp = read_json("tauri.conf.json")["app"]["security"]["csp"].clone();
    let directive = |name: &str| csp[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(directive("default-src"), "'self'");
    assert_eq!(directive("script-src"), "'self'");
    assert_eq!(directive("style-src"), "'self'");
    assert_eq!(directive("img-src"), "'self' data:");
    assert_eq!(directive("connect-src"), "ipc: http://ipc.localhost");
    assert_eq!(directive("frame-ancestors"), "'none'");
    let all = csp.to_string();
    for loophole in ["unsafe-inline", "unsafe-eval", "https:", "*", "asset:"] {
        assert!(!all.contains(loophole), "the policy must not say {loophole}");
    }
    let configuration = read("tauri.conf.json");
    assert!(!configuration.contains("dangerousDisableAssetCspModification"));
    assert!(!configuration.contains("dangerousRemoteDomainIpcAccess"));
}

#[test]
fn n19_page_may_call_our_commands_and_hear_our_events_only() {
    let capability = read_json("src-tauri/capabilities/main.json");
    let granted: BTreeSet<&str> =
        capability["permissions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let commands: Vec<String> =
        NAMES.iter().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    let mut expected: BTreeSet<&str> = commands.iter().map(String::as_str).collect();
    expected.extend(["core:event:allow-listen", "core:event:allow-unlisten"]);
    assert_eq!(granted, expected);
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert!(capability.get("remote").is_none(), "no remote page may ever call a command");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/capabilities");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "one capability file");
}
