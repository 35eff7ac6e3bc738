//! B40: how Logto's failures are mapped, and that none of its texts is passed on.

use logto_sandbox::FaultAction;
use serde_json::json;

use crate::support::{Answer, Stage, change};

const CANARY: &str = "canary-upstream-text";

fn assert_clean(answer: &Answer, case: &str) {
    assert!(!answer.text.contains(CANARY), "{case}: {}", answer.text);
    assert!(!answer.text.to_lowercase().contains("logto"), "{case}: {}", answer.text);
    assert!(answer.body["request_id"].is_string(), "{case}");
}

fn body(code: &str) -> serde_json::Value {
    json!({ "code": code, "message": CANARY, "data": { "canary": CANARY } })
}

#[tokio::test]
async fn b40_failures_of_reads_are_mapped() {
    for (status, upstream_code, wanted) in [
        (400, "guard.invalid_input", (502, "upstream_failed")),
        (403, "auth.forbidden", (502, "upstream_failed")),
        (404, "route.not_found", (502, "upstream_failed")),
        (404, "entity.not_found", (401, "account_not_found")),
        (422, "entity.invalid_input", (502, "upstream_failed")),
        (429, "request.message_rate_limited", (503, "upstream_unavailable")),
        (500, "internal", (502, "upstream_failed")),
        (501, "connector.not_implemented", (502, "upstream_failed")),
        (502, "x", (503, "upstream_unavailable")),
        (503, "x", (503, "upstream_unavailable")),
        (504, "x", (503, "upstream_unavailable")),
        (302, "x", (502, "upstream_failed")),
    ] {
        let stage = Stage::new().await;
        stage.fault("/api/users/", "GET", FaultAction::Status(status, Some(body(upstream_code))), Some(1));
        let answer = stage.alice().await;
        let case = format!("{status} {upstream_code}");
        assert_eq!(answer.outcome(), wanted, "{case}");
        assert_clean(&answer, &case);
        if wanted.0 >= 500 {
            let seconds: u32 = answer.header("retry-after").parse().unwrap();
            assert!(seconds >= 1, "{case}");
            assert_eq!(answer.body["detail"], json!({ "kind": "retry_after", "seconds": seconds }), "{case}");
        }
        assert_eq!(stage.alice().await.status, 200, "{case}: afterwards all is well");
    }
}

