//! A sandbox and a settings server on free loopback ports, with all their files in one private folder.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::Outcome;
use crate::environment::{Checkout, now};
use crate::output::run;

/// How long a program may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);
const READY_FILE: &str = "sandbox.json";
/// The user that the sandbox is seeded with.
pub(crate) const USERNAME: &str = "alice";
/// Her password.
pub(crate) const PASSWORD: &str = "Correct-Horse-7";

/// A sandbox and a server that run until they are dropped.
#[derive(Debug)]
pub(crate) struct Stack {
    folder: PathBuf,
    sandbox: Child,
    server: Child,
    ready: Value,
    /// The settings server's base URL, which is also its resource indicator.
    pub(crate) server_url: String,
}

static STACKS: AtomicU32 = AtomicU32::new(0);

/// Creates a folder under the temporary folder that no other user can read.
pub(crate) fn private_folder(purpose: &str) -> Outcome<PathBuf> {
    let number = STACKS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("latchkey-{purpose}-{}-{number}", std::process::id()));
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// What differs between stacks.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// The path of the server's base URL.
    pub(crate) path: &'a str,
    /// The end of its configuration.
    pub(crate) more: &'a str,
    /// Whether there are providers for social accounts, and the connectors to them.
    pub(crate) has_providers: bool,
}

impl Stack {
    /// Starts both from the binaries of `profile`, with everything, and returns when the server is ready.
    pub(crate) fn start(checkout: &Checkout, profile: &str) -> Outcome<Self> {
        Self::start_with(checkout, profile, &Parts { path: "/api", more: ACCESS_TOKENS, has_providers: true })
    }

    /// As [`Self::start`], with these parts.
    pub(crate) fn start_with(checkout: &Checkout, profile: &str, parts: &Parts<'_>) -> Outcome<Self> {
        match Self::try_start(checkout, profile, parts) {
            // Another program took the port after it was found free.
            Err(error) if error.contains("cannot be bound") => {
                println!("the port of the settings server is taken by now; once more with another one");
                Self::try_start(checkout, profile, parts)
            }
            started => started,
        }
    }

    fn try_start(checkout: &Checkout, profile: &str, parts: &Parts<'_>) -> Outcome<Self> {
        let Parts { path, more, has_providers } = *parts;
        let folder = private_folder("stack")?;
        let port = free_port()?;
        let server_url = format!("http://127.0.0.1:{port}{path}");
        let ready_file = folder.join(READY_FILE);
        let mut sandbox = Command::new(checkout.binary(profile, "latchkey-sandbox"));
        sandbox.args(["--listen", "127.0.0.1:0", "--scheme", "app.latchkey.dev", "--resource", &server_url]);
        sandbox.arg("--ready-file").arg(&ready_file);
        if has_providers {
            sandbox.arg("--social");
        }
        let mut sandbox = spawn(&mut sandbox, &folder.join("sandbox.log"))?;
        let ready = match wait_for("the sandbox", &mut sandbox, &folder.join("sandbox.log"), || {
            let text = fs::read_to_string(&ready_file).ok()?;
            serde_json::from_str::<Value>(&text).ok()
        }) {
            Ok(ready) => ready,
            Err(error) => {
                stop(&mut sandbox);
                return Err(error);
            }
        };

        let config = folder.join("latchkey-server.toml");
        let log = folder.join("server.log");
        let started = providers(&ready, &folder)
            .and_then(|providers| {
                let text = configuration(&ready, &server_url, port) + &providers + more;
                fs::write(&config, text).map_err(|error| format!("{}: {error}", config.display()))
            })
            .and_then(|()| {
                let mut server = Command::new(checkout.binary(profile, "latchkey-server"));
                // Journeys change accounts in Logto and read them at once.
                server.env("LATCHKEY_LIMITS__READ_CACHE_SECONDS", "0");
                spawn(server.arg("--config").arg(&config), &log)
            });
        let mut server = match started {
            Ok(server) => server,
            Err(error) => {
                stop(&mut sandbox);
                return Err(error);
            }
        };
        if let Err(error) =
            wait_for("the settings server", &mut server, &log, || is_ready(port).then_some(()))
        {
            stop(&mut server);
            stop(&mut sandbox);
            return Err(error);
        }
        Ok(Self { folder, sandbox, server, ready, server_url })
    }

