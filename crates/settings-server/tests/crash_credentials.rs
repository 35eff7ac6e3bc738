//! B20 and decision 16 for user name and password: the process is killed before and after each of its calls, and
//! started again on the same records.

use logto_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::crash::{Moment, READ, WRITE, World, around};
use crate::support::{change, read};

const CHECK: [Moment; 2] = around("POST", "/api/sign-in-exp/default/check-password");
const VERIFY: [Moment; 2] = around("POST", "/api/users/alice0000001/password/verify");

/// One change: its request, and what Logto shows before and after.
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
    let world = World::start().await;
    let request = |world: &World, grant: Option<&str>| {
        world.request(credential.method.clone(), credential.path, &credential.body, grant)
    };
    let grant = world.grant_after(&read(request(&world, None)).await).await;
    let asked = request(&world, Some(&grant));
    let world = world
        .kill_at(moment, asked, |world| {
            !moment.wrote() || credential.present(&world.sandbox) == credential.after
        })
        .await;

    let wanted = if moment.wrote() { &credential.after } else { &credential.before };
    assert_eq!(credential.present(&world.sandbox), *wanted, "{case}");
    world.assert_settled(moment, &case).await;
    // Afterwards it can be changed as before.
    if !moment.wrote() {
        let grant = world.grant_after(&read(request(&world, None)).await).await;
        let answer = read(request(&world, Some(&grant))).await;
        assert_eq!(answer.status, 200, "{case}: {}", answer.text);
        assert_eq!(credential.present(&world.sandbox), credential.after, "{case}");
    }
    world.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_user_name_changes_it_is_applied_or_not() {
    for to in [json!("alice_2"), Value::Null] {
        for moment in [READ, WRITE].concat() {
            killed(username(to.clone()), moment).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_password_changes_it_is_applied_or_not() {
    for moment in [READ, CHECK, VERIFY, WRITE].concat() {
        killed(password(), moment).await;
    }
}
