//! nginx and Caddy in front of a server, each on a port of loopback and with all its files in a folder of its own.
//!
//! Debian has both. Without one of them `cargo test` leaves its tests out and says so; `cargo xtask test` sets
//! `LATCHKEY_TEST_REQUIRED`, and then nothing is left out.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio::time::Instant;

use crate::process::{PATIENCE, Running};

/// Another address of this machine than a proxy has.
pub(crate) const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// The document whose examples are run.
const DOCUMENT: &str = include_str!("../../../../docs/OPERATING.md");

/// Returns the only block of this language in the section "Behind a proxy".
pub(crate) fn documented(language: &str) -> String {
    let (_, section) = DOCUMENT.split_once("\n## Behind a proxy\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks: Vec<&str> = section.split(&format!("\n```{language}\n")).skip(1).collect();
    assert_eq!(blocks.len(), 1, "docs/OPERATING.md has one example for {language}");
    blocks[0].split("\n```").next().unwrap().to_owned()
}

/// Replaces every `from`; one that is not there would leave the example untested.
pub(crate) fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the example has no {from:?}");
        text.replace(from, to)
    })
}

/// Returns a port of loopback that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Returns the program, if it is installed: with `None` a test is left out.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let folders = variable("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&folders).chain(["/usr/sbin".into()]);
    let found = folders.find_map(|folder| Some(folder.join(name)).filter(|program| program.is_file()));
    if found.is_none() {
        let required = variable("LATCHKEY_TEST_REQUIRED").is_some();
        assert!(!required, "{name} is not installed, and the test command demands it");
        // Not `println!`: this must be visible although the test passes.
        let _ = writeln!(std::io::stderr(), "not run behind {name}: it is not installed");
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "the test command tells what must not be left out")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Starts nginx with `servers` in its `http` block, and waits until it listens on `port`.
pub(crate) async fn nginx(program: &Path, folder: &Path, servers: &str, port: u16) -> Running {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.display()))
        .concat();
    let configuration = format!(
        "daemon off;\nmaster_process off;\npid {}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{servers}\n}}\n",
        folder.display()
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration).unwrap();
    let mut command = Command::new(program);
    command.arg("-p").arg(folder).arg("-c").arg(&file).arg("-e").arg(folder.join("nginx.log"));
    started(command, folder, "nginx", port).await
}

/// Starts Caddy with `sites`, and waits until it answers on `port`: it listens before it has the site's certificate, and
/// breaks off handshakes until then. Its certificates come from an authority of its own; returns the file with that
/// authority's certificate, too.
pub(crate) async fn caddy(program: &Path, folder: &Path, sites: &str, port: u16) -> (Running, PathBuf) {
    let storage = folder.join("caddy");
    let options = format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n\tlocal_certs\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n\
         \thttps_port {port}\n\tstorage file_system {}\n}}\n",
        storage.display()
    );
    let file = folder.join("Caddyfile");
    std::fs::write(&file, options + sites).unwrap();
    let mut command = Command::new(program);
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
    let running = started(command, folder, "caddy", port).await;
    let authority = storage.join("pki/authorities/local/root.crt");
    wait_until("Caddy's certificate authority", || authority.is_file()).await;
    let (client, url) = (trusting(&authority), format!("https://localhost:{port}/"));
    let end = Instant::now() + PATIENCE;
    while client.get(&url).send().await.is_err() {
        assert!(Instant::now() < end, "waited in vain for Caddy's certificate of the site");
        tokio::task::yield_now().await;
    }
    (running, authority)
}

/// Creates a client at [`CLIENT`] that also trusts `authority`, the file of a certificate.
pub(crate) fn trusting(authority: &Path) -> reqwest::Client {
    let pem = std::fs::read(authority).unwrap();
    reqwest::Client::builder()
        .no_proxy()
        .local_address(CLIENT)
        .tls_certs_merge([reqwest::Certificate::from_pem(&pem).unwrap()])
        .build()
        .unwrap()
}

async fn started(mut command: Command, folder: &Path, name: &str, port: u16) -> Running {
    let log = folder.join(format!("{name}.log"));
    let file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
    command.env("HOME", folder).env("XDG_CONFIG_HOME", folder).env("XDG_DATA_HOME", folder);
    command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
    let mut running = Running(command.spawn().unwrap());
    wait_until(name, || {
        let ended = running.0.try_wait().unwrap();
        assert!(ended.is_none(), "{name} ended: {}", std::fs::read_to_string(&log).unwrap_or_default());
        std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
    })
    .await;
    running
}

/// Waits until a condition holds.
pub(crate) async fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        tokio::task::yield_now().await;
    }
}