#[tokio::test]
async fn b40_failures_of_writes_are_mapped_and_name_the_only_field() {
    for (status, upstream_code, wanted) in [
        (400, "guard.invalid_input", (422, "invalid_value")),
        (422, "entity.value_too_long", (422, "invalid_value")),
        (403, "auth.forbidden", (502, "upstream_failed")),
        (429, "x", (503, "upstream_unavailable")),
        (500, "internal", (502, "upstream_failed")),
        (503, "x", (503, "upstream_unavailable")),
    ] {
        for (path, edit, field) in [
            ("/account", change("name", "Alice Example", "Alice"), "name"),
            ("/account/profile", change("nickname", "Al", "Ali"), "nickname"),
            ("/account/profile", change("nickname", "Al", json!(null)), "nickname"),
            ("/account/preferences", change("theme", json!(null), "dark"), "theme"),
        ] {
            let stage = Stage::new().await;
            stage.fault(
                "/api/users/",
                "PATCH",
                FaultAction::Status(status, Some(body(upstream_code))),
                Some(1),
            );
            let answer = stage.alice_patches(path, &edit).await;
            let case = format!("{path} {status} {upstream_code}");
            assert_eq!(answer.outcome(), wanted, "{case}");
            assert_clean(&answer, &case);
            assert_eq!(wanted.0 >= 500, !answer.header("retry-after").is_empty(), "{case}");
            if wanted.0 == 422 {
                assert_eq!(answer.body["field"], field, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn b40_a_connection_that_breaks_or_says_nothing_is_unavailable() {
    for action in [FaultAction::Drop, FaultAction::Hang] {
        let stage =
            Stage::with(|config| config.limits.upstream_timeout = std::time::Duration::from_millis(300))
                .await;
        stage.fault("/api/users/", "", action.clone(), None);
        let answer = stage.alice().await;
        assert_eq!(answer.outcome(), (503, "upstream_unavailable"), "{action:?}");
        assert_clean(&answer, "transport");
        stage.sandbox.faults().clear();
        assert_eq!(stage.alice().await.status, 200, "{action:?}: afterwards all is well");
    }
}

#[tokio::test]
async fn b40_answers_that_cannot_be_used_are_a_failure_of_logto() {
    let huge = json!({ "id": "x".repeat(2 * 1024 * 1024) });
    let user = json!({ "id": "alice0000001", "createdAt": 1, "name": CANARY });
    for (case, answer) in [
        ("not JSON", json!(CANARY)),
        ("a list", json!([CANARY])),
        ("fields missing", json!({ "name": CANARY })),
        ("fields of other types", json!({ "id": 5, "createdAt": CANARY })),
        ("too large", huge),
        ("nothing about suspension", user),
        ("nothing about whose rules hold", json!({ "fields": { "name": "Edit" } })),
    ] {
        let stage = Stage::new().await;
        let path = if answer.get("fields").is_some() { "/api/account-center" } else { "/api/users/" };
        stage.fault(path, "GET", FaultAction::Status(200, Some(answer)), Some(1));
        let answer = stage.alice().await;
        assert_eq!(answer.outcome(), (502, "upstream_failed"), "{case}");
        assert_clean(&answer, case);
    }
}

#[tokio::test]
async fn b40_answer_for_another_user_is_never_passed_on() {
    let stage = Stage::new().await;
    let bob = stage.sandbox.user_json("bob");
    stage.fault("/api/users/", "GET", FaultAction::Status(200, Some(bob)), Some(1));
    let answer = stage.alice().await;
    assert_eq!(answer.outcome(), (502, "upstream_failed"));
    assert!(!answer.text.contains("Builder"));
    assert!(!answer.header("retry-after").is_empty());
    for (path, edit) in [
        ("/account", change("name", "Alice Example", "Alice")),
        ("/account/profile", change("nickname", "Al", json!(null))),
    ] {
        let bob = stage.sandbox.user_json("bob");
        stage.fault("/api/users/", "PATCH", FaultAction::Status(200, Some(bob)), Some(1));
        let answer = stage.alice_patches(path, &edit).await;
        assert_eq!(answer.outcome(), (502, "upstream_failed"), "{path}");
        assert!(!answer.text.contains("Builder"), "{path}");
    }
}

#[tokio::test]
async fn b40_settings_and_token_endpoint_failures_are_mapped() {
    for (path, status, wanted) in [
        ("/api/account-center", 500, (502, "upstream_failed")),
        ("/api/account-center", 503, (503, "upstream_unavailable")),
        ("/oidc/token", 400, (502, "upstream_failed")),
        ("/oidc/token", 401, (502, "upstream_failed")),
        ("/oidc/token", 429, (503, "upstream_unavailable")),
        ("/oidc/token", 503, (503, "upstream_unavailable")),
        ("/oidc/jwks", 500, (502, "upstream_failed")),
    ] {
        let stage = Stage::new().await;
        stage.fault(path, "", FaultAction::Status(status, Some(body("oidc.invalid_client"))), Some(1));
        let answer = stage.alice().await;
        assert_eq!(answer.outcome(), wanted, "{path} {status}");
        assert_clean(&answer, path);
    }
}

#[tokio::test]
async fn b40_an_edit_whose_answer_was_lost_can_be_repeated() {
    let stage = Stage::new().await;
    let edit = change("name", "Alice Example", "Alice");
    stage.fault("/api/users/", "PATCH", FaultAction::Drop, Some(1));
    assert_eq!(stage.alice_patches("/account", &edit).await.outcome(), (503, "upstream_unavailable"));
    assert_eq!(stage.alice_patches("/account", &edit).await.status, 200);
    assert_eq!(stage.alice_patches("/account", &edit).await.status, 200, "and once more");
    assert_eq!(stage.sandbox.user_json("alice")["name"], "Alice");
}
