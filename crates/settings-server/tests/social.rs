//! Linked social accounts: what is shown of them, and unlinking one (B17, B20, B25, B29, B31).

use serde_json::{Value, json};
use settings_server::config::FieldMode;

use crate::support::app::{App, Call};
use crate::support::records::Records;
use crate::support::{Answer, Stage};

/// Links alice with an account at a provider of the sign-in page.
pub(crate) fn link(stage: &Stage, target: &str, account: &str) {
    let details =
        json!({ "id": account, "name": "Alice at work", "email": "alice@provider.test", "rawData": {} });
    let mut identities = stage.sandbox.user_json("alice")["identities"].clone();
    identities[target] = json!({ "userId": account, "details": details });
    stage.sandbox.patch_user("alice", &json!({ "identities": identities }));
}

pub(crate) async fn list(app: &App<'_>) -> Answer {
    app.call(&Call::new(reqwest::Method::GET, "/social")).await
}

/// Returns the request that unlinks the account of a target that the list shows.
pub(crate) async fn unlink(app: &App<'_>, target: &str) -> Call {
    let listed = list(app).await;
    let accounts = listed.body["accounts"].as_array().unwrap();
    let key = accounts.iter().find(|account| account["target"] == target).unwrap()["key"].clone();
    Call::post("/social/unlink", json!({ "target": target, "key": key }))
}

pub(crate) async fn proven(app: &App<'_>, call: &Call) -> Answer {
    app.call(&call.with_grant(&app.grant(call).await)).await
}

fn targets(view: &Value) -> Vec<&str> {
    view["accounts"].as_array().unwrap().iter().map(|account| account["target"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn b25_list_has_what_the_provider_says_and_no_secret() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    list(&app).await;
    stage.advance(60);
    link(&stage, "github", "account-42");
    let listed = list(&app).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let account = &listed.body["accounts"][0];
    assert_eq!(account["target"], "github");
    assert_eq!(account["provider"], "GitHub");
    assert_eq!(
        (&account["name"], &account["email"]),
        (&json!("Alice at work"), &json!("alice@provider.test"))
    );
    assert_eq!(account["linked_at"], stage.sandbox.clock().now_unix_ms());
    assert_eq!(account["signs_in"], true);
    assert!(!listed.text.contains("account-42"), "{}", listed.text);
    for secret in stage.sandbox.issued_secrets() {
        assert!(!listed.text.contains(&secret), "{}", listed.text);
    }
    let github = listed.body["providers"].as_array().unwrap().iter().find(|one| one["target"] == "github");
    assert_eq!(github.unwrap()["linking"], "here");
}

#[tokio::test]
async fn b29_b31_unlinked_account_is_notified_and_recorded() {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let call = unlink(&app, "github").await;
    let unlinked = proven(&app, &call).await;
    assert_eq!((unlinked.status, targets(&unlinked.body)), (200, vec![]), "{}", unlinked.text);
    assert_eq!(stage.sandbox.user_json("alice")["identities"].get("github"), None);
    records.delivered().await;
    let subjects: Vec<String> = stage.sandbox.mails().iter().map(|mail| mail.subject.clone()).collect();
    assert_eq!(subjects.iter().filter(|text| text.contains("linked account was removed")).count(), 1);
    let values =
        "SELECT old_values || new_values FROM journal WHERE action = 'social_unlink' AND phase = 'intent'";
    let wanted = r#"{"identity:github":"a… (10)"}{"identity:github":null}"#;
    assert_eq!(records.texts(values).await, [wanted]);
}

#[tokio::test]
async fn b25_another_account_than_the_one_seen_stays() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let seen = unlink(&app, "github").await;
    let grant = app.grant(&seen).await;
    link(&stage, "github", "account-43");
    let refused = app.call(&seen.with_grant(&grant)).await;
    assert_eq!(refused.outcome(), (404, "social_not_linked"));
    assert_eq!(stage.sandbox.user_json("alice")["identities"]["github"]["userId"], "account-43");
}

#[tokio::test]
async fn b17_last_sign_in_method_is_not_unlinked() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let call = unlink(&app, "github").await;
    let grant = app.grant(&call).await;
    let none = json!({ "primaryEmail": null, "primaryPhone": null, "hasPassword": false });
    stage.sandbox.patch_user("alice", &none);
    let refused = app.call(&call.with_grant(&grant)).await;
    assert_eq!(refused.outcome(), (409, "last_sign_in_method"), "{}", refused.text);
    assert!(!refused.body["detail"]["next_steps"].as_array().unwrap().is_empty(), "{}", refused.text);
    assert_eq!(stage.sandbox.user_json("alice")["identities"]["github"]["userId"], "account-42");
}

#[tokio::test]
async fn b20_repeated_unlink_changes_nothing_twice() {
    let stage = Stage::new().await;
    let app = App::sign_in(&stage, "alice").await;
    link(&stage, "github", "account-42");
    let call = unlink(&app, "github").await.with_key("unlink-github-0001");
    let call = call.with_grant(&app.grant(&call).await);
    for _ in 0..2 {
        assert_eq!(app.call(&call).await.status, 200);
    }
    assert_eq!(stage.request_count_with("DELETE"), 1);
}

#[tokio::test]
async fn b6_linked_accounts_follow_the_policy() {
    for (mode, listed, unlinked) in [
        (Some(FieldMode::ReadOnly), 200, (403, "field_not_editable")),
        (Some(FieldMode::Off), 403, (403, "field_not_editable")),
    ] {
        let stage = Stage::with(|config| config.fields.social = mode).await;
        let app = App::sign_in(&stage, "alice").await;
        link(&stage, "github", "account-42");
        assert_eq!(list(&app).await.status, listed, "{mode:?}");
        let call = Call::post("/social/unlink", json!({ "target": "github", "key": "x" }));
        assert_eq!(app.call(&call).await.outcome(), unlinked, "{mode:?}");
    }
}
