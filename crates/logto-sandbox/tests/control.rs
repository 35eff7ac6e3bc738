//! Clock, faults, log, secrets, keys, and the guard against other networks.

use std::time::Duration;

use logto_sandbox::{AuthorizationKind, Fault, FaultAction, Options, Sandbox, ServiceTimes, StartError};
use serde_json::{Value, json};

use crate::support::*;

fn fault(path: &str, action: FaultAction, times: Option<u32>) -> Fault {
    Fault { path_contains: path.into(), method: None, action, times }
}

#[tokio::test]
async fn an_address_outside_loopback_is_refused() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let options = Options { listen: address.parse().unwrap(), ..Options::default() };
        let refused = Sandbox::start(options).await;
        assert!(matches!(refused, Err(StartError::NotLoopback(_))), "{address}");
    }
}

#[tokio::test]
async fn clock_moves_only_on_command_and_sets_the_date_header() {
    let options = Options { start_at: Some(784_111_777_000), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.clock().freeze();
    let before = sandbox.clock().now_unix_ms();
    sandbox.clock().advance(Duration::from_secs(3600));
    assert_eq!(sandbox.clock().now_unix_ms(), before + 3_600_000);
    let url = format!("{}/oidc/jwks", sandbox.base_url());
    let answer = client().get(url).send().await.unwrap();
    let date = answer.headers()["date"].to_str().unwrap();
    assert!(date.starts_with("Sun, 06 Nov 1994 09:49:3"), "{date}");
}

#[tokio::test]
async fn a_management_token_expires_by_the_sandboxs_clock() {
    let sandbox = sandbox().await;
    let bearer = management_token(&sandbox).await;
    let url = format!("{}/api/users/{}", sandbox.base_url(), sandbox.user_id("alice"));
    sandbox.clock().advance(Duration::from_secs(3599));
    assert_eq!(client().get(&url).bearer_auth(&bearer).send().await.unwrap().status(), 200);
    sandbox.clock().advance(Duration::from_secs(1));
    let answer = client().get(&url).bearer_auth(&bearer).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["data"]["code"], "ERR_JWT_EXPIRED");
}

