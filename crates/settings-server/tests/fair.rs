//! Decision 32: one user, or one network, does not slow down all others.

use std::time::Duration;

use logto_sandbox::{FaultAction, SignInBy};
use serde_json::{Value, json};
use settings_server::config::{Config, Rule};
use tokio::time::Instant;

use crate::support::addresses::PHONE;
use crate::support::app::{App, Call, granted, secret};
use crate::support::records::Records;
use crate::support::{ALL_SCOPES, Answer, Stage, change, read};

const REFUSED: (u16, &str) = (429, "rate_limited");
/// The application's name for the account of alice.
const ALICE: &str = "/api/users/alice0000001";

fn a_minute(most: u32) -> Vec<Rule> {
    vec![Rule { most, within: Duration::from_secs(60) }]
}

/// Lets `X-Forwarded-For` set the network of a request.
fn behind_a_proxy(config: &mut Config) {
    config.listen.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
}

async fn account_from(stage: &Stage, network: &str, token: &str) -> Answer {
    let request = stage.http.get(stage.url("/account")).bearer_auth(token);
    read(request.header("x-forwarded-for", network)).await
}

fn rename(from: &str, to: &str) -> Call {
    Call::patch("/username", change("username", from, to))
}

fn new_password() -> Call {
    Call::put("/password", json!({ "password": "Another-Horse-8" }))
}

#[tokio::test]
async fn b32_requests_of_one_user_are_limited() {
    let stage = Stage::with(|config| {
        config.budgets.requests_per_user = a_minute(3);
        config.budgets.requests_per_ip = a_minute(8);
    })
    .await;
    let (alice, bob) = (stage.token("alice", ALL_SCOPES), stage.token("bob", ALL_SCOPES));
    for _ in 0..3 {
        assert_eq!(stage.account(&alice).await.status, 200);
    }
    stage.sandbox.clear_request_log();
    for _ in 0..10 {
        let answer = stage.account(&alice).await;
        assert_eq!((answer.outcome(), answer.header("retry-after")), (REFUSED, "20"));
        assert_eq!(answer.body["detail"], json!({ "kind": "retry_after", "seconds": 20 }));
    }
    assert!(stage.sandbox.request_log().is_empty());
    let another_token = stage.token("alice", "account:read");
    assert_eq!(stage.account(&another_token).await.outcome(), REFUSED, "whatever the token");
    for _ in 0..3 {
        assert_eq!(stage.account(&bob).await.status, 200, "what was refused is not counted for the network");
    }
    stage.advance(20);
    assert_eq!(stage.account(&alice).await.status, 200);
    assert_eq!(stage.account(&alice).await.outcome(), REFUSED);
}

#[tokio::test]
async fn b32_a_network_is_limited_before_its_tokens_are_verified() {
    let stage = Stage::with(|config| {
        config.budgets.requests_per_ip = a_minute(3);
        behind_a_proxy(config);
    })
    .await;
    let alice = stage.token("alice", ALL_SCOPES);
    for _ in 0..3 {
        assert_eq!(account_from(&stage, "2001:db8:1:2::1", "nonsense").await.status, 401);
    }
    for network in ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"] {
        assert_eq!(account_from(&stage, network, &alice).await.outcome(), REFUSED, "{network}: one /64");
    }
    assert_eq!(stage.request_count("/oidc/jwks"), 0, "no token was looked at");
    assert_eq!(account_from(&stage, "2001:db8:1:3::1", &alice).await.status, 200);
    for _ in 0..10 {
        assert_eq!(stage.account(&alice).await.status, 200, "the proxy itself is not counted");
        assert_eq!(read(stage.http.get(stage.root_url("/livez"))).await.status, 200);
    }
}

