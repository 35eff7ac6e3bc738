//! The sandbox, the real server in front of it, and the floor: each a process of its own but for the sandbox, which
//! shares the load generator's.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use logto_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::links::Links;

/// How many users have an account.
const PEOPLE: u32 = 100;
/// An encryption key of the store.
const KEY: &str = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";
/// What a cold view requests from Logto, in addition to the user.
const SETTINGS: [&str; 5] =
    ["account-center", "sign-in-exp", "connectors", "sso-connectors", "custom-profile-fields"];

/// A process, ended when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The target of requests, and the user who sends them.
#[derive(Clone)]
pub(crate) struct Side {
    pub(crate) http: reqwest::Client,
    pub(crate) urls: Vec<String>,
    pub(crate) tokens: Vec<String>,
    process: u32,
}

impl Side {
    /// CPU time of all threads of the process so far, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process)).unwrap();
        let time = |thread: std::io::Result<std::fs::DirEntry>| {
            // Time on a CPU in nanoseconds comes first; a thread may have ended meanwhile.
            let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<f64>().ok()
        };
        threads.filter_map(time).sum::<f64>() / 1_000.0
    }

    /// Resident memory of the process, in kilobytes.
    pub(crate) fn memory_kb(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process)).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

/// Everything, running.
pub(crate) struct Stage {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    server: Process,
    floor: Process,
    floor_address: String,
    server_port: u16,
    /// The Management API's token of the floor.
    machine_token: String,
    tokens: Vec<String>,
    cold_http: reqwest::Client,
}

impl Stage {
    /// The read cache lasts `read_cache_seconds`. The server is ready when this returns.
    pub(crate) async fn start(options: Options, read_cache_seconds: u32) -> Self {
        Self::start_with(options, read_cache_seconds, WITHOUT_BUDGETS, "").await
    }

    /// A server for changes, whose records are in this store.
    pub(crate) async fn start_for_changes(options: Options, store: &str) -> Self {
        let store = format!("[store]\nurl = \"{store}\"\nencryption_key_files = [\"key\"]\n");
        let mut stage = Self::start_with(options, 5, WITHOUT_BUDGETS, &store).await;
        stage.tokens = stage.tokens_for_changes();
        stage
    }

    /// A server with the budgets and caps that operators get, behind a proxy that forwards the network of each client.
    pub(crate) async fn start_with_budgets(options: Options) -> Self {
        let mut stage = Self::start_with(options, 5, "", "").await;
        stage.tokens = stage.tokens_for_changes();
        stage
    }

    fn tokens_for_changes(&self) -> Vec<String> {
        let scope = "account:read account:write account:security";
        let token = |number: u32| {
            let claims = self.sandbox.access_token_claims(&format!("person{number}"), scope);
            self.sandbox.mint_access_token(&claims, &json!({}))
        };
        (0..PEOPLE).map(token).collect()
    }