#[tokio::test]
async fn a_status_fault_answers_as_often_as_ordered() {
    let sandbox = sandbox().await;
    let url = format!("{}/oidc/jwks", sandbox.base_url());
    sandbox.faults().push(fault(
        "/oidc/jwks",
        FaultAction::Status(503, Some(json!({"message": "x"}))),
        Some(1),
    ));
    assert_eq!(client().get(&url).send().await.unwrap().status(), 503);
    assert_eq!(client().get(&url).send().await.unwrap().status(), 200);
    sandbox.faults().push(fault("/oidc/jwks", FaultAction::Status(429, None), None));
    assert_eq!(client().get(&url).send().await.unwrap().status(), 429);
    sandbox.faults().clear();
    assert_eq!(client().get(&url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_dropped_connection_closes_without_an_answer() {
    let sandbox = sandbox().await;
    let url = format!("{}/oidc/jwks", sandbox.base_url());
    sandbox.faults().push(fault("/oidc/jwks", FaultAction::Drop, Some(1)));
    let error = client().get(&url).send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(sandbox.request_log().last().unwrap().status, 0);
    assert_eq!(client().get(&url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_hanging_request_ends_when_the_sandbox_stops() {
    let sandbox = sandbox().await;
    let url = format!("{}/oidc/jwks", sandbox.base_url());
    sandbox.faults().push(fault("/oidc/jwks", FaultAction::Hang, Some(1)));
    let hanging = tokio::spawn(client().get(&url).send());
    while sandbox.request_log().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!hanging.is_finished());
    sandbox.stop().await;
    assert!(hanging.await.unwrap().is_err());
    assert!(client().get(&url).send().await.is_err(), "nothing listens any more");
}

#[tokio::test]
async fn a_delayed_request_is_answered_after_the_delay() {
    let sandbox = sandbox().await;
    sandbox.faults().push(fault("/oidc/jwks", FaultAction::Delay(50), Some(1)));
    let started = tokio::time::Instant::now();
    let url = format!("{}/oidc/jwks", sandbox.base_url());
    assert_eq!(client().get(&url).send().await.unwrap().status(), 200);
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn request_log_has_caller_and_path_and_no_secret() {
    let sandbox = sandbox().await;
    let bearer = management_token(&sandbox).await;
    let url =
        format!("{}/api/users/{}?includeSsoIdentities=true", sandbox.base_url(), sandbox.user_id("alice"));
    let answer = client().get(&url).bearer_auth(&bearer).send().await.unwrap();
    let request_id = answer.headers()["logto-core-request-id"].to_str().unwrap().to_owned();
    let log = sandbox.request_log();
    assert_eq!(log.len(), 2);
    assert_eq!(log[0].path, "/oidc/token");
    assert_eq!(log[0].grant_type.as_deref(), Some("client_credentials"));
    assert_eq!(log[1].authorization, AuthorizationKind::Bearer);
    assert_eq!(log[1].client, Some(sandbox.m2m_client_id()));
    assert_eq!((log[1].status, &log[1].request_id), (200, &request_id));
    assert_eq!(log[1].query, [("includeSsoIdentities".to_owned(), "true".to_owned())]);
    let written = serde_json::to_string(&log).unwrap();
    for secret in sandbox.issued_secrets() {
        assert!(!written.contains(&secret), "a secret is in the log");
    }
    sandbox.clear_request_log();
    assert!(sandbox.request_log().is_empty());
}

#[tokio::test]
async fn every_secret_it_issues_is_on_the_list() {
    let sandbox = sandbox().await;
    let url = authorize_url(&sandbox, &[]);
    let callback = sandbox.authenticate(&url, "alice", "Correct-Horse-7").await.unwrap();
    let (_, tokens) = exchange(&sandbox, &callback).await;
    let secrets = sandbox.issued_secrets();
    let mut expected = vec![
        ("code", parameter(&callback, "code").unwrap()),
        ("client secret", sandbox.m2m_client_secret()),
        ("password", "Correct-Horse-7".to_owned()),
        ("management token", management_token(&sandbox).await),
    ];
    for name in ["access_token", "id_token", "refresh_token"] {
        expected.push((name, text(&tokens, name)));
    }
    let secrets_now = sandbox.issued_secrets();
    assert!(secrets_now.len() > secrets.len());
    for (name, secret) in expected {
        assert!(secrets_now.contains(&secret), "the {name} is not listed");
    }
    assert!(sandbox.m2m_client_secret().len() >= 32);
}

#[tokio::test]
async fn removed_key_and_forged_tokens_are_refused() {
    let sandbox = sandbox().await;
    let old = management_token(&sandbox).await;
    let url = format!("{}/api/users/{}", sandbox.base_url(), sandbox.user_id("alice"));
    let call = |token: String| {
        let url = url.clone();
        async move {
            let answer = client().get(url).bearer_auth(token).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["data"]["code"].clone())
        }
    };
    assert!(sandbox.rotate_signing_key());
    assert_eq!(call(old.clone()).await.0, 200, "the previous key still verifies");
    assert!(sandbox.remove_previous_signing_key());
    assert_eq!(call(old).await, (401, json!("ERR_JWKS_NO_MATCHING_KEY")));
    let claims = sandbox.access_token_claims("alice", "account:read");
    let unknown = sandbox.sign_with_unknown_key(&claims, &json!({}));
    assert_eq!(call(unknown).await, (401, json!("ERR_JWKS_NO_MATCHING_KEY")));
    let pretending = sandbox.sign_with_unknown_key(&claims, &json!({"kid": sandbox.current_key_id()}));
    assert_eq!(call(pretending).await, (401, json!("ERR_JWS_SIGNATURE_VERIFICATION_FAILED")));
    let minted = sandbox.mint_access_token(&claims, &json!({"typ": "JWT", "kid": null}));
    assert_eq!(header(&minted), json!({"alg": "ES384", "typ": "JWT"}));
    assert_eq!(crate::support::claims(&minted), claims);
    assert_eq!(call(minted).await, (401, json!("ERR_JWT_CLAIM_VALIDATION_FAILED")));
}

#[tokio::test]
async fn the_controls_are_there_over_http_as_well() {
    let sandbox = sandbox().await;
    let base = format!("{}/__sandbox", sandbox.base_url());
    let http = client();
    let before = sandbox.clock().now_unix_ms();
    let advance = http.post(format!("{base}/clock/advance")).json(&json!({"ms": 5000}));
    let body: Value = advance.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["now_ms"], before + 5000);
    let order = json!({"path_contains": "/oidc/jwks", "method": "GET", "action": {"status": [500, null]}, "times": 1});
    assert_eq!(http.post(format!("{base}/faults")).json(&order).send().await.unwrap().status(), 204);
    let jwks = format!("{}/oidc/jwks", sandbox.base_url());
    assert_eq!(http.get(&jwks).send().await.unwrap().status(), 500);
    let log: Value = http.get(format!("{base}/requests")).send().await.unwrap().json().await.unwrap();
    assert_eq!(log["requests"][0]["status"], 500);
    let secrets: Value = http.get(format!("{base}/secrets")).send().await.unwrap().json().await.unwrap();
    assert!(secrets["secrets"].as_array().unwrap().contains(&json!(sandbox.m2m_client_secret())));
    let resource = json!({"indicator": "http://127.0.0.1:7/other"});
    assert_eq!(http.put(format!("{base}/resource")).json(&resource).send().await.unwrap().status(), 204);
    let scopes = json!({"scopes": ["account:read"]});
    assert_eq!(
        http.put(format!("{base}/users/alice/scopes")).json(&scopes).send().await.unwrap().status(),
        204
    );
    let claims_of = sandbox.access_token_claims("alice", "account:read");
    assert_eq!(claims_of["aud"], "http://127.0.0.1:7/other");
    let off = http.patch(format!("{base}/account-center")).json(&json!({"enabled": false}));
    let center: Value = off.send().await.unwrap().json().await.unwrap();
    assert_eq!(center["enabled"], false);
    let suspended = http.put(format!("{base}/users/bob/suspended")).json(&json!({"isSuspended": true}));
    let user: Value = suspended.send().await.unwrap().json().await.unwrap();
    assert_eq!(user["isSuspended"], true);
    assert_eq!(http.post(format!("{base}/keys/rotate")).send().await.unwrap().status(), 204);
    let keys: Value = http.get(&jwks).send().await.unwrap().json().await.unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    let outbox = http.get(format!("{base}/outbox")).send().await.unwrap().text().await.unwrap();
    assert!(outbox.contains("Nothing has been sent yet"));
}

#[tokio::test]
async fn oversized_bodies_are_404_and_a_nul_character_is_500() {
    let sandbox = sandbox().await;
    let bearer = management_token(&sandbox).await;
    let url = format!("{}/api/users/{}/custom-data", sandbox.base_url(), sandbox.user_id("alice"));
    let large = json!({"customData": {"b": "x".repeat(1024 * 1024)}});
    let answer = client().patch(&url).bearer_auth(&bearer).json(&large).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (404, "Not Found"));
    let nul = json!({"customData": {"b": "a\u{0}b"}});
    let answer = client().patch(&url).bearer_auth(&bearer).json(&nul).send().await.unwrap();
    assert_eq!(answer.status(), 500);
}

#[tokio::test]
async fn the_readme_names_every_route() {
    let readme = include_str!("../README.md");
    for (method, pattern) in logto_sandbox::route_patterns() {
        assert!(readme.contains(&format!("`{method} {pattern}`")), "{method} {pattern} is not in the README");
    }
}

#[tokio::test]
async fn nothing_secret_is_in_debug_output() {
    let sandbox = sandbox().await;
    let browser = sandbox.browser();
    sign_in(&sandbox, &browser).await;
    let written = format!("{sandbox:?} {browser:?}");
    for secret in sandbox.issued_secrets() {
        assert!(!written.contains(&secret), "a secret is in the debug output");
    }
}

#[tokio::test]
async fn a_write_can_be_done_and_never_answered() {
    let sandbox = sandbox().await;
    let bearer = management_token(&sandbox).await;
    let url = format!("{}/api/users/{}", sandbox.base_url(), sandbox.user_id("alice"));
    sandbox.faults().push(fault("/api/users/", FaultAction::HangAfter, Some(1)));
    let write = client().patch(&url).bearer_auth(&bearer).json(&json!({"name": "Done"})).send();
    let write = tokio::spawn(write);
    while sandbox.user_json("alice")["name"] != "Done" {
        tokio::task::yield_now().await;
    }
    assert!(!write.is_finished());
    write.abort();
}

#[tokio::test]
async fn an_answer_can_be_held_until_the_faults_are_cleared() {
    let sandbox = sandbox().await;
    let bearer = management_token(&sandbox).await;
    let url = format!("{}/api/users/{}", sandbox.base_url(), sandbox.user_id("alice"));
    sandbox.faults().push(fault("/api/users/", FaultAction::Hold, Some(1)));
    let read = tokio::spawn(client().get(&url).bearer_auth(&bearer).send());
    while !sandbox.request_log().iter().any(|request| request.path.starts_with("/api/users/")) {
        tokio::task::yield_now().await;
    }
    sandbox.patch_user("alice", &json!({ "name": "Later" }));
    assert!(!read.is_finished());
    sandbox.faults().clear();
    let held: Value = read.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(held["name"], "Alice Example", "as it was when it was asked for");
}

#[tokio::test]
async fn worker_takes_one_request_after_another() {
    let time = Duration::from_millis(5);
    let service_times = Some(ServiceTimes { worker: time, ..ServiceTimes::default() });
    let sandbox = Sandbox::start(Options { service_times, ..Options::default() }).await.unwrap();
    let url = format!("{}/jwks", sandbox.issuer());
    let began = tokio::time::Instant::now();
    let all: Vec<_> = (0..10).map(|_| tokio::spawn(client().get(&url).send())).collect();
    for answer in all {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
    assert!(began.elapsed() >= time * 10);
}

#[tokio::test]
async fn database_takes_longer_for_a_write_than_for_a_read() {
    let (read, write) = (Duration::from_millis(5), Duration::from_millis(60));
    let service_times = Some(ServiceTimes { worker: Duration::ZERO, read, write });
    let sandbox = Sandbox::start(Options { service_times, ..Options::default() }).await.unwrap();
    let began = tokio::time::Instant::now();
    let answer = client().get(format!("{}/jwks", sandbox.issuer())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(began.elapsed() >= read);
    let began = tokio::time::Instant::now();
    let answer = client().patch(format!("{}/api/users/unknown", sandbox.base_url())).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(began.elapsed() >= write);
}
