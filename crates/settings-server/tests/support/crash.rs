//! A process that is killed before or after one of its calls to Logto, and started again on the same records.

use std::process::Command;

use logto_sandbox::{Fault, FaultAction, LoggedRequest, Options, Sandbox};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::app::{ordinary_id_token, password_of, secret, sign_in};
use super::records::Records;
use super::{ALL_SCOPES, Answer, client, read, write_secret};
use crate::process::{PATIENCE, PROGRAM, Program};

/// A call to Logto, and whether the process dies before or after Logto has answered it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) after: bool,
}

/// Returns both moments of one call.
pub(crate) const fn around(method: &'static str, path: &'static str) -> [Moment; 2] {
    [Moment { method, path, after: false }, Moment { method, path, after: true }]
}

pub(crate) const READ: [Moment; 2] = around("GET", "/api/users/");
pub(crate) const WRITE: [Moment; 2] = around("PATCH", "/api/users/");

impl Moment {
    /// Whether the change had begun: only then is there anything to settle.
    fn began(&self) -> bool {
        self.method == "PATCH" || (self.method != "GET" && self.path.contains("/identities"))
    }

    /// Whether Logto had made the change.
    pub(crate) fn wrote(&self) -> bool {
        self.began() && self.after
    }

    fn is(&self, request: &LoggedRequest) -> bool {
        request.method == self.method && request.path.starts_with(self.path)
    }
}

/// A sandbox, a program in front of it, and alice.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) records: Records,
    program: Program,
    pub(crate) base_url: String,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let records = Records::new();
        let (program, base_url) = start(&sandbox, &records);
        let world = Self { sandbox, records, program, base_url };
        let id_token = ordinary_id_token(&world.sandbox, "alice");
        let introduced = json!({ "id_token": id_token });
        let introduced = read(world.request(Method::POST, "/sessions/current", &introduced, None)).await;
        assert_eq!(introduced.status, 200, "{}", introduced.text);
        world
    }

    /// Signs alice's app in, in a browser of its own. Returns what its session is introduced as.
    pub(crate) async fn sign_in(&self) -> Value {
        let browser = self.sandbox.browser();
        let tokens = sign_in(&self.sandbox, &client(), &browser, "alice", &self.base_url).await;
        let introduced = json!({ "id_token": tokens["id_token"] });
        let introduced = read(self.request(Method::POST, "/sessions/current", &introduced, None)).await;
        let kind = introduced.body["kind"].as_str();
        assert_eq!((introduced.status, kind), (200, Some("known")), "{}", introduced.text);
        introduced.body
    }

    pub(crate) fn request(
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

    /// Returns a grant for a request that was answered with a challenge, by the password.
    pub(crate) async fn grant_after(&self, asked: &Answer) -> String {
        assert_eq!(asked.code(), "step_up_required", "{}", asked.text);
        let nonce = asked.body["detail"]["nonce"].clone();
        let proof = json!({ "nonce": nonce, "password": password_of("alice") });
        let answer = read(self.request(Method::POST, "/step-up/password", &proof, None)).await;
        answer.body["grant"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
    }

    /// Sends a request, kills the program at this moment, and starts it again. `is_there` says whether the effect of
    /// the call is visible, where it has one.
    pub(crate) async fn kill_at(
        self,
        moment: Moment,
        request: RequestBuilder,
        is_there: impl Fn(&Self) -> bool,
    ) -> Self {
        let asked =
            |world: &Self| world.sandbox.request_log().iter().filter(|request| moment.is(request)).count();
        let before = asked(&self);
        self.sandbox.faults().push(Fault {
            path_contains: moment.path.to_owned(),
            method: Some(moment.method.to_owned()),
            action: if moment.after { FaultAction::HangAfter } else { FaultAction::Hang },
            times: Some(1),
        });
        self.kill_when(request, moment.began(), |world| asked(world) > before && is_there(world)).await
    }

    /// Sends a request, kills the program as soon as `is_time`, and starts it again. If the change `began`, this waits
    /// until it is settled.
    pub(crate) async fn kill_when(
        self,
        request: RequestBuilder,
        began: bool,
        is_time: impl Fn(&Self) -> bool,
    ) -> Self {
        // The dead process's lease lasts half a minute: it expires.
        let mut world = self.restart_when(request, is_time, "UPDATE leases SET expires_at = 0").await;
        if began {
            world.wait_until_settled();
        }
        world
    }

    /// Sends a request and restarts as soon as `is_time`.
    pub(crate) async fn restart_when(
        self,
        request: RequestBuilder,
        is_time: impl Fn(&Self) -> bool,
        meanwhile: &'static str,
    ) -> Self {
        let left = tokio::spawn(request.send());
        let end = Instant::now() + PATIENCE;
        while !is_time(&self) {
            assert!(Instant::now() < end, "the moment does not come");
            tokio::task::yield_now().await;
        }
        let world = self.restart(meanwhile).await;
        let _ = left.await.unwrap();
        world
    }

    /// Kills the program and starts it again without any fault. `meanwhile` is applied to the records in between.
    pub(crate) async fn restart(self, meanwhile: &'static str) -> Self {
        let Self { sandbox, records, program, .. } = self;
        program.kill();
        sandbox.faults().clear();
        records.run(meanwhile).await;
        let (program, base_url) = start(&sandbox, &records);
        Self { sandbox, records, program, base_url }
    }

    pub(crate) fn wait_until_settled(&mut self) {
        self.program.wait_for("change: settled");
    }

    /// Asserts that a change that had begun has its outcome, and that one that had not left nothing.
    pub(crate) async fn assert_settled(&self, moment: Moment, case: &str) {
        self.assert_settled_after(&[], moment, case).await;
    }

    /// As [`Self::assert_settled`], after other changes with these outcomes.
    pub(crate) async fn assert_settled_after(&self, earlier: &[&str], moment: Moment, case: &str) {
        let own: &[&str] = match (moment.began(), moment.wrote()) {
            (false, _) => &[],
            (true, false) => &["undone"],
            (true, true) => &["done"],
        };
        let wanted = [earlier, own].concat().iter().map(|row| (*row).to_owned()).collect::<Vec<_>>();
        assert_eq!((self.records.results().await, self.records.open().await), (wanted, 0), "{case}");
    }

    /// Asserts that the command reports a valid audit log.
    pub(crate) fn assert_chained(&self, case: &str) {
        let configuration = self.program.configuration();
        let command =
            Command::new(PROGRAM).arg("--config").arg(configuration).arg("--verify-journal").output();
        let checked = command.unwrap();
        let report = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.success() && report.starts_with("ok "), "{case}: {report}");
    }

    pub(crate) fn end(self) {
        self.program.kill();
    }
}

fn start(sandbox: &Sandbox, records: &Records) -> (Program, String) {
    let mut more =
        format!("[limits]\nrequest_seconds = 2\n[store]\nurl = \"sqlite:{}\"\n", records.file().display());
    let providers = sandbox.providers();
    if !providers.url().is_empty() {
        let file = |name: &str| records.file().with_file_name(name);
        write_secret(&file("corp-id-secret"), "sandbox-corp-id-client-secret");
        write_secret(&file("corp-id-ca"), providers.ca_pem());
        let (secret, authority) = (file("corp-id-secret"), file("corp-id-ca"));
        more += &format!(
            "[[social_openid]]\ntarget = \"corp-id\"\nissuer = \"{}\"\nclient_id = \"sandbox-corp-id\"\n\
             client_secret_file = \"{}\"\nca_file = \"{}\"\n",
            providers.issuer(),
            secret.display(),
            authority.display()
        );
    }
    Program::start_with(sandbox, &more)
}