    /// Runs `latchkey-server --check-config --online` with this configuration.
    pub(crate) fn check_config(&self, checkout: &Checkout, profile: &str) -> Outcome {
        let mut check = Command::new(checkout.binary(profile, "latchkey-server"));
        run(check
            .arg("--config")
            .arg(self.folder.join("latchkey-server.toml"))
            .args(["--check-config", "--online"]))
    }

    /// Returns the folder of both. It is removed afterwards.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the file in which the sandbox describes itself.
    pub(crate) fn ready_file(&self) -> PathBuf {
        self.folder.join(READY_FILE)
    }

    /// Returns where the sandbox shows the messages that it "sent".
    pub(crate) fn outbox_url(&self) -> &str {
        self.text("outbox_url")
    }

    fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_default()
    }

    /// Sets everything that the journeys know of Logto and of the server (docs/ARCHITECTURE.md, "Journeys").
    pub(crate) fn describe_to(&self, command: &mut Command) {
        command
            .env("LATCHKEY_E2E_ISSUER", self.text("issuer"))
            .env(
                "LATCHKEY_E2E_MANAGEMENT_API",
                format!("{}/api", self.text("base_url").trim_end_matches('/')),
            )
            .env("LATCHKEY_E2E_M2M_ID", self.text("m2m_client_id"))
            .env("LATCHKEY_E2E_M2M_SECRET_FILE", self.text("m2m_client_secret_file"))
            .env("LATCHKEY_E2E_RESOURCE_INDICATOR", "https://default.logto.app/api")
            .env("LATCHKEY_E2E_SERVER_URL", &self.server_url)
            .env("LATCHKEY_E2E_SERVER_PID", self.server.id().to_string())
            .env("LATCHKEY_E2E_SERVER_LOG", self.folder.join("server.log"))
            .env("LATCHKEY_E2E_USERNAME", USERNAME)
            .env("LATCHKEY_E2E_PASSWORD", PASSWORD)
            .env("LATCHKEY_E2E_NOROLE_USERNAME", "norole")
            .env("LATCHKEY_E2E_NOROLE_PASSWORD", "No-Role-Here-9")
            .env("LATCHKEY_E2E_CONTROL", self.text("control_url"));
        if let Some(key) = self.ready["provider_spki_sha256"].as_str() {
            command
                .env("LATCHKEY_E2E_PROVIDER_KEY", key)
                .env("LATCHKEY_E2E_PROVIDERS", self.text("provider_url"));
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        stop(&mut self.server);
        stop(&mut self.sandbox);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The organisation's own fields, one of each kind. Logto's own definition of `department` takes precedence.
const CUSTOM_FIELDS: &str = r#"
[[custom_fields]]
name = "office"
label = "Office"
type = "select"
options = [{ value = "vie", label = "Vienna" }, { value = "grz", label = "Graz" }, { value = "remote", label = "Elsewhere" }]

[[custom_fields]]
name = "started"
label = "First day at work"
type = "date"

[[custom_fields]]
name = "desk"
label = "Desk"
description = "The number on the side of your desk."
type = "number"
min = 1
max = 400

[[custom_fields]]
name = "newsletter"
label = "Internal newsletter"
type = "checkbox"

[[custom_fields]]
name = "badge"
label = "Badge"
description = "Three letters and two digits, such as ABC-12."
placeholder = "ABC-12"
type = "pattern"
pattern = '^[A-Z]{3}-\d{2}$'

[[custom_fields]]
name = "cost_centre"
label = "Cost centre"
type = "text"
access = "read-only"
"#;

/// Switches on what is off unless the operator sets it.
pub(crate) const ACCESS_TOKENS: &str = "\n[fields]\naccess_tokens = \"edit\"\n";

/// Returns the server's whole configuration for a sandbox (docs/latchkey-server.example.toml explains each line).
fn configuration(ready: &Value, server_url: &str, port: u16) -> String {
    let text = |name: &str| ready[name].as_str().unwrap_or_default();
    format!(
        "public_url = \"{server_url}\"\n\n[listen]\naddress = \"127.0.0.1:{port}\"\n\n\
         [logto]\nendpoint = \"{}\"\nissuer = \"{}\"\nclient_id = \"{}\"\nclient_secret_file = \"{}\"\n\n\
         [app]\nclient_id = \"{}\"\nscheme = \"app.latchkey.dev\"\nname = \"Example Organisation\"\n\n\
         {CUSTOM_FIELDS}",
        text("base_url"),
        text("issuer"),
        text("m2m_client_id"),
        text("m2m_client_secret_file"),
        text("native_client_id"),
    )
}

/// The client secret of the sandbox's OpenID provider.
const CORP_ID_SECRET: &str = "sandbox-corp-id-client-secret";

/// Returns how accounts of the sandbox's providers are linked: one answers to the app, and of one the server runs the code
/// flow itself.
fn providers(ready: &Value, folder: &Path) -> Outcome<String> {
    let (Some(url), Some(authority)) = (ready["provider_url"].as_str(), ready["provider_ca_file"].as_str())
    else {
        return Ok(String::new());
    };
    let secret = folder.join("corp-id-secret");
    let mut options = fs::OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&secret)
        .and_then(|mut file| file.write_all(CORP_ID_SECRET.as_bytes()))
        .map_err(|error| format!("{}: {error}", secret.display()))?;
    Ok(format!(
        "[social]\ndirect = [\"mock-social\"]\n\n[[social_openid]]\ntarget = \"corp-id\"\nissuer = \"{url}/corp-id\"\n\
         client_id = \"sandbox-corp-id\"\nclient_secret_file = \"{}\"\nca_file = \"{authority}\"\n\
         response_mode = \"form-post\"\n\n",
        secret.display()
    ))
}

/// Returns a port that was free a moment ago. The server gets exactly this one, because its URL is its resource
/// indicator and must be known before the sandbox starts.
fn free_port() -> Outcome<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

pub(crate) fn spawn(command: &mut Command, log: &Path) -> Outcome<Child> {
    let name = command.get_program().to_string_lossy().into_owned();
    let file = fs::File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let errors = file.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
    command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("{name} could not be started: {error}"))
}

