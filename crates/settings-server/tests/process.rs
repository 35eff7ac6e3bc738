//! The program itself: its command line, its logs (B32), its secret file (B6), and how it ends.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use logto_sandbox::{FaultAction, Options, Sandbox};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{ALL_SCOPES, change, client, read, write_secret};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_latchkey-server");

/// After this time a program is not going to log or do what it has not so far.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A process that a test has started: it ends with the test, also where that fails.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running program with its log, line by line.
pub(crate) struct Program {
    child: Running,
    log: Receiver<String>,
    read: Vec<String>,
    folder: tempfile::TempDir,
}

impl Program {
    /// Starts the program in front of a sandbox and waits until it listens.
    fn start(sandbox: &Sandbox) -> (Self, String) {
        Self::start_with(sandbox, "")
    }

    /// Starts it with more at the end of its configuration.
    pub(crate) fn start_with(sandbox: &Sandbox, more: &str) -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        write_configuration(sandbox, &folder);
        let file = folder.path().join("server.toml");
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + more).unwrap();
        let mut child = Command::new(PROGRAM)
            .arg("--config")
            .arg(folder.path().join("server.toml"))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, log) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let mut program = Self { child: Running(child), log, read: Vec::new(), folder };
        let line = program.wait_for("listening");
        let event: Value = serde_json::from_str(&line).unwrap();
        let base_url = event["base_url"].as_str().unwrap().to_owned();
        sandbox.set_resource(&base_url);
        (program, base_url)
    }

    /// Returns the first line of the log, from here on, that contains this text.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let line = self.log.recv_timeout(end.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|_| panic!("no {text:?} in {:#?}", self.read));
            self.read.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Returns the file it was configured with.
    pub(crate) fn configuration(&self) -> std::path::PathBuf {
        self.folder.path().join("server.toml")
    }

    /// Ends the program as a crash does.
    pub(crate) fn kill(mut self) {
        self.child.0.kill().unwrap();
        self.child.0.wait().unwrap();
    }

    /// Sends a signal and returns the whole log, once the program has exited successfully.
    fn end(mut self, signal: &str) -> String {
        let result = Command::new("kill").arg(signal).arg(self.child.0.id().to_string()).status().unwrap();
        assert!(result.success());
        assert!(self.child.0.wait().unwrap().success(), "{:#?}", self.read);
        self.read.extend(self.log.iter());
        self.read.join("\n")
    }
}

fn write_configuration(sandbox: &Sandbox, folder: &tempfile::TempDir) {
    write_secret(&folder.path().join("secret"), sandbox.m2m_client_secret());
    let text = format!(
        "public_url = \"http://127.0.0.1:0/api\"\n[listen]\naddress = \"127.0.0.1:0\"\n[logto]\nendpoint = \"{}\"\n\
         client_id = \"{}\"\nclient_secret_file = \"secret\"\n[app]\nclient_id = \"{}\"\nscheme = \"app.latchkey.dev\"\n\
         [log]\nfilter = \"trace\"\n",
        sandbox.base_url(),
        sandbox.m2m_client_id(),
        sandbox.native_client_id()
    );
    std::fs::write(folder.path().join("server.toml"), text).unwrap();
}

