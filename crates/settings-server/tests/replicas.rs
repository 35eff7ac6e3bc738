//! Several servers with one store, and servers whose store is down (B20, B38, decision 19).

use std::sync::Arc;
use std::time::Duration;

use logto_sandbox::{Fault, FaultAction, Options, Sandbox};
use serde_json::{Value, json};
use settings_server::config::PublicUrl;
use settings_server::{Clock, Config, RunningServer, Server, SystemClock};
use sqlx::{ConnectOptions, Connection};

use crate::process::Program;
use crate::support::databases::{Place, drop_database, on_both, on_postgres};
use crate::support::{ALL_SCOPES, Answer, KEY, SandboxClock, change, client, keep_in, read, write_secret};

/// One of several servers with the same public URL and the same store.
struct Replica {
    running: RunningServer,
    url: String,
    http: reqwest::Client,
}

impl Replica {
    /// `public_url` is the first replica's; the first has none to pass.
    async fn start(
        sandbox: &Sandbox,
        place: &Place,
        public_url: Option<&str>,
        clock: Arc<dyn Clock>,
        adjust: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = configuration(sandbox, place);
        if let Some(url) = public_url {
            config.public_url = PublicUrl::parse(url).unwrap();
        }
        adjust(&mut config);
        let server = Server::bind_with_clock(config, clock).await.unwrap();
        let url = format!("http://{}", server.local_address().unwrap());
        Self { running: server.spawn(), url, http: client() }
    }

    async fn patch(&self, path: &str, token: &str, body: &Value) -> Answer {
        read(self.http.patch(format!("{}/api/account{path}", self.url)).bearer_auth(token).json(body)).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        read(self.http.get(format!("{}{path}", self.url)).bearer_auth(token)).await
    }
}

fn configuration(sandbox: &Sandbox, place: &Place) -> Config {
    let mut config = Config::for_loopback(
        &sandbox.base_url(),
        &sandbox.m2m_client_id(),
        &sandbox.m2m_client_secret(),
        &sandbox.native_client_id(),
    );
    keep_in(&mut config, place);
    config
}

/// Returns the `[store]` of a program with this database; the key is next to the database's file, or in the temporary
/// folder.
fn section(place: &Place, folder: &tempfile::TempDir) -> String {
    let key = folder.path().join("key");
    write_secret(&key, KEY);
    let url = match place {
        Place::File(file) => format!("sqlite:{}", file.display()),
        Place::Postgres(url) => url.clone(),
    };
    format!("[store]\nurl = \"{url}\"\nencryption_key_files = [\"{}\"]\n", key.display())
}

fn token(sandbox: &Sandbox) -> String {
    sandbox.mint_access_token(&sandbox.access_token_claims("alice", ALL_SCOPES), &json!({}))
}

fn fault(sandbox: &Sandbox, method: &str, milliseconds: u64, times: Option<u32>) {
    sandbox.faults().push(Fault {
        path_contains: "/api/users/".to_owned(),
        method: Some(method.to_owned()),
        action: FaultAction::Delay(milliseconds),
        times,
    });
}

/// Ten fields by their names in an edit, and in Logto.
const FIELDS: [(&str, &str); 10] = [
    ("given_name", "givenName"),
    ("family_name", "familyName"),
    ("middle_name", "middleName"),
    ("nickname", "nickname"),
    ("preferred_username", "preferredUsername"),
    ("gender", "gender"),
    ("profile", "profile"),
    ("website", "website"),
    ("zoneinfo", "zoneinfo"),
    ("locale", "locale"),
];

