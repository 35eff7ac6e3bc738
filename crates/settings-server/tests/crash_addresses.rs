//! B20 and §6.16 for e-mail address and phone number: the process is killed before and after each of its calls, and
//! started again on the same records.

use logto_sandbox::{Fault, FaultAction, Options, Sandbox};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::process::Program;
use crate::support::addresses::{BOTH, Kind};
use crate::support::app::{password_of, secret};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, client, read};

/// A call to Logto, and whether the process dies before or after Logto has answered it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) after: bool,
}

/// The two of one call.
pub(crate) const fn around(method: &'static str, path: &'static str) -> [Moment; 2] {
    [Moment { method, path, after: false }, Moment { method, path, after: true }]
}

pub(crate) const READ: [Moment; 2] = around("GET", "/api/users/");
pub(crate) const WRITE: [Moment; 2] = around("PATCH", "/api/users/");
const SEND: [Moment; 2] = around("POST", "/api/verification-codes");
const VERIFY: [Moment; 2] = around("POST", "/api/verification-codes/verify");

/// A sandbox, a program in front of it, and alice.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) records: Records,
    pub(crate) base_url: String,
}

impl World {
    fn request(&self, path: &str, body: &Value, grant: Option<&str>) -> RequestBuilder {
        self.request_with(Method::POST, path, body, grant)
    }

    pub(crate) fn request_with(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        grant: Option<&str>,
    ) -> RequestBuilder {
        let mut claims = self.sandbox.access_token_claims("bob", ALL_SCOPES);
        // By id: the name may have changed.
        claims["sub"] = json!("alice0000001");
        let token = self.sandbox.mint_access_token(&claims, &json!({}));
        let request = client().request(method, format!("{}{path}", self.base_url)).bearer_auth(token);
        let request = request.header("latchkey-instance", secret("crash")).json(body);
        match grant {
            Some(grant) => request.header("latchkey-grant", grant),
            None => request,
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        read(self.request(path, body, None)).await
    }

    /// A grant for a request, by the password.
    async fn grant(&self, path: &str, body: &Value) -> String {
        self.grant_after(&self.post(path, body).await).await
    }

    /// A grant for whatever was answered with a challenge, by the password.
    pub(crate) async fn grant_after(&self, asked: &Answer) -> String {
        assert_eq!(asked.code(), "step_up_required", "{}", asked.text);
        let nonce = asked.body["detail"]["nonce"].clone();
        let proof = json!({ "nonce": nonce, "password": password_of("alice") });
        let answer = self.post("/step-up/password", &proof).await;
        answer.body["grant"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
    }

    async fn sent(&self, kind: Kind) -> Value {
        let (path, body) = set(kind);
        let grant = self.grant(&path, &body).await;
        let answer = read(self.request(&path, &body, Some(&grant))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        json!({ "transaction": answer.body["transaction"], "code": self.sandbox.outbox().last().unwrap().1 })
    }

    fn present(&self, kind: Kind) -> Value {
        self.sandbox.user_json("alice")[kind.stored].clone()
    }

    pub(crate) async fn results(&self) -> Vec<String> {
        self.records.texts("SELECT result FROM journal WHERE phase = 'outcome'").await
    }
}

fn set(kind: Kind) -> (String, Value) {
    (format!("/{}", kind.field), json!({ "from": kind.present, kind.member: kind.typed }))
}

pub(crate) fn start(sandbox: &Sandbox, records: &Records) -> (Program, String) {
    let more =
        format!("[limits]\nrequest_seconds = 2\n[store]\nurl = \"sqlite:{}\"\n", records.file().display());
    Program::start_with(sandbox, &more)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Set,
    Confirm,
    Remove,
}

async fn killed(kind: Kind, operation: Operation, moment: Moment) {
    let case = format!("{} {operation:?} {moment:?}", kind.field);
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let records = Records::new();
    let (running, base_url) = start(&sandbox, &records);
    let mut world = World { sandbox, records, base_url };
    let (path, body, grant) = match operation {
        Operation::Set => {
            let (path, body) = set(kind);
            let grant = world.grant(&path, &body).await;
            (path, body, Some(grant))
        }
        Operation::Confirm => (format!("/{}/confirm", kind.field), world.sent(kind).await, None),
        Operation::Remove => {
            let (path, body) = (format!("/{}/remove", kind.field), json!({ "from": kind.present }));
            let grant = world.grant(&path, &body).await;
            (path, body, Some(grant))
        }
    };
    let is_this = |request: &logto_sandbox::LoggedRequest| {
        request.method == moment.method && request.path.starts_with(moment.path)
    };
    let before = world.sandbox.request_log().iter().filter(|request| is_this(request)).count();
    world.sandbox.faults().push(Fault {
        path_contains: moment.path.to_owned(),
        method: Some(moment.method.to_owned()),
        action: if moment.after { FaultAction::HangAfter } else { FaultAction::Hang },
        times: Some(1),
    });
    let (sent_before, wrote) = (world.sandbox.outbox().len(), moment.after && moment.method == "PATCH");
    let left = tokio::spawn(world.request(&path, &body, grant.as_deref()).send());
    let is_asked = || {
        let log = world.sandbox.request_log();
        log.iter().filter(|request| is_this(request)).count() > before
            && (!wrote || world.present(kind) != kind.present)
            && (!(moment.after && operation == Operation::Set && moment.method == "POST")
                || world.sandbox.outbox().len() > sent_before)
    };
    while !is_asked() {
        tokio::task::yield_now().await;
    }
    running.kill();
    let _ = left.await.unwrap();
    world.sandbox.faults().clear();
    // The dead process's lease lasts half a minute: its time is over.
    world.records.run("UPDATE leases SET expires_at = 0").await;

    let (mut restarted, base_url) = start(&world.sandbox, &world.records);
    world.base_url = base_url;
    let began = moment.method == "PATCH";
    if began {
        restarted.wait_for("settled a change");
    }
    let after = if operation == Operation::Remove { Value::Null } else { json!(kind.new) };
    let wanted = if wrote { after.clone() } else { json!(kind.present) };
    assert_eq!(world.present(kind), wanted, "{case}");
    let journal: &[&str] = match (began, wrote) {
        (false, _) => &[],
        (true, false) => &["undone"],
        (true, true) => &["done"],
    };
    assert_eq!(
        (world.results().await, world.records.open().await),
        (journal.iter().map(|one| (*one).to_owned()).collect(), 0),
        "{case}"
    );

    // Afterwards it can be changed as before.
    if !wrote {
        let answer = if operation == Operation::Remove {
            let grant = world.grant(&path, &body).await;
            read(world.request(&path, &body, Some(&grant))).await
        } else {
            let proven = world.sent(kind).await;
            world.post(&format!("/{}/confirm", kind.field), &proven).await
        };
        assert_eq!(answer.status, 200, "{case}: {}", answer.text);
        assert_eq!(world.present(kind), after, "{case}");
    }
    restarted.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_a_code_is_sent_nothing_is_changed() {
    for kind in BOTH {
        for moment in [READ, SEND].concat() {
            killed(kind, Operation::Set, moment).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_a_proven_one_is_set_it_is_set_or_not() {
    for kind in BOTH {
        for moment in [READ, VERIFY, WRITE].concat() {
            killed(kind, Operation::Confirm, moment).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_one_is_removed_it_is_removed_or_not() {
    for kind in BOTH {
        for moment in [READ, WRITE].concat() {
            killed(kind, Operation::Remove, moment).await;
        }
    }
}
