//! B20 and §6.16 for user name and password: the process is killed before and after each of its calls, and started again on
//! the same records.

use logto_sandbox::{Fault, FaultAction, Options, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::crash_addresses::{Moment, READ, WRITE, World, around, start};
use crate::support::records::Records;
use crate::support::{change, read};

const CHECK: [Moment; 2] = around("POST", "/api/sign-in-exp/default/check-password");
const VERIFY: [Moment; 2] = around("POST", "/api/users/alice0000001/password/verify");

/// One change: what is asked for, and what Logto shows before and after.
struct Credential {
    method: Method,
    path: &'static str,
    body: Value,
    before: Value,
    after: Value,
}

fn username(to: Value) -> Credential {
    Credential {
        method: Method::PATCH,
        path: "/username",
        body: change("username", "alice", to.clone()),
        before: json!("alice"),
        after: to,
    }
}

fn password() -> Credential {
    Credential {
        method: Method::PUT,
        path: "/password",
        body: json!({ "password": "Better-Horse-8" }),
        before: json!("Correct-Horse-7"),
        after: json!("Better-Horse-8"),
    }
}

impl Credential {
    fn present(&self, sandbox: &Sandbox) -> Value {
        if self.path == "/username" {
            return sandbox.user_json("alice0000001")["username"].clone();
        }
        let is = |password: &Value| sandbox.has_password("alice0000001", password.as_str().unwrap());
        [&self.before, &self.after].into_iter().find(|one| is(one)).cloned().unwrap_or_default()
    }
}

async fn killed(credential: Credential, moment: Moment) {
    let case = format!("{} {moment:?}", credential.path);
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let records = Records::new();
    let (running, base_url) = start(&sandbox, &records);
    let mut world = World { sandbox, records, base_url };
    let request = |world: &World, grant: Option<&str>| {
        world.request_with(credential.method.clone(), credential.path, &credential.body, grant)
    };
    let grant = world.grant_after(&read(request(&world, None)).await).await;
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
    let began = moment.method == "PATCH";
    let wrote = began && moment.after;
    let left = tokio::spawn(request(&world, Some(&grant)).send());
    let is_asked = || {
        world.sandbox.request_log().iter().filter(|request| is_this(request)).count() > before
            && (!wrote || credential.present(&world.sandbox) == credential.after)
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
    if began {
        restarted.wait_for("settled a change");
    }
    let wanted = if wrote { &credential.after } else { &credential.before };
    assert_eq!(credential.present(&world.sandbox), *wanted, "{case}");
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
        let grant = world.grant_after(&read(request(&world, None)).await).await;
        let answer = read(request(&world, Some(&grant))).await;
        assert_eq!(answer.status, 200, "{case}: {}", answer.text);
        assert_eq!(credential.present(&world.sandbox), credential.after, "{case}");
    }
    restarted.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_a_user_name_is_changed_or_removed_it_is_or_is_not() {
    for to in [json!("alice_2"), Value::Null] {
        for moment in [READ, WRITE].concat() {
            killed(username(to.clone()), moment).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_a_password_is_changed_it_is_or_is_not() {
    for moment in [READ, CHECK, VERIFY, WRITE].concat() {
        killed(password(), moment).await;
    }
}
