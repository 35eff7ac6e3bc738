//! Social identities at the Management API, as far as no provider is asked.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn connectors_that_need_a_session_are_not_implemented() {
    let sandbox = social_sandbox().await;
    let body = json!({"state": "s", "redirectUri": "https://app.example.test/callback"});
    for connector in [APPLE, CORP_ID] {
        let path = format!("/api/connectors/{connector}/authorization-uri");
        let (status, body) = manage(&sandbox, Method::POST, &path, &body).await;
        assert_eq!((status, &body["code"]), (501, &json!("connector.not_implemented")), "{connector}");
    }
    let code = json!({"code": "c", "redirectUri": "https://app.example.test/callback"});
    for (connector, data, status, error) in [
        (CORP_ID, &code, 501, "connector.not_implemented"),
        (APPLE, &code, 400, "connector.general"),
        (APPLE, &json!({"id_token": "e30.e30.e30"}), 401, "connector.social_invalid_id_token"),
    ] {
        let (answered, body) = link(&sandbox, "alice", connector, data).await;
        assert_eq!((answered, &body["code"]), (status, &json!(error)), "{connector} {data}");
    }
}

#[tokio::test]
async fn native_connector_leads_to_another_app() {
    let sandbox = social_sandbox().await;
    let uri = authorization_uri(&sandbox, ALIPAY, "https://app.example.test/callback").await;
    assert_eq!(uri, "alipay://?app_id=2021000000000000&state=state-1");
    let (status, body) = link(&sandbox, "alice", ALIPAY, &json!({"code": "c"})).await;
    assert_eq!((status, &body["code"]), (400, &json!("connector.general")));
    assert_eq!(link(&sandbox, "alice", ALIPAY, &json!({"auth_code": "c"})).await.0, 500);
}

#[tokio::test]
async fn github_reads_a_refusal_only_with_all_three_members() {
    let sandbox = sandbox().await;
    let whole = json!({
        "error": "access_denied", "error_description": "No.", "error_uri": "https://docs.example.test/no"
    });
    let (status, body) = link(&sandbox, "alice", GITHUB, &whole).await;
    assert_eq!((status, &body["code"]), (401, &json!("connector.authorization_failed")));
    for missing in ["error_description", "error_uri"] {
        let mut data = whole.clone();
        data.as_object_mut().unwrap().remove(missing);
        let (status, body) = link(&sandbox, "alice", GITHUB, &data).await;
        assert_eq!((status, &body["code"]), (400, &json!("connector.general")), "without {missing}");
        assert!(text(&body["data"], "message").contains("access_denied"), "what was sent is repeated");
    }
}

#[tokio::test]
async fn without_providers_no_provider_is_reached() {
    let sandbox = sandbox().await;
    let data = json!({"code": "c", "redirectUri": "https://app.example.test/callback"});
    assert_eq!(
        link(&sandbox, "alice", GITHUB, &data).await,
        (500, json!({"message": "Internal server error."}))
    );
    assert_eq!(link(&sandbox, "alice", GOOGLE, &data).await.0, 500);
    let (status, body) = link(&sandbox, "alice", MOCK_SOCIAL, &data).await;
    assert_eq!((status, &body["code"]), (400, &json!("connector.invalid_response")));
    assert_eq!(sandbox.user_json("alice")["identities"], json!({}));
}

#[tokio::test]
async fn put_takes_any_target_and_checks_the_types() {
    let sandbox = sandbox().await;
    let path = format!("/api/users/{}/identities/any%20target", sandbox.user_id("alice"));
    let (status, body) = manage(&sandbox, Method::PUT, &path, &json!({"userId": "1", "details": []})).await;
    assert_eq!((status, &body["code"]), (400, &json!("guard.invalid_input")));
    let (status, body) = manage(&sandbox, Method::PUT, &path, &json!({"userId": "1"})).await;
    assert_eq!((status, body), (201, json!({"any target": {"userId": "1"}})));
    let (status, user) = manage(&sandbox, Method::DELETE, &path, &Value::Null).await;
    assert_eq!((status, &user["identities"]), (200, &json!({})));
}

#[tokio::test]
async fn sign_in_page_shows_more_connectors_with_providers_only() {
    let targets = async |sandbox: &logto_sandbox::Sandbox| {
        let url = format!("{}/api/.well-known/sign-in-exp", sandbox.base_url());
        let body: Value = client().get(url).send().await.unwrap().json().await.unwrap();
        body["socialConnectors"].as_array().unwrap().clone()
    };
    let usual = targets(&sandbox().await).await;
    let ids: Vec<&Value> = usual.iter().map(|shown| &shown["id"]).collect();
    assert_eq!(ids, [MOCK_SOCIAL, GITHUB, GOOGLE]);

    let sandbox = social_sandbox().await;
    let shown = targets(&sandbox).await;
    let rows: Vec<Value> =
        shown.iter().map(|one| json!([one["id"], one["target"], one["platform"]])).collect();
    assert_eq!(
        rows,
        [
            json!([MOCK_SOCIAL, "mock-social", "Universal"]),
            json!([GITHUB, "github", "Universal"]),
            json!([GOOGLE, "google", "Universal"]),
            json!([APPLE, "apple", "Universal"]),
            json!([CORP_ID, "corp-id", "Universal"]),
            json!([ALIPAY, "alipay", "Native"]),
        ]
    );
    let http = provider_client(&sandbox);
    for logo in [&shown[0]["logo"], &shown[4]["logo"], &shown[4]["logoDark"]] {
        let answer = http.get(logo.as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{logo}");
        assert_eq!(answer.headers()["content-type"], "image/svg+xml");
    }
    for logo in [&shown[1]["logo"], &shown[1]["logoDark"], &shown[2]["logo"]] {
        assert!(logo.as_str().unwrap().starts_with("data:image/svg+xml;base64,"), "{logo}");
    }

    sandbox.remove_connectors("Social");
    assert!(targets(&sandbox).await.is_empty());
    sandbox.restore_connectors();
    assert_eq!(targets(&sandbox).await, shown);
}