/// Polls until `answer` returns a value; fails with the end of the log when the program ends or time is up.
pub(crate) fn wait_for<T>(
    what: &str,
    child: &mut Child,
    log: &Path,
    mut answer: impl FnMut() -> Option<T>,
) -> Outcome<T> {
    let deadline = now() + PATIENCE;
    loop {
        if let Some(value) = answer() {
            return Ok(value);
        }
        let ended = child.try_wait().ok().flatten();
        if ended.is_some() || now() > deadline {
            let why = ended
                .map_or_else(|| "did not answer in time".to_owned(), |status| format!("ended ({status})"));
            let text = fs::read_to_string(log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().rev().take(12).collect();
            let end: Vec<&str> = lines.into_iter().rev().collect();
            return Err(format!("{what} {why}; the end of its log:\n{}", end.join("\n")));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Sends `GET /readyz` by hand: one request does not need an HTTP library.
fn is_ready(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// Sends SIGTERM to a child, and kills it when it does not end.
pub(crate) fn stop(child: &mut Child) {
    stop_by(child, Signal::SIGTERM);
}

/// As [`stop`], for a program that ends by another signal.
pub(crate) fn stop_by(child: &mut Child, signal: Signal) {
    if let Ok(pid) = i32::try_from(child.id()) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
    let deadline = now() + Duration::from_secs(5);
    while matches!(child.try_wait(), Ok(None)) {
        if now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