#[tokio::test]
async fn b32_probes_are_answered_whatever_is_over_its_budget() {
    let stage = Stage::with(|config| config.budgets.requests_per_ip = a_minute(1)).await;
    assert_eq!(stage.account("nonsense").await.status, 401);
    assert_eq!(stage.account("nonsense").await.outcome(), REFUSED);
    for path in ["/livez", "/readyz", "/.well-known/oauth-protected-resource/api"] {
        assert_eq!(read(stage.http.get(stage.root_url(path))).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn b32_changes_of_a_user_and_of_a_network_are_limited() {
    let stage = Stage::with(|config| {
        config.budgets.changes_per_user = a_minute(2);
        config.budgets.changes_per_ip = a_minute(7);
    })
    .await;
    let edit = json!({});
    let patch = async |user: &str| stage.patch("/account", &stage.token(user, ALL_SCOPES), &edit).await;
    assert_eq!((patch("alice").await.status, patch("alice").await.status), (200, 200));
    let refused = patch("alice").await;
    assert_eq!((refused.outcome(), refused.header("retry-after")), (REFUSED, "30"));
    let app = App::sign_in(&stage, "alice").await;
    for _ in 0..2 {
        app.challenge(&new_password()).await;
    }
    assert_eq!(app.call(&new_password()).await.outcome(), REFUSED, "a challenge is one, too");
    let code = json!({ "nonce": secret("nonce"), "route": "email" });
    assert_eq!(app.post("/step-up/code", code).await.outcome(), REFUSED);
    assert_eq!(stage.alice().await.status, 200, "reading is none");
    assert_eq!((patch("bob").await.status, patch("bob").await.status), (200, 200));
    assert_eq!(patch("mfa").await.status, 200);
    assert_eq!(patch("mfa").await.outcome(), REFUSED, "seven from one network");
    stage.advance(60);
    assert_eq!(patch("mfa").await.status, 200);
}

#[tokio::test]
async fn b32_a_refusal_takes_its_time() {
    let delay = Duration::from_millis(300);
    let stage = Stage::with(|config| {
        config.budgets.requests_per_user = a_minute(1);
        config.limits.refusal_delay = delay;
    })
    .await;
    let token = stage.token("alice", ALL_SCOPES);
    assert_eq!(stage.account(&token).await.status, 200);
    let began = Instant::now();
    assert_eq!(stage.account(&token).await.outcome(), REFUSED);
    assert!(began.elapsed() >= delay);
}

#[tokio::test]
async fn b32_flooding_token_does_not_take_every_place() {
    let stage = Stage::new().await;
    let (alice, bob) = (stage.token("alice", ALL_SCOPES), stage.token("bob", ALL_SCOPES));
    assert_eq!(stage.account(&bob).await.status, 200);
    stage.sandbox.clear_request_log();
    stage.fault(ALICE, "GET", FaultAction::Hold, None);
    let flood: Vec<_> = (0..50)
        .map(|_| tokio::spawn(read(stage.http.get(stage.url("/account")).bearer_auth(&alice))))
        .collect();
    while stage.request_count(ALICE) < 4 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.account(&bob).await.status, 200);
    assert_eq!(stage.request_count(ALICE), 4);
    stage.sandbox.faults().clear();
    for one in flood {
        assert_eq!(one.await.unwrap().status, 200);
    }
}

/// A copied access token without its instance counts in budgets of its own.
#[tokio::test]
async fn b32_copied_token_uses_up_nothing_of_its_owner() {
    let stage = Stage::with(|config| {
        config.budgets.requests_per_user = a_minute(7);
        config.budgets.changes_per_user = a_minute(3);
    })
    .await;
    let owner = App::sign_in(&stage, "alice").await;
    let token = stage.token("alice", ALL_SCOPES);
    let thief =
        App { instance: secret("made up"), ..App::not_introduced(&stage, "alice", &owner.browser).await };
    for _ in 0..3 {
        stage.patch("/account", &token, &json!({})).await;
        thief.call(&new_password()).await;
    }
    assert_eq!(stage.patch("/account", &token, &json!({})).await.outcome(), REFUSED);
    assert_eq!(thief.call(&new_password()).await.outcome(), REFUSED);
    let mut owner = owner;
    owner.become_another("installed anew").await;
    let grant = owner.grant(&new_password()).await;
    assert_eq!(owner.call(&new_password().with_grant(&grant)).await.status, 200);
    assert_eq!(
        stage.account(&token).await.outcome(),
        (401, "unauthorized"),
        "a refused token is not counted"
    );
}

/// A refused sign-in can be sent again and again. What the audit log keeps of it has the budget of changes.
#[tokio::test]
async fn b32_refused_sign_ins_are_recorded_within_a_budget() {
    for (case, path) in [
        ("another_address", "/step-up/browser"),
        ("another_address", "/sessions/current"),
        ("browser_not_enough", "/step-up/browser"),
    ] {
        let records = Records::new();
        let stage = Stage::with(|config| {
            records.configure(config);
            config.budgets.changes_per_user = a_minute(4);
        })
        .await;
        let method = json!({ "identifier": "email", "password": false, "verificationCode": true });
        stage.sandbox.set_sign_in_experience(
            &json!({ "signIn": { "methods": [method] }, "socialSignInConnectorTargets": ["github"] }),
        );
        let id = stage.sandbox.add_user(&json!({ "username": "one", "primaryEmail": "one@example.test" }));
        let mut sign_in_by = SignInBy::Code { identifier: "one@example.test".to_owned() };
        if case == "browser_not_enough" {
            assert_eq!(stage.account(&stage.token(&id, ALL_SCOPES)).await.status, 200, "seen once");
            let linked_later =
                json!({ "primaryEmail": null, "identities": { "github": { "userId": "gh-1" } } });
            stage.sandbox.patch_user(&id, &linked_later);
            sign_in_by =
                SignInBy::Social { target: "github".to_owned(), user_id: "gh-1".to_owned(), email: None };
        }
        let app = App::of(&stage, &id).await;
        let (nonce, _) = app.challenge(&new_password()).await;
        let ordinary = "ordinary".to_owned();
        let id_token = app
            .fresh_id_token_by(if path == "/sessions/current" { &ordinary } else { &nonce }, &sign_in_by)
            .await;
        if case == "another_address" {
            stage.sandbox.rename_recorded_identifiers(&id, "other@example.test");
        }
        let shown = match path {
            "/sessions/current" => json!({ "id_token": id_token }),
            _ => json!({ "nonce": nonce, "id_token": id_token }),
        };
        // The challenge was the first of the four. An introduction has a budget apart.
        let most = if path == "/sessions/current" { 4 } else { 3 };
        for number in 1..=10 {
            let answer = app.post(path, shown.clone()).await;
            let wanted = if number <= most { (403, "step_up_refused") } else { REFUSED };
            assert_eq!(answer.outcome(), wanted, "{case} {path} {number}: {}", answer.text);
        }
        let rows = records.texts("SELECT result FROM journal WHERE action <> 'instance'").await;
        assert_eq!(rows, vec![case; most], "{path}");
    }
}

/// Each of many users has no more than one request under way; together they are one network.
#[tokio::test]
async fn b32_a_network_takes_half_of_the_places() {
    let stage = Stage::with(|config| {
        config.limits.read_cache = Duration::from_secs(5);
        behind_a_proxy(config);
    })
    .await;
    let bob = stage.token("bob", ALL_SCOPES);
    assert_eq!(account_from(&stage, "198.51.100.1", &bob).await.status, 200);
    let mut tokens = Vec::new();
    for number in 0..40 {
        let (id, name) = (format!("crowd{number:07}"), format!("crowd{number}"));
        let mut user = stage.sandbox.user_json("alice");
        for (field, value) in [("id", &id), ("username", &name)] {
            user[field] = Value::from(value.as_str());
        }
        (user["primaryEmail"], user["primaryPhone"]) = (Value::Null, Value::Null);
        stage.sandbox.add_user(&user);
        tokens.push(stage.token(&name, ALL_SCOPES));
    }
    stage.fault("/api/users/crowd", "GET", FaultAction::Hold, None);
    let ask = |token: &String| {
        let request = stage.http.get(stage.url("/account")).bearer_auth(token);
        tokio::spawn(read(request.header("x-forwarded-for", "192.0.2.1")))
    };
    let crowd: Vec<_> = tokens.iter().map(ask).collect();
    while stage.request_count("/api/users/crowd") < 16 {
        tokio::task::yield_now().await;
    }
    stage.advance(6);
    assert_eq!(account_from(&stage, "198.51.100.1", &bob).await.status, 200);
    assert_eq!(stage.request_count("/api/users/crowd"), 16);
    stage.sandbox.faults().clear();
    for one in crowd {
        assert_eq!(one.await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn b32_a_challenge_does_not_wait_for_a_change_under_way() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    stage.fault(ALICE, "PATCH", FaultAction::Hold, Some(1));
    let edit = change("name", "Alice Example", "Alice");
    let request = stage.http.patch(stage.url("/account")).bearer_auth(stage.token("alice", ALL_SCOPES));
    let held = tokio::spawn(read(request.json(&edit)));
    while stage.request_count_with("PATCH") == 0 {
        tokio::task::yield_now().await;
    }
    // A request with a grant waits for the lock.
    let token = app.tokens["access_token"].as_str().unwrap();
    let request = stage.http.put(stage.url("/password")).bearer_auth(token);
    let request =
        request.header("latchkey-instance", &app.instance).header("latchkey-grant", secret("no grant"));
    let waiting = tokio::spawn(read(request.json(&new_password().body)));
    for call in [
        new_password(),
        rename("alice", "alice_2"),
        Call::post("/email", json!({ "address": "new@example.test", "from": "alice@example.test" })),
        Call::post("/email/remove", json!({ "from": "alice@example.test" })),
        Call::post("/sessions/end-others", json!({})),
        Call::delete("/grants/nothing"),
        Call::delete("/sessions/nothing"),
    ] {
        let answer = app.call(&call).await;
        assert!(matches!(answer.status, 401 | 409), "{} {}: {}", call.method, call.path, answer.text);
        assert!(!held.is_finished() && !waiting.is_finished(), "{}", call.path);
    }
    stage.sandbox.faults().clear();
    assert_eq!(held.await.unwrap().status, 200);
    assert_eq!(waiting.await.unwrap().outcome(), (401, "step_up_required"));
}

#[tokio::test]
async fn b32_a_user_has_sixteen_challenges_shared_by_instances() {
    let records = Records::new();
    let stage = Stage::with(|config| records.configure(config)).await;
    let owner = App::sign_in(&stage, "alice").await;
    let mut other = App::sign_in(&stage, "alice").await;
    other.become_another("another instance").await;
    let (owners, _) = owner.challenge(&new_password()).await;
    let mut others = Vec::new();
    for _ in 0..30 {
        stage.advance(1);
        others.push(other.challenge(&new_password()).await.0);
    }
    let open = "SELECT COUNT(*) || '' FROM step_up_challenges";
    assert_eq!(records.texts(open).await, ["16"]);
    assert_eq!(other.prove(&others[14]).await.outcome(), (403, "step_up_refused"), "the oldest are gone");
    assert_eq!(other.prove(&others[15]).await.status, 200);
    assert_eq!(owner.prove(&owners).await.status, 200, "and not those of another instance");
    let bob = App::sign_in(&stage, "bob").await;
    bob.challenge(&new_password()).await;
    assert_eq!(records.texts(open).await, ["15"], "each user has their own");
}

#[tokio::test]
async fn b32_an_ordinary_grant_is_used_three_times() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    let grant = app.grant(&rename("alice", "alice_1")).await;
    // A request that fails upstream and is repeated is one operation.
    stage.fault(ALICE, "PATCH", FaultAction::Status(503, None), Some(1));
    let first = rename("alice", "alice_1").with_grant(&grant).with_key("0123456789abcdef");
    assert_eq!(app.call(&first).await.status, 503);
    assert_eq!(app.call(&first).await.status, 200);
    assert_eq!(app.call(&first).await.status, 200, "done already");
    for (from, to) in [("alice_1", "alice_2"), ("alice_2", "alice")] {
        assert_eq!(app.call(&rename(from, to).with_grant(&grant)).await.status, 200, "{to}");
    }
    let fourth = rename("alice", "alice_4").with_grant(&grant);
    assert_eq!(app.call(&fourth).await.outcome(), (401, "step_up_required"));
    let again = granted(&app.prove(&app.challenge(&fourth).await.0).await);
    assert_eq!(app.call(&fourth.with_grant(&again)).await.status, 200);
}

#[tokio::test]
async fn b32_equal_notices_within_ten_minutes_become_one() {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    let mut app = App::sign_in(&stage, "alice").await;
    let notified = async |count: usize| {
        while stage.sandbox.mails().len() < count {
            tokio::task::yield_now().await;
        }
        let mails = stage.sandbox.mails();
        assert_eq!(mails.len(), count, "{mails:?}");
        mails.last().unwrap().clone()
    };
    let grant = app.grant(&rename("alice", "alice_1")).await;
    assert_eq!(app.call(&rename("alice", "alice_1").with_grant(&grant)).await.status, 200);
    records.delivered().await;
    assert!(!notified(1).await.text.contains("number of times"), "the first goes out at once");
    for (from, to) in [("alice_1", "alice_2"), ("alice_2", "alice")] {
        stage.advance(60);
        assert_eq!(app.call(&rename(from, to).with_grant(&grant)).await.status, 200);
    }
    stage.server.run_jobs().await;
    notified(1).await;
    // Another kind does not wait.
    let number = app.stage.alice().await.body["phone"]["value"].as_str().unwrap().to_owned();
    let removal = PHONE.remove(&number);
    let grant = app.grant(&removal).await;
    assert_eq!(app.call(&removal.with_grant(&grant)).await.status, 200);
    stage.server.run_jobs().await;
    assert_eq!(notified(2).await.subject, "Your phone number was changed");
    stage.advance(479);
    stage.server.run_jobs().await;
    notified(2).await;
    stage.advance(1);
    stage.server.run_jobs().await;
    let both = notified(3).await;
    assert_eq!(both.subject, "Your user name was changed");
    assert!(
        both.text.contains("number of times: 1") && both.text.matches(" UTC").count() == 2,
        "{}",
        both.text
    );
    // Each is in the audit log.
    let done = "SELECT result FROM journal WHERE action = 'username_update' AND phase = 'outcome'";
    assert_eq!(records.texts(done).await, ["done", "done", "done"]);
    stage.advance(600);
    stage.server.run_jobs().await;
    notified(3).await;
    app.tokens["access_token"] = stage.token("alice", ALL_SCOPES).into();
    let grant = app.grant(&rename("alice", "alice_4")).await;
    assert_eq!(app.call(&rename("alice", "alice_4").with_grant(&grant)).await.status, 200);
    records.delivered().await;
    assert!(!notified(4).await.text.contains("number of times"), "after ten quiet minutes at once again");
}