    async fn start_with(options: Options, read_cache_seconds: u32, limits: &str, store: &str) -> Self {
        let server_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let resource = format!("http://127.0.0.1:{server_port}/api");
        let sandbox = Sandbox::start(Options { resource, ..options }).await.unwrap();
        let tokens = (0..PEOPLE).map(|number| token_of_another(&sandbox, number)).collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("server.toml"),
            configuration(&sandbox, server_port, read_cache_seconds, limits) + store,
        )
        .unwrap();
        for (name, text) in [("secret", sandbox.m2m_client_secret().as_str()), ("key", KEY)] {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        let machine_token = machine_token(&sandbox).await;
        let users = format!("{}/api/users", sandbox.base_url());
        let mut floor = Command::new(std::env::current_exe().unwrap())
            .args(["floor", &users, &sandbox.user_id("alice"), &machine_token])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(floor.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let (server, cold_http) = (start_server(&folder), client());
        let stage = Self {
            server,
            floor: Process(floor),
            floor_address: address.trim().to_owned(),
            server_port,
            machine_token,
            tokens,
            cold_http,
            sandbox,
            folder,
        };
        stage.until_ready().await;
        stage
    }

    /// A new server that knows its keys and has its token, and a new client that is connected to it.
    pub(crate) async fn restart_server(&mut self) {
        drop(self.server.0.kill());
        self.server.0.wait().unwrap();
        self.server = start_server(&self.folder);
        self.cold_http = client();
        self.until_ready().await;
    }

    async fn until_ready(&self) {
        let url = format!("http://127.0.0.1:{}/readyz", self.server_port);
        loop {
            if let Ok(answer) = self.cold_http.get(&url).send().await
                && answer.status() == 200
            {
                answer.bytes().await.unwrap();
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `GET {base}/account` of the server.
    pub(crate) fn server(&self) -> Side {
        let url = format!("http://127.0.0.1:{}/api/account", self.server_port);
        self.side(&self.server, client(), vec![url], self.tokens.clone())
    }

    /// The same, with the client that [`Self::restart_server`] connected.
    pub(crate) fn cold_server(&self) -> Side {
        Side { http: self.cold_http.clone(), ..self.server() }
    }

    /// One user of Logto, passed on.
    pub(crate) fn floor(&self) -> Side {
        let url = format!("http://{}/user", self.floor_address);
        self.side(&self.floor, client(), vec![url], self.tokens.clone())
    }

    /// A read and a write of each user of Logto, passed on.
    pub(crate) fn floor_of_changes(&self) -> Side {
        let url = |number| format!("http://{}/users/{}", self.floor_address, id_of(number));
        self.side(&self.floor, client(), (0..PEOPLE).map(url).collect(), self.tokens.clone())
    }

    /// A user who links social accounts.
    pub(crate) async fn links(&self) -> Links<'_> {
        let server = format!("http://127.0.0.1:{}/api", self.server_port);
        Links::new(&self.sandbox, server, self.machine_token.clone()).await
    }

    /// A blank route.
    pub(crate) fn blank(&self) -> Side {
        let url = format!("http://{}/blank", self.floor_address);
        self.side(&self.floor, client(), vec![url], self.tokens.clone())
    }

    /// Sends the requests to Logto of a cold view, without a server.
    pub(crate) async fn direct(&self) -> Side {
        let api = format!("{}/api", self.sandbox.base_url());
        let mut urls = vec![format!("{api}/users/{}", self.sandbox.user_id("alice"))];
        urls.extend(SETTINGS.map(|name| format!("{api}/{name}")));
        let http = client();
        // The server, too, was connected to Logto before.
        let keys = http.get(format!("{}/jwks", self.sandbox.issuer())).send().await.unwrap();
        keys.bytes().await.unwrap();
        self.side(&self.floor, http, urls, vec![self.machine_token.clone()])
    }

    fn side(&self, process: &Process, http: reqwest::Client, urls: Vec<String>, tokens: Vec<String>) -> Side {
        Side { http, urls, tokens, process: process.0.id() }
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn id_of(number: u32) -> String {
    format!("person{number:06}")
}

/// Makes a user as full as alice, and their access token.
fn token_of_another(sandbox: &Sandbox, number: u32) -> String {
    let (id, name) = (id_of(number), format!("person{number}"));
    let mut fields = sandbox.user_json("alice");
    for (field, value) in
        [("id", &id), ("username", &name), ("primaryEmail", &format!("{name}@example.test"))]
    {
        fields[field] = Value::from(value.as_str());
    }
    fields["primaryPhone"] = Value::Null;
    sandbox.add_user(&fields);
    sandbox.mint_access_token(&sandbox.access_token_claims(&name, "account:read"), &json!({}))
}

async fn machine_token(sandbox: &Sandbox) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("resource", "https://default.logto.app/api"),
        ("scope", "all"),
    ];
    let request = client().post(format!("{}/token", sandbox.issuer())).form(&form);
    let request = request.basic_auth(sandbox.m2m_client_id(), Some(sandbox.m2m_client_secret()));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A few tokens from one address send more requests than any user does: the bench measures the cost of an answer.
const WITHOUT_BUDGETS: &str = "requests_per_user = [\"1000000 per s\"]\nrequests_per_ip = [\"1000000 per s\"]\n\
    changes_per_user = [\"1000000 per s\"]\nchanges_per_ip = [\"1000000 per s\"]\n\
    connections = 4096\nconnections_per_peer = 4096\n";

fn configuration(sandbox: &Sandbox, port: u16, read_cache_seconds: u32, limits: &str) -> String {
    format!(
        "public_url = \"http://127.0.0.1:{port}/api\"\n[listen]\naddress = \"127.0.0.1:{port}\"\ntrusted_proxies = [\"127.0.0.1\"]\n\
         [logto]\nendpoint = \"{}\"\nclient_id = \"{}\"\nclient_secret_file = \"secret\"\n\
         [app]\nclient_id = \"{}\"\n[limits]\nread_cache_seconds = {read_cache_seconds}\n{limits}",
        sandbox.base_url(),
        sandbox.m2m_client_id(),
        sandbox.native_client_id()
    )
}

fn start_server(folder: &tempfile::TempDir) -> Process {
    let mut server = Command::new(env!("CARGO_BIN_EXE_latchkey-server"));
    server.arg("--config").arg(folder.path().join("server.toml")).stderr(Stdio::null());
    Process(server.spawn().unwrap())
}
