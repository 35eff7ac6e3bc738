//! B20 and decision 16 for e-mail address and phone number: the process is killed before and after each of its calls,
//! and started again on the same records.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::addresses::{BOTH, Kind};
use crate::support::crash::{Moment, READ, WRITE, World, around};
use crate::support::read;

const SEND: [Moment; 2] = around("POST", "/api/verification-codes");
const VERIFY: [Moment; 2] = around("POST", "/api/verification-codes/verify");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Set,
    Confirm,
    Remove,
}

fn post(world: &World, path: &str, body: &Value, grant: Option<&str>) -> RequestBuilder {
    world.request(Method::POST, path, body, grant)
}

/// Returns a grant for a request, by the password.
async fn grant(world: &World, path: &str, body: &Value) -> String {
    world.grant_after(&read(post(world, path, body, None)).await).await
}

fn set(kind: Kind) -> (String, Value) {
    (format!("/{}", kind.field), json!({ "from": kind.present, kind.member: kind.typed }))
}

async fn sent(world: &World, kind: Kind) -> Value {
    let (path, body) = set(kind);
    let mut answer = read(post(world, &path, &body, None)).await;
    if answer.code() == "step_up_required" {
        let grant = world.grant_after(&answer).await;
        answer = read(post(world, &path, &body, Some(&grant))).await;
    }
    assert_eq!(answer.status, 200, "{}", answer.text);
    json!({ "transaction": answer.body["transaction"], "code": world.sandbox.outbox().last().unwrap().1 })
}

fn present(world: &World, kind: Kind) -> Value {
    world.sandbox.user_json("alice")[kind.stored].clone()
}

async fn killed(kind: Kind, operation: Operation, moment: Moment) {
    let case = format!("{} {operation:?} {moment:?}", kind.field);
    let world = World::start().await;
    let confirm = format!("/{}/confirm", kind.field);
    let (path, body) = match operation {
        Operation::Set => set(kind),
        Operation::Confirm => (confirm.clone(), sent(&world, kind).await),
        Operation::Remove => (format!("/{}/remove", kind.field), json!({ "from": kind.present })),
    };
    let proof = match operation {
        Operation::Confirm => None,
        Operation::Set | Operation::Remove => Some(grant(&world, &path, &body).await),
    };
    let codes_before = world.sandbox.outbox().len();
    let sends = moment.after && operation == Operation::Set && moment.method == "POST";
    let request = post(&world, &path, &body, proof.as_deref());
    let world = world
        .kill_at(moment, request, |world| {
            (!moment.wrote() || present(world, kind) != kind.present)
                && (!sends || world.sandbox.outbox().len() > codes_before)
        })
        .await;

    let after = if operation == Operation::Remove { Value::Null } else { json!(kind.new) };
    let wanted = if moment.wrote() { after.clone() } else { json!(kind.present) };
    assert_eq!(present(&world, kind), wanted, "{case}");
    world.assert_settled(moment, &case).await;

    // Afterwards it can be changed as before.
    if !moment.wrote() {
        let answer = if operation == Operation::Remove {
            let grant = grant(&world, &path, &body).await;
            read(post(&world, &path, &body, Some(&grant))).await
        } else {
            let proven = sent(&world, kind).await;
            read(post(&world, &confirm, &proven, None)).await
        };
        assert_eq!(answer.status, 200, "{case}: {}", answer.text);
        assert_eq!(present(&world, kind), after, "{case}");
    }
    world.end();
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
async fn b20_killed_while_set_identifier_is_applied_or_not() {
    for kind in BOTH {
        for moment in [READ, VERIFY, WRITE].concat() {
            killed(kind, Operation::Confirm, moment).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_killed_while_removed_identifier_is_gone_or_kept() {
    for kind in BOTH {
        for moment in [READ, WRITE].concat() {
            killed(kind, Operation::Remove, moment).await;
        }
    }
}
