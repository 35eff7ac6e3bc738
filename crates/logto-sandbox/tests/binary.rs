//! The process `latchkey-sandbox`: its ready file, its secret's file, its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::support::client;

/// A private folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("latchkey-sandbox-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_latchkey-sandbox"))
        .args(arguments)
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_for(path: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !path.exists() {
        assert!(Instant::now() < deadline, "{} did not appear", path.display());
        std::thread::yield_now();
    }
}

#[test]
fn an_address_outside_loopback_ends_the_process() {
    let status = start(&["--listen", "0.0.0.0:0"]).wait().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[cfg(unix)]
#[tokio::test]
async fn ready_file_has_the_addresses_and_a_signal_ends_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("ready");
    let path = folder.0.join("ready.json");
    let resource = "http://127.0.0.1:4801/api";
    let mut child = start(&["--ready-file", path.to_str().unwrap(), "--resource", resource]);
    wait_for(&path);
    let ready: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let secret_path = ready["m2m_client_secret_file"].as_str().unwrap();
    assert_eq!(fs::metadata(secret_path).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = fs::read_to_string(secret_path).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains(&secret), "the secret is only in its own file");
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", ready["m2m_client_id"].as_str().unwrap()),
        ("client_secret", secret.as_str()),
        ("resource", "https://default.logto.app/api"),
        ("scope", "all"),
    ];
    let url = format!("{}/token", ready["issuer"].as_str().unwrap());
    assert_eq!(client().post(url).form(&fields).send().await.unwrap().status(), 200);
    let smtp = std::net::SocketAddr::from((
        [127, 0, 0, 1],
        u16::try_from(ready["smtp_port"].as_u64().unwrap()).unwrap(),
    ));
    assert!(std::net::TcpStream::connect(smtp).is_ok());
    let outbox = client().get(ready["outbox_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(outbox.status(), 200);
    let signalled = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!path.exists() && !Path::new(secret_path).exists(), "nothing is left behind");
}

#[cfg(unix)]
#[tokio::test]
async fn ready_file_says_how_to_trust_the_providers() {
    let folder = Folder::new("social");
    let path = folder.0.join("ready.json");
    let mut child = start(&["--ready-file", path.to_str().unwrap(), "--social"]);
    wait_for(&path);
    let ready: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let authority = Path::new(ready["provider_ca_file"].as_str().unwrap()).to_path_buf();
    assert_eq!(authority.parent(), path.parent());
    assert_eq!(ready["provider_spki_sha256"].as_str().unwrap().len(), 44);
    let authority_pem = fs::read(&authority).unwrap();
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(&authority_pem).unwrap()])
        .build()
        .unwrap();
    let url = format!("{}/logos/corp-id.svg", ready["provider_url"].as_str().unwrap());
    assert_eq!(http.get(url).send().await.unwrap().status(), 200);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!authority.exists(), "nothing is left behind");
}
