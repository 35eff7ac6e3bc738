//! B6: the Management API token.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use logto_client::{Error, SecretUnavailable, UserId};
use logto_sandbox::{AuthorizationKind, Fault, FaultAction, Sandbox};
use secrecy::SecretString;
use serde_json::json;

use crate::support::{SandboxClock, client, connection, sandbox};

fn request_count(sandbox: &Sandbox, path: &str) -> usize {
    sandbox.request_log().iter().filter(|request| request.path.contains(path)).count()
}

fn fault(sandbox: &Sandbox, path: &str, action: FaultAction, times: u32) {
    sandbox.faults().push(Fault { path_contains: path.to_owned(), method: None, action, times: Some(times) });
}

fn alice(sandbox: &Sandbox) -> UserId {
    UserId::parse(&sandbox.user_id("alice")).unwrap()
}

#[tokio::test]
async fn b6_token_is_requested_once_with_scope_and_resource() {
    let (sandbox, client) = sandbox().await;
    for _ in 0..3 {
        client.user(&alice(&sandbox)).await.unwrap();
    }
    let tokens: Vec<_> =
        sandbox.request_log().into_iter().filter(|request| request.path == "/oidc/token").collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].grant_type.as_deref(), Some("client_credentials"));
    assert_eq!(tokens[0].authorization, AuthorizationKind::Basic, "the secret is in a header, not in a URL");
    assert!(tokens[0].query.is_empty());
}

#[tokio::test]
async fn b6_twenty_requests_at_once_fetch_one_token() {
    let (sandbox, client) = sandbox().await;
    fault(&sandbox, "/oidc/token", FaultAction::Delay(50), 1);
    let user = alice(&sandbox);
    let requests = (0..20).map(|_| client.user(&user));
    for answer in futures_util::future::join_all(requests).await {
        answer.unwrap();
    }
    assert_eq!(request_count(&sandbox, "/oidc/token"), 1);
    assert_eq!(request_count(&sandbox, "/api/users/"), 20);
}

#[tokio::test]
async fn b6_twenty_requests_at_once_share_one_failure() {
    let (sandbox, client) = sandbox().await;
    fault(&sandbox, "/oidc/token", FaultAction::Delay(50), 1);
    sandbox.faults().clear();
    fault(&sandbox, "/oidc/token", FaultAction::Status(503, None), 1);
    let user = alice(&sandbox);
    let requests = (0..20).map(|_| client.user(&user));
    let answers = futures_util::future::join_all(requests).await;
    let failed =
        answers.iter().filter(|answer| matches!(answer, Err(Error::Token(refused)) if refused.status == 503));
    assert_eq!(failed.count(), 20);
    assert_eq!(request_count(&sandbox, "/oidc/token"), 1);
    client.user(&user).await.unwrap();
}

#[tokio::test]
async fn b6_the_token_is_renewed_before_it_expires() {
    let (sandbox, client) = sandbox().await;
    let user = alice(&sandbox);
    client.user(&user).await.unwrap();
    sandbox.clock().advance(Duration::from_secs(3600 - 61));
    client.user(&user).await.unwrap();
    assert_eq!(request_count(&sandbox, "/oidc/token"), 1);
    sandbox.clock().advance(Duration::from_secs(1));
    client.user(&user).await.unwrap();
    assert_eq!(request_count(&sandbox, "/oidc/token"), 2, "a minute before its end");
}

#[tokio::test]
async fn b6_request_is_retried_once_with_a_new_token_after_401() {
    let (sandbox, client) = sandbox().await;
    let user = alice(&sandbox);
    client.user(&user).await.unwrap();
    let refused = || FaultAction::Status(401, Some(json!({ "code": "auth.unauthorized" })));
    fault(&sandbox, "/api/users/", refused(), 1);
    client.user(&user).await.unwrap();
    assert_eq!(request_count(&sandbox, "/oidc/token"), 2);
    fault(&sandbox, "/api/users/", refused(), 5);
    let before = request_count(&sandbox, "/api/users/");
    let error = client.user(&user).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(401), Some("auth.unauthorized")));
    assert_eq!(request_count(&sandbox, "/api/users/") - before, 2, "twice, and no more");
}

