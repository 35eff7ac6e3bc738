//! Enterprise identities: what is shown of them, and that nothing about them is trusted.

use serde_json::{Value, json};

use crate::support::{ALL_SCOPES, Stage};

/// The connector of the sandbox, which owns `corp.example.test`.
const CONNECTOR: &str = "knmkut2xs075";
const ISSUER: &str = "https://corp.example.test/oidc";

/// The account's `enterprise`, of a user with these identities.
async fn enterprise(stage: &Stage, identities: Value) -> Value {
    let id = stage.sandbox.add_user(&json!({ "name": "Corp", "ssoIdentities": identities }));
    let answer = stage.account(&stage.token(&id, ALL_SCOPES)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.text.contains("client-secret"), "the connector's configuration stays in Logto");
    answer.body["enterprise"].clone()
}

fn identity(detail: Value) -> Value {
    json!({
        "tenantId": "default", "id": "one", "issuer": ISSUER, "identityId": "corp-1", "detail": detail,
        "createdAt": 1_795_334_501_977_u64, "updatedAt": 1_795_334_501_977_u64, "ssoConnectorId": CONNECTOR
    })
}

#[tokio::test]
async fn an_enterprise_identity_says_what_it_manages_and_whom_to_ask() {
    let stage = Stage::new().await;
    let contact =
        json!({ "supportEmail": "it@corp.example.test", "supportWebsiteUrl": "https://help.corp.example.test" });
    stage.sandbox.set_sign_in_experience(&contact);
    stage.sandbox.set_sign_in_experience(&json!({ "singleSignOnEnabled": true }));
    let shown = enterprise(
        &stage,
        json!([identity(json!({ "name": "Alice Example", "email": "alice@corp.example.test", "groups": ["a"] }))]),
    )
    .await;
    let wanted = json!({
        "identities": [{
            "connector": "corp", "issuer": ISSUER, "name": "Alice Example", "email": "alice@corp.example.test",
            "since": 1_795_334_501_977_u64, "signs_in": true, "domains": ["corp.example.test"],
            "syncs_profile": false
        }],
        "support_email": "it@corp.example.test", "support_website": "https://help.corp.example.test"
    });
    assert_eq!(shown, wanted);
}

#[tokio::test]
async fn without_single_sign_on_or_a_connector_it_signs_in_no_more() {
    let stage = Stage::new().await;
    let off = enterprise(&stage, json!([identity(Value::Null)])).await;
    assert_eq!(off["identities"][0]["connector"], "corp");
    assert_eq!(off["identities"][0]["signs_in"], false);
    assert_eq!(off["identities"][0]["domains"], json!([]));

    stage.sandbox.set_sign_in_experience(&json!({ "singleSignOnEnabled": true }));
    stage.advance(61);
    let mut gone = identity(Value::Null);
    gone["ssoConnectorId"] = json!("gone");
    let gone = enterprise(&stage, json!([gone])).await;
    assert_eq!(gone["identities"][0]["connector"], Value::Null);
    assert_eq!(gone["identities"][0]["signs_in"], false);
}

#[tokio::test]
async fn foreign_text_is_cleaned_and_never_fails_the_account() {
    let stage = Stage::new().await;
    let contact = json!({ "supportEmail": 7, "supportWebsiteUrl": "http://help.corp.example.test" });
    stage.sandbox.set_sign_in_experience(&contact);
    let odd = [
        json!("text"),
        json!([1, 2]),
        json!({ "name": 7, "email": { "is": "no text" } }),
        json!({ "name": "Ali\u{202E}ce\n Example", "email": "  " }),
        json!({ "name": "a".repeat(9_000) }),
    ];
    let identities: Vec<Value> = odd.into_iter().map(identity).collect();
    let shown = enterprise(&stage, json!(identities)).await;
    let names: Vec<&Value> =
        shown["identities"].as_array().unwrap().iter().map(|identity| &identity["name"]).collect();
    assert_eq!(names[..3], [&Value::Null; 3]);
    assert_eq!(names[3], "Alice Example");
    assert_eq!(names[4].as_str().unwrap().chars().count(), 256);
    assert_eq!(shown["identities"][3]["email"], Value::Null);
    assert_eq!((&shown["support_email"], &shown["support_website"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn nothing_is_said_to_users_without_one() {
    let stage = Stage::new().await;
    stage.sandbox.set_sign_in_experience(&json!({ "supportEmail": "it@corp.example.test" }));
    let shown = enterprise(&stage, json!([])).await;
    assert_eq!(shown, json!({ "identities": [], "support_email": null, "support_website": null }));
}