fn new_value(field: &str, number: usize) -> Value {
    json!(match field {
        "profile" | "website" => format!("https://example.test/{number}"),
        "zoneinfo" => ["Europe/Vienna", "Europe/Paris", "Europe/Oslo", "Europe/Rome", "Europe/Madrid"]
            [number]
            .to_owned(),
        "locale" => ["de-AT", "fr-FR", "nb-NO", "it-IT", "es-ES"][number].to_owned(),
        _ => format!("value {number}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_fifty_changes_of_one_user_over_two_replicas_lose_none() {
    on_both(async |place| {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let clock = || Arc::new(SandboxClock(sandbox.clock()));
        let one = Replica::start(&sandbox, &place, None, clock(), |_| {}).await;
        let base_url = one.running.base_url().to_owned();
        sandbox.set_resource(&base_url);
        let two = Replica::start(&sandbox, &place, Some(&base_url), clock(), |_| {}).await;
        let token = token(&sandbox);

        // Five values for each of ten fields, all from the same old one: one of them wins, and the other four get a
        // conflict. Two winners would be a lost change; so would a winner whose value is gone, because some of them
        // clear, which replaces the whole profile by what was read.
        let before = sandbox.user_json("alice")["profile"].clone();
        fault(&sandbox, "GET", 12, None);
        // A write takes longer than a read: without the lock, a request would read what another one is about to
        // replace.
        fault(&sandbox, "PATCH", 50, None);
        let requests = (0..50_usize).map(|number| {
            let ((field, name), value) = (FIELDS[number % 10], number / 10);
            let clears = value == 2 && !before[name].is_null();
            let to = if clears { Value::Null } else { new_value(field, value) };
            let body = change(field, before[name].clone(), to.clone());
            let (replica, token) = (if value % 2 == 0 { &one } else { &two }, &token);
            async move { (name, to, replica.patch("/profile", token, &body).await) }
        });
        let answers = futures_util::future::join_all(requests).await;
        let after = sandbox.user_json("alice")["profile"].clone();
        for (field, name) in FIELDS {
            let of_field = answers.iter().filter(|(of, ..)| *of == name);
            let (won, lost): (Vec<_>, Vec<_>) = of_field.partition(|(.., answer)| answer.status == 200);
            assert_eq!(won.len(), 1, "{field}");
            assert!(lost.iter().all(|(.., answer)| answer.outcome() == (409, "conflict")), "{lost:?}");
            assert_eq!(after.get(name).cloned().unwrap_or_default(), won[0].1, "{field}");
        }
        one.running.stop().await;
        two.running.stop().await;
    })
    .await;
}

/// The system's clock, in the past or in the future.
struct Later(Duration);

impl Clock for Later {
    fn now_unix_ms(&self) -> u64 {
        SystemClock.now_unix_ms() + u64::try_from(self.0.as_millis()).unwrap()
    }
}

/// Returns the number of the last change of any user.
async fn fence(place: &Place) -> i64 {
    let sql = "SELECT MAX(fence) FROM leases";
    match place {
        Place::File(file) => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let mut connection = options.connect().await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
        Place::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_lease_of_a_killed_server_passes_on_when_it_expires() {
    on_both(async |place| {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (program, base_url) = Program::start_with(&sandbox, &section(&place, &folder));
        let token = token(&sandbox);
        fault(&sandbox, "PATCH", 60_000, Some(1));
        let name = change("name", "Alice Example", "Alice");
        let left = client().patch(format!("{base_url}/account")).bearer_auth(&token).json(&name).send();
        let left = tokio::spawn(left);
        while !sandbox.request_log().iter().any(|request| request.method == "PATCH") {
            tokio::task::yield_now().await;
        }
        assert_eq!(fence(&place).await, 1);
        program.kill();
        assert!(left.await.unwrap().is_err());

        let quick = |config: &mut Config| config.limits.request_timeout = Duration::from_millis(800);
        let replica =
            |clock: Later| Replica::start(&sandbox, &place, Some(&base_url), Arc::new(clock), quick);
        let heir = replica(Later(Duration::ZERO)).await;
        let answer = heir.patch("", &token, &name).await;
        assert_eq!(answer.outcome(), (503, "store_unavailable"), "{}", answer.text);
        assert_eq!(answer.header("retry-after"), "5");
        heir.running.stop().await;
        let heir = replica(Later(Duration::from_secs(31))).await;
        let answer = heir.patch("", &token, &name).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(fence(&place).await >= 2, "the edit, and before it perhaps the settling of what was cut off");
        heir.running.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b38_server_without_store_is_unready_and_changes_nothing() {
    on_postgres(async |place| {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        sandbox.clock().freeze();
        let clock = Arc::new(SandboxClock(sandbox.clock()));
        let one = Replica::start(&sandbox, &place, None, clock, |_| {}).await;
        sandbox.set_resource(one.running.base_url());
        let token = token(&sandbox);
        assert_eq!(one.get("/readyz", "").await.status, 200);
        let Place::Postgres(url) = &place else { panic!("{place:?}") };
        let name = url.parse::<url::Url>().unwrap().path().trim_start_matches('/').to_owned();
        drop_database(url.replace(&format!("/{name}"), "/postgres").as_str(), &name).await;
        sandbox.clock().advance(Duration::from_secs(6));

        let ready = one.get("/readyz", "").await;
        assert_eq!((ready.status, ready.text.as_str()), (503, r#"{"status":"unavailable"}"#));
        assert_eq!(one.get("/livez", "").await.status, 200);
        let changed = one.patch("", &token, &change("name", "Alice Example", "Alice")).await;
        assert_eq!(changed.outcome(), (503, "store_unavailable"));
        assert_eq!(changed.header("retry-after"), "5");
        assert!(!changed.text.contains(&name) && !changed.text.contains("latchkey_"), "{}", changed.text);
        assert!(!sandbox.request_log().iter().any(|request| request.method == "PATCH"));
        // Another replica may have raised the floor of this token (decision 30).
        assert_eq!(one.get("/api/account", &token).await.outcome(), (503, "store_unavailable"));

        let start = Server::bind(configuration(&sandbox, &place)).await.map(|_| ()).unwrap_err().to_string();
        assert_eq!(start, "store.url: the database cannot be opened: error code 3D000");
        one.running.stop().await;
    })
    .await;
}

/// A floor that one replica raises holds on the other at once (decision 30).
#[tokio::test(flavor = "multi_thread")]
async fn r30_floor_holds_on_every_replica_at_once() {
    on_postgres(async |place| {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        sandbox.clock().freeze();
        let clock = || Arc::new(SandboxClock(sandbox.clock()));
        let one = Replica::start(&sandbox, &place, None, clock(), |_| {}).await;
        let base_url = one.running.base_url().to_owned();
        sandbox.set_resource(&base_url);
        let two = Replica::start(&sandbox, &place, Some(&base_url), clock(), |_| {}).await;
        let token = token(&sandbox);
        assert_eq!(two.get("/api/account", &token).await.status, 200);
        let instance = crate::support::app::secret("instance of alice");
        let send = async |method: reqwest::Method, path: &str, grant: Option<&str>, body: Value| {
            let mut request = client().request(method, format!("{}/api{path}", one.url)).bearer_auth(&token);
            request = request.header("latchkey-instance", &instance).json(&body);
            if let Some(grant) = grant {
                request = request.header("latchkey-grant", grant);
            }
            read(request).await
        };
        let id_token = crate::support::app::ordinary_id_token(&sandbox, "alice");
        let post = reqwest::Method::POST;
        let introduced = send(post.clone(), "/sessions/current", None, json!({ "id_token": id_token })).await;
        assert_eq!(introduced.status, 200, "{}", introduced.text);
        let password = json!({ "password": "Better-Horse-8" });
        let asked = send(reqwest::Method::PUT, "/password", None, password.clone()).await;
        let proof = json!({ "nonce": asked.body["detail"]["nonce"], "password": "Correct-Horse-7" });
        let proven = send(post, "/step-up/password", None, proof).await;
        let grant = proven.body["grant"].as_str().unwrap().to_owned();
        let changed = send(reqwest::Method::PUT, "/password", Some(&grant), password).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!(two.get("/api/account", &token).await.status, 401);
        one.running.stop().await;
        two.running.stop().await;
    })
    .await;
}