/// The request itself was accepted: sending it again would use the provider's code again.
#[tokio::test]
async fn b6_refusal_of_a_connector_is_not_repeated() {
    let (sandbox, client) = sandbox().await;
    let refused = FaultAction::Status(401, Some(json!({ "code": "connector.authorization_failed" })));
    fault(&sandbox, "/identities", refused, 5);
    let error = client.link_identity(&alice(&sandbox), "x", &json!({})).await.unwrap_err();
    assert_eq!(error.code(), Some("connector.authorization_failed"));
    assert_eq!(request_count(&sandbox, "/identities"), 1);
}

#[tokio::test]
async fn b6_other_failures_are_not_repeated() {
    for status in [400, 403, 404, 429, 500, 503] {
        let (sandbox, client) = sandbox().await;
        fault(&sandbox, "/api/users/", FaultAction::Status(status, None), 1);
        let error = client.user(&alice(&sandbox)).await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert_eq!(request_count(&sandbox, "/api/users/"), 1);
    }
}

#[tokio::test]
async fn b6_the_secret_is_rotated_without_a_restart_and_never_shown() {
    let (sandbox, _) = sandbox().await;
    let right = sandbox.m2m_client_secret();
    let secret = Arc::new(Mutex::new(Some("wrong-canary-secret".to_owned())));
    let mut to = connection(&sandbox.base_url(), &sandbox.m2m_client_id(), "");
    let source = Arc::clone(&secret);
    to.secret = Box::new(move || match &*source.lock().unwrap() {
        Some(secret) => Ok(SecretString::from(secret.clone())),
        None => Err(SecretUnavailable),
    });
    let client = client(to, Arc::new(SandboxClock(sandbox.clock())));
    let error = client.user(&alice(&sandbox)).await.unwrap_err();
    assert!(matches!(&error, Error::Token(refused) if refused.status == 401), "{error:?}");
    assert_eq!(error.code(), Some("oidc.invalid_client"));
    assert!(!format!("{error} {error:?}").contains("canary"));
    *secret.lock().unwrap() = None;
    assert_eq!(client.user(&alice(&sandbox)).await.unwrap_err(), Error::SecretUnavailable);
    *secret.lock().unwrap() = Some(right.clone());
    client.user(&alice(&sandbox)).await.unwrap();
    let debug = format!("{:?}", SecretString::from(right.clone()));
    assert!(!debug.contains(&right));
}

#[tokio::test]
async fn b6_a_token_without_the_scope_all_is_no_token() {
    let (sandbox, _) = sandbox().await;
    let (id, secret) = sandbox.roleless_m2m();
    let client =
        client(connection(&sandbox.base_url(), &id, &secret), Arc::new(SandboxClock(sandbox.clock())));
    assert_eq!(client.authorise().await.unwrap_err(), Error::ScopeMissing);
    assert_eq!(request_count(&sandbox, "/api/"), 0);
}

#[tokio::test]
async fn b6_a_token_with_another_scope_alone_is_no_token() {
    let (sandbox, client) = sandbox().await;
    let answer = json!({
        "access_token": "a-token-for-less", "token_type": "Bearer", "expires_in": 3600, "scope": "some-of-it"
    });
    fault(&sandbox, "/oidc/token", FaultAction::Status(200, Some(answer)), 1);
    assert_eq!(client.authorise().await.unwrap_err(), Error::ScopeMissing);
    assert_eq!(client.user(&alice(&sandbox)).await.map(|user| user.id), Ok(alice(&sandbox)));
    assert_eq!(request_count(&sandbox, "/oidc/token"), 2, "it was not kept");
}
