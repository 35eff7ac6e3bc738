//! Behind nginx and Caddy, configured as docs/OPERATING.md says; and the findings of `--check-config --online` about
//! proxies that are configured otherwise.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use logto_sandbox::{Options, Sandbox};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};
use settings_server::check::{Report, Severity, online};
use settings_server::config::PublicUrl;
use settings_server::{Config, Server, SystemClock};

use crate::online_check::assert_finding;
use crate::process::{PROGRAM, Running};
use crate::support::app::{secret, sign_in};
use crate::support::proxy::{
    CLIENT, caddy, documented, free_port, installed, nginx, trusting, wait_until, with,
};
use crate::support::{ALL_SCOPES, Stage, change, client, read, write_secret};

/// The program in front of a sandbox, with the configuration that the document has; its public URL is
/// `https://localhost:{proxy}/api`.
struct Documented {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    public_url: String,
    proxy: u16,
    server: u16,
    _running: Running,
}

impl Documented {
    async fn start() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (proxy, server) = (free_port(), free_port());
        let (host, listen) = (format!("localhost:{proxy}"), format!("127.0.0.1:{server}"));
        let example =
            with(&documented("toml"), &[("settings.example.com", &host), ("127.0.0.1:4800", &listen)]);
        let (public_url, _) = example.strip_prefix("public_url = \"").unwrap().split_once('"').unwrap();
        let public_url = public_url.to_owned();
        sandbox.set_resource(&public_url);
        write_secret(&folder.path().join("secret"), sandbox.m2m_client_secret());
        let rest = format!(
            "\n[logto]\nendpoint = \"{}\"\nclient_id = \"{}\"\nclient_secret_file = \"secret\"\n[app]\nclient_id = \"{}\"\n\
             scheme = \"app.latchkey.dev\"\n",
            sandbox.base_url(),
            sandbox.m2m_client_id(),
            sandbox.native_client_id()
        );
        let file = folder.path().join("server.toml");
        std::fs::write(&file, example + &rest).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("--config").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let running = Running(command.spawn().unwrap());
        let answers = || std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, server)).is_ok();
        wait_until("the server", answers).await;
        Self { sandbox, folder, public_url, proxy, server, _running: running }
    }

    /// Returns the document's example of a proxy, with these changes and the server's port.
    fn example(&self, language: &str, changes: &[(&str, &str)]) -> String {
        let upstream = format!("127.0.0.1:{}", self.server);
        with(&with(&documented(language), changes), &[("127.0.0.1:4800", &upstream)])
    }

    /// Does through the proxy what an app does: finds the server, introduces itself with a body, reads and changes the
    /// account. `authority` is the certificate that the app trusts.
    async fn is_used_by_an_app(&self, authority: &Path) {
        let app = trusting(authority);
        let url = |path: &str| format!("{}{path}", self.public_url);
        let well_known = format!("https://localhost:{}/.well-known/oauth-protected-resource/api", self.proxy);
        let metadata = read(app.get(&well_known)).await;
        assert_eq!(metadata.status, 200, "{}", metadata.text);
        assert_eq!(metadata.body["resource"], json!(self.public_url));

        let refused = read(app.get(url("/account"))).await;
        assert_eq!(refused.status, 401, "{}", refused.text);
        assert!(refused.header("www-authenticate").contains(&well_known));

        let tokens =
            sign_in(&self.sandbox, &client(), &self.sandbox.browser(), "alice", &self.public_url).await;
        let token = tokens["access_token"].as_str().unwrap();
        let introduced = app
            .post(url("/sessions/current"))
            .bearer_auth(token)
            .header("latchkey-instance", secret("behind a proxy"))
            .json(&json!({ "id_token": tokens["id_token"] }));
        let introduced = read(introduced).await;
        assert_eq!(introduced.status, 200, "{}", introduced.text);
        let account = read(app.get(url("/account")).bearer_auth(token)).await;
        assert_eq!(account.status, 200, "{}", account.text);

        // An entry that the client itself writes into the header is not trusted.
        let name = account.body["name"]["value"].clone();
        let changed = app
            .patch(url("/account"))
            .bearer_auth(token)
            .header("x-forwarded-for", "203.0.113.9")
            .json(&change("name", name, "Behind a proxy"));
        let changed = read(changed).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let rows = self.run(&["--show-journal", "alice0000001"], authority);
        let addresses: Vec<Value> = rows
            .lines()
            .map(|row| serde_json::from_str::<Value>(row).unwrap())
            .filter(|row| row["phase"] == "intent")
            .map(|row| row["ip"].clone())
            .collect();
        assert_eq!(addresses, [json!(CLIENT.to_string())], "{rows}");
    }

    /// Returns the output of the program, which trusts `authority` alone.
    fn run(&self, arguments: &[&str], authority: &Path) -> String {
        let output = Command::new(PROGRAM)
            .arg("--config")
            .arg(self.folder.path().join("server.toml"))
            .args(arguments)
            .env("SSL_CERT_FILE", authority)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    fn is_found_by_the_online_check(&self, authority: &Path) {
        let text = self.run(&["--check-config", "--online"], authority);
        for line in [
            format!("ok      public_url.metadata: https://localhost:{}/.well-known/", self.proxy),
            format!("ok      public_url.api: {}\n", self.public_url),
        ] {
            assert!(text.contains(&line), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b43_documented_nginx_passes_paths_bodies_and_address() {
    let Some(program) = installed("nginx") else { return };
    let stage = Documented::start().await;
    let folder = stage.folder.path();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, cert.pem()).unwrap();
    write_secret(&key, signing_key.serialize_pem());
    let listen = format!("listen 127.0.0.1:{} ssl;", stage.proxy);
    let example = stage.example(
        "nginx",
        &[
            ("/etc/ssl/certs/settings.example.com.pem", certificate.to_str().unwrap()),
            ("/etc/ssl/private/settings.example.com.key", key.to_str().unwrap()),
            ("listen 443 ssl;", &listen),
            ("settings.example.com", "localhost"),
        ],
    );
    let _nginx = nginx(&program, folder, &example, stage.proxy).await;
    stage.is_used_by_an_app(&certificate).await;
    stage.is_found_by_the_online_check(&certificate);
}

#[tokio::test(flavor = "multi_thread")]
async fn b43_documented_caddy_passes_paths_bodies_and_address() {
    let Some(program) = installed("caddy") else { return };
    let stage = Documented::start().await;
    let host = format!("localhost:{}", stage.proxy);
    let example = stage.example("caddyfile", &[("settings.example.com", &host)]);
    let (_caddy, authority) = caddy(&program, stage.folder.path(), &example, stage.proxy).await;
    stage.is_used_by_an_app(&authority).await;
    stage.is_found_by_the_online_check(&authority);
    // Another authority than the proxy's: the reason is named, and it is no error.
    let other = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = stage.folder.path().join("other.pem");
    std::fs::write(&file, other.cert.pem()).unwrap();
    let text = stage.run(&["--check-config", "--online"], &file);
    let line = text.lines().find(|line| line.starts_with("warning public_url.metadata: ")).unwrap_or(&text);
    assert!(line.contains("cannot be reached from here: ") && line.contains("certificate"), "{text}");
}

/// Starts a server in this process whose public URL is at the port of a proxy without TLS.
async fn behind(proxy: u16, server: u16) -> (Stage, Config) {
    let public_url = PublicUrl::parse(&format!("http://127.0.0.1:{proxy}/api")).unwrap();
    let stage = Stage::with(|config| {
        config.public_url = public_url.clone();
        config.listen.address.set_port(server);
    })
    .await;
    let mut config = Config::for_loopback(
        &stage.sandbox.base_url(),
        &stage.sandbox.m2m_client_id(),
        &stage.sandbox.m2m_client_secret(),
        &stage.sandbox.native_client_id(),
    );
    config.public_url = public_url;
    config.listen.address.set_port(server);
    (stage, config)
}

async fn check(config: &Config) -> Report {
    online(config, Arc::new(SystemClock)).await.unwrap()
}

fn program_and_folder(name: &str) -> Option<(PathBuf, tempfile::TempDir)> {
    Some((installed(name)?, tempfile::tempdir().unwrap()))
}

const METADATA: &str = "public_url.metadata";
const API: &str = "public_url.api";

#[tokio::test(flavor = "multi_thread")]
async fn b39_check_names_each_proxy_error() {
    let Some((program, folder)) = program_and_folder("nginx") else { return };
    let (proxy, server, unused) = (free_port(), free_port(), free_port());
    let (_stage, config) = behind(proxy, server).await;
    let api = format!("location /api/ {{ proxy_pass http://127.0.0.1:{server}; }}");
    let well_known = format!("location /.well-known/ {{ proxy_pass http://127.0.0.1:{server}; }}");
    let (fine, error, warning) = (Severity::Ok, Severity::Error, Severity::Warning);
    let changed = "a proxy changes the path";
    let of_another = "is the metadata of https://other.example/api, not of http://127.0.0.1:";
    for (locations, id, severity, message) in [
        (format!("{api} {well_known}"), METADATA, fine, "/.well-known/oauth-protected-resource/api"),
        (format!("{api} {well_known}"), API, fine, "/api"),
        // The path is removed.
        (
            format!("location /api/ {{ proxy_pass http://127.0.0.1:{server}/; }} {well_known}"),
            API,
            error,
            changed,
        ),
        (
            format!("{api} location /.well-known/ {{ proxy_pass http://127.0.0.1:{server}/; }}"),
            METADATA,
            error,
            changed,
        ),
        // Something is not passed on.
        (api.clone(), METADATA, error, "answers 404, but not as this server does"),
        (well_known.clone(), API, error, "answers 404, but not as this server does"),
        (
            format!("{well_known} location / {{ return 200 hello; }}"),
            API,
            error,
            "answers 200, but not as this server does",
        ),
        (
            format!("proxy_hide_header WWW-Authenticate; {api} {well_known}"),
            API,
            error,
            "without this server's WWW-Authenticate",
        ),
        // Another server answers.
        (
            format!("{api} location / {{ return 200 '{{\"resource\":\"https://other.example/api\"}}'; }}"),
            METADATA,
            error,
            of_another,
        ),
        (
            format!("{api} location / {{ return 301 https://other.example$request_uri; }}"),
            METADATA,
            error,
            "redirects to https://other.example/.well-known/",
        ),
        // Nothing is known yet.
        (
            format!("location / {{ proxy_pass http://127.0.0.1:{unused}; }}"),
            METADATA,
            warning,
            "answers 502: a proxy does not reach this server",
        ),
    ] {
        let site = format!("server {{ listen 127.0.0.1:{proxy}; {locations} }}");
        let _nginx = nginx(&program, folder.path(), &site, proxy).await;
        let report = check(&config).await;
        assert_finding(&report, id, severity, message);
        assert_eq!(report.has_errors(), severity == error, "{locations}\n{report}");
    }
    let report = check(&config).await;
    assert_finding(
        &report,
        METADATA,
        warning,
        "cannot be reached from here: no connection (tcp connect error: Connection refused",
    );
    assert!(!report.has_errors(), "the server may not run yet: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn b39_logto_below_a_path_is_found_and_changed() {
    let Some((program, folder)) = program_and_folder("nginx") else { return };
    let proxy = free_port();
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let site = format!(
        "server {{ listen 127.0.0.1:{proxy}; location /logto/ {{ proxy_pass {}/; }} }}",
        sandbox.base_url()
    );
    let _nginx = nginx(&program, folder.path(), &site, proxy).await;
    let endpoint = format!("http://127.0.0.1:{proxy}/logto");
    sandbox.set_base_url(&endpoint);
    let text = format!(
        "public_url = \"http://127.0.0.1:0/api\"\n[listen]\naddress = \"127.0.0.1:0\"\n[logto]\nendpoint = \"{endpoint}\"\n\
         client_id = \"{}\"\nclient_secret_file = \"secret\"\n[app]\nclient_id = \"{}\"\nscheme = \"app.latchkey.dev\"\n",
        sandbox.m2m_client_id(),
        sandbox.native_client_id()
    );
    write_secret(&folder.path().join("secret"), sandbox.m2m_client_secret());
    let file = folder.path().join("server.toml");
    std::fs::write(&file, text).unwrap();
    let mut config = Config::load(&file, Vec::new()).unwrap();
    let server = Server::bind(config.clone()).await.unwrap().spawn();
    sandbox.set_resource(server.base_url());
    config.public_url = PublicUrl::parse(server.base_url()).unwrap();

    let report = check(&config).await;
    assert_finding(&report, "issuer", Severity::Ok, &format!("{endpoint}/oidc"));
    assert!(!report.has_errors(), "{report}");
    let token = sandbox.mint_access_token(&sandbox.access_token_claims("alice", ALL_SCOPES), &json!({}));
    let url = format!("{}/account", server.base_url());
    let account = read(client().get(&url).bearer_auth(&token)).await;
    assert_eq!(account.status, 200, "{}", account.text);
    let body = change("name", account.body["name"]["value"].clone(), "Below a path");
    let changed = read(client().patch(&url).bearer_auth(&token).json(&body)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
}