fn run(folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .arg("--config")
        .arg(folder.path().join("server.toml"))
        .args(arguments)
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn b32_logs_have_no_secret_no_address_and_one_line_an_event() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let mail = sandbox.smtp_address();
    let smtp = format!(
        "[smtp]\nhost = \"{}\"\nport = {}\nsecurity = \"none\"\nfrom = \"canary-sender@example.test\"\n",
        mail.ip(),
        mail.port()
    );
    let (program, base_url) = Program::start_with(&sandbox, &smtp);
    let records = program.folder.path().join("latchkey.db");
    let http = client();
    let token = sandbox.mint_access_token(&sandbox.access_token_claims("alice", ALL_SCOPES), &json!({}));
    let patch = |path: &str, body: Value| {
        let request = http.patch(format!("{base_url}{path}")).bearer_auth(&token).json(&body);
        read(
            request
                .header("latchkey-instance", "canary-instance-secret")
                .header("user-agent", "Latchkey/1 canary"),
        )
    };
    let repeated = http.patch(format!("{base_url}/account")).bearer_auth(&token);
    let repeated = repeated.header("idempotency-key", "canary-0123456789").json(&change(
        "avatar",
        Value::Null,
        "https://canary.example.test/",
    ));
    assert_eq!(read(repeated).await.status, 200);
    let answer = read(http.get(format!("{base_url}/account")).bearer_auth(&token)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(patch("/account", change("name", "Alice Example", "Canary-Name")).await.status, 200);
    assert_eq!(patch("/account", change("name", "Canary-Name", "bad\r\nforged: line")).await.status, 422);
    assert_eq!(patch("/account/profile", change("nickname", "Al", "Canary-Nick")).await.status, 200);
    assert_eq!(patch("/account", json!({ "canary-unknown-field": 1 })).await.status, 400);
    assert_eq!(patch("/account", change("name", "x", "y")).await.status, 409);
    let text = json!({ "code": "guard.invalid_input", "message": "canary-upstream-message" });
    sandbox.faults().push(logto_sandbox::Fault {
        path_contains: "/api/users/".to_owned(),
        method: Some("GET".to_owned()),
        action: FaultAction::Status(500, Some(text)),
        times: Some(1),
    });
    let failed = read(http.get(format!("{base_url}/account")).bearer_auth(&token)).await;
    assert_eq!(failed.status, 502);
    read(http.get(format!("{base_url}/account?code=canary-query&access_token={token}"))).await;
    read(http.get(format!("{base_url}/canary-path%0d%0aforged")).header("user-agent", "canary-agent")).await;
    read(http.get(format!("{base_url}/account")).bearer_auth("canary-bad-token")).await;

    // What the server keeps has neither names nor addresses in clear.
    let journal = "SELECT coalesce(old_values, '') || coalesce(new_values, '') || instance FROM journal";
    let written = crate::support::records::texts(&records, journal).await.join("\n");
    assert!(written.contains("C… (11)"), "{written}");
    for canary in ["canary", "Canary", "@example.test", "Alice Example"] {
        assert!(!written.contains(canary), "{canary} is in\n{written}");
    }
    let log = program.end("-TERM");
    for secret in sandbox.issued_secrets() {
        assert!(secret.len() < 6 || !log.contains(&secret), "a secret is in the log");
    }
    for canary in
        ["canary", "Canary", "Correct-Horse-7", "@example.test", "15550000001", "Alice", "1 Test Street"]
    {
        assert!(!log.contains(canary), "{canary} is in\n{log}");
    }
    let events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.len() > 10);
    // The line of each request has Logto's id of the last request to it, and so has each warning.
    let logtos: Vec<String> = sandbox.request_log().into_iter().map(|request| request.request_id).collect();
    let is_logtos = |id: &Value| logtos.iter().any(|known| id == known.as_str());
    let own_line = |id: &str| {
        let is_it = |event: &&Value| event["message"] == "request" && event["span"]["request_id"] == id;
        events.iter().find(is_it).unwrap_or_else(|| panic!("{id} has no line"))
    };
    let id = failed.body["request_id"].as_str().unwrap();
    assert_eq!(own_line(id)["status"], 502);
    let warned = events.iter().find(|event| event["level"] == "WARN" && event["span"]["request_id"] == id);
    assert!(is_logtos(&warned.unwrap()["logto_core_request_id"]), "{warned:?}");
    for id in [id, answer.header("x-request-id")] {
        assert!(is_logtos(&own_line(id)["span"]["logto_core_request_id"]), "{}", own_line(id));
    }
    // At the default level, successful reads are left out.
    let asked: Vec<&Value> = events.iter().filter(|event| event["message"] == "request to Logto").collect();
    assert!(
        asked.iter().any(|event| event["method"] == "PATCH" && is_logtos(&event["logto_core_request_id"]))
    );
    for event in asked {
        let level = if event["method"] == "GET" { "DEBUG" } else { "INFO" };
        assert_eq!(event["level"], level, "{event}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b6_the_secret_file_is_rotated_without_a_restart() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let right = sandbox.m2m_client_secret();
    let (program, base_url) = Program::start(&sandbox);
    let token = sandbox.mint_access_token(&sandbox.access_token_claims("alice", ALL_SCOPES), &json!({}));
    let account = || read(client().get(format!("{base_url}/account")).bearer_auth(token.clone()));
    let file = program.folder.path().join("secret");
    std::fs::write(&file, "wrong-secret-0123456789-abcdefgh").unwrap();
    assert_eq!(account().await.outcome(), (502, "upstream_failed"));
    std::fs::write(&file, format!("{right}\n")).unwrap();
    assert_eq!(account().await.status, 200);
    let log = program.end("-TERM");
    assert!(!log.contains("wrong-secret"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_ends_on_sigterm_and_on_sigint() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    for signal in ["-TERM", "-INT"] {
        let (program, base_url) = Program::start(&sandbox);
        let health = base_url.replace("/api", "/livez");
        assert_eq!(read(client().get(&health)).await.status, 200);
        let log = program.end(signal);
        assert!(log.contains("\"stopped\""), "{log}");
        assert!(client().get(&health).send().await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b39_the_command_line_checks_the_file_and_logto() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_configuration(&sandbox, &folder);
    let file = run(&folder, &["--check-config"]);
    assert_eq!(file.status.code(), Some(0));
    let text = String::from_utf8(file.stdout).unwrap();
    assert!(text.starts_with("ok      configuration: http://127.0.0.1:0/api in front of "), "{text}");

    sandbox.set_resource("http://127.0.0.1:0/api");
    let online = run(&folder, &["--check-config", "--online"]);
    let text = String::from_utf8(online.stdout).unwrap();
    assert_eq!(online.status.code(), Some(0), "{text}");
    assert!(text.contains("ok      native_app.redirect_uri: http://127.0.0.1/callback"), "{text}");
    assert!(
        text.contains("warning users: 1 of 5") && text.contains("        fix: assign the role"),
        "{text}"
    );

    sandbox.set_resource("https://elsewhere.example/api");
    let online = run(&folder, &["--check-config", "--online"]);
    assert_eq!(online.status.code(), Some(1));
    assert!(String::from_utf8(online.stdout).unwrap().contains("error   resource: "));

    std::fs::write(folder.path().join("server.toml"), "public_url = \"https://x.test\"\ncolour = 1\n")
        .unwrap();
    for arguments in [&["--check-config"][..], &[]] {
        let refused = run(&folder, arguments);
        assert_eq!(refused.status.code(), Some(2));
        let mut text = String::new();
        (&refused.stderr[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "latchkey-server: colour: unknown setting\n");
    }
    assert_eq!(run(&folder, &["--online"]).status.code(), Some(2), "--online belongs to --check-config");
}

#[tokio::test(flavor = "multi_thread")]
async fn b39_command_line_lists_the_redirect_uris() {
    let sandbox = Sandbox::start(Options { social: true, ..Options::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_configuration(&sandbox, &folder);
    let file = folder.path().join("server.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\n[social]\ndirect = [\"mock-social\"]\n")).unwrap();
    let listed = run(&folder, &["redirect-uris"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.status.code(), Some(0), "{text}");
    for wanted in [
        "mock-social (mock-social-connector, uv45gh4v44x4)\n  app.latchkey.dev://social/uv45gh4v44x4\n",
        "github (github-universal, e4drka0aqkwg)\n  http://127.0.0.1:0/api/callback/social/e4drka0aqkwg\n  allowed: an OAuth App",
        "apple (apple-universal, gw4ti24pbhj2)\n  cannot be linked here: it needs a session",
        "alipay (alipay-native, q7v1n4z0ap2y)\n  cannot be linked here: it opens an app",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    drop(sandbox);
    let unreachable = run(&folder, &["redirect-uris"]);
    assert_eq!(unreachable.status.code(), Some(1));
    assert!(String::from_utf8(unreachable.stderr).unwrap().starts_with("latchkey-server: Logto: "));
    let without = Command::new(PROGRAM).arg("redirect-uris").output().unwrap();
    assert_eq!(without.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn b31_command_line_checks_the_audit_log() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let records = crate::support::records::Records::new();
    let store = format!("[store]\nurl = \"sqlite:{}\"\n", records.file().display());
    let (program, base_url) = Program::start_with(&sandbox, &store);
    let token = sandbox.mint_access_token(&sandbox.access_token_claims("alice", ALL_SCOPES), &json!({}));
    let edit = change("name", "Alice Example", "Alice");
    let request = client().patch(format!("{base_url}/account")).bearer_auth(&token).json(&edit);
    let answer = read(request.header("user-agent", "Latchkey/9.9")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    // No address and no program is in the database, and the operator can read both.
    let alice = sandbox.user_id("alice");
    for end in ["", "-wal"] {
        let mut name = records.file().into_os_string();
        name.push(end);
        let bytes = std::fs::read(name).unwrap();
        for clear in ["127.0.0.1", "Latchkey 9.9"] {
            assert!(!bytes.windows(clear.len()).any(|window| window == clear.as_bytes()), "{clear}");
        }
    }
    let shown = String::from_utf8(run(&program.folder, &["--show-journal", &alice]).stdout).unwrap();
    let rows: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2, "{shown}");
    for row in rows {
        assert_eq!((&row["ip"], &row["program"]), (&json!("127.0.0.1"), &json!("Latchkey 9.9")), "{row}");
    }
    let nothing = run(&program.folder, &["--show-journal", "unknown"]);
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(0), 0));

    let check = || run(&program.folder, &["--verify-journal"]);
    let whole = check();
    let text = String::from_utf8(whole.stdout).unwrap();
    assert_eq!(
        (whole.status.code(), text.as_str()),
        (Some(0), "ok      2 rows in 1 chains are as they were written\n")
    );
    records.run("UPDATE journal SET new_values = '{}' WHERE seq = 1").await;
    let broken = check();
    assert_eq!(broken.status.code(), Some(1));
    let text = String::from_utf8(broken.stdout).unwrap();
    assert!(text.starts_with("error   the chain of the user whose id has the SHA-256 "), "{text}");
    assert!(
        text.ends_with(" breaks at row 1: changed\n") && !text.contains(&sandbox.user_id("alice")),
        "{text}"
    );
    program.end("-TERM");
}
