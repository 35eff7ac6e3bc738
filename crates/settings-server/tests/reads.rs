//! The account, the metadata, and what is never in an answer (B4, B21).

use logto_sandbox::FaultAction;
use serde_json::json;

use crate::support::{ALL_SCOPES, Stage, change, read};

#[tokio::test]
async fn one_request_returns_all_the_page_needs() {
    let stage = Stage::new().await;
    let answer = stage.alice().await;
    assert_eq!(answer.status, 200);
    let mut body = answer.body;
    assert!(body["created_at"].as_u64().is_some());
    body["created_at"] = json!("[ms]");
    insta::assert_json_snapshot!(body);
    stage.sandbox.clear_request_log();
    stage.alice().await;
    let log = stage.sandbox.request_log();
    assert_eq!(log.len(), 1, "the tenant's settings are kept, so there is one read of the user: {log:?}");
}

#[tokio::test]
async fn all_parts_of_an_account_are_requested_at_once() {
    let patience = std::time::Duration::from_millis(200);
    let stage = Stage::with(|config| config.limits.upstream_timeout = patience).await;
    // The Management API token is cached, and no request is answered yet: all of them were sent at once.
    read(stage.http.get(stage.root_url("/readyz"))).await;
    stage.sandbox.clear_request_log();
    stage.fault("/api/", "GET", FaultAction::Hang, None);
    assert_eq!(stage.alice().await.outcome(), (503, "upstream_unavailable"));
    let mut asked: Vec<String> =
        stage.sandbox.request_log().into_iter().map(|request| request.path).collect();
    asked.sort();
    let user = format!("/api/users/{}", stage.sandbox.user_id("alice"));
    assert_eq!(
        asked,
        [
            "/api/account-center",
            "/api/connectors",
            "/api/custom-profile-fields",
            "/api/sign-in-exp",
            "/api/sso-connectors",
            &user,
        ],
        "six, and each once"
    );
}

#[tokio::test]
async fn factors_are_requested_where_passkeys_are_a_sign_in_method() {
    let stage = Stage::new().await;
    let asked = |stage: &Stage| stage.request_count("/mfa-verifications");
    stage.alice().await;
    assert_eq!(asked(&stage), 0);
    stage.sandbox.set_sign_in_experience(&json!({ "passkeySignIn": { "enabled": true } }));
    stage.advance(61);
    stage.alice().await;
    assert_eq!(asked(&stage), 1, "asked for once it is known");
    stage.alice().await;
    assert_eq!(asked(&stage), 2, "and at once from then on");
}

#[tokio::test]
async fn organisations_and_roles_are_a_read_of_their_own() {
    let stage = Stage::new().await;
    let bob = json!([{ "name": "Bobs", "organizationRoles": [] }]);
    stage.sandbox.set_user_organizations("bob", bob.as_array().unwrap());
    let two = json!([
        { "name": "Example Ltd", "description": "Where we work", "organizationRoles": [{ "id": "r1", "name": "admin" }, { "id": "r2", "name": "billing" }] },
        { "name": "Garden", "organizationRoles": [] }
    ]);
    stage.sandbox.set_user_organizations("alice", two.as_array().unwrap());
    let answer = stage.get("/memberships", &stage.token("alice", "account:read")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let organizations = answer.body["organizations"].as_array().unwrap();
    assert_eq!(organizations.len(), 2);
    assert_eq!(
        (&organizations[0]["name"], &organizations[0]["description"], &organizations[0]["roles"]),
        (&json!("Example Ltd"), &json!("Where we work"), &json!(["admin", "billing"]))
    );
    assert_eq!((&organizations[1]["description"], &organizations[1]["roles"]), (&json!(null), &json!([])));
    assert_eq!(answer.body["roles"][0]["name"], "settings-user", "{}", answer.text);
    stage.sandbox.suspend_user(&stage.sandbox.user_id("alice"), true);
    let refused = stage.get("/memberships", &stage.token("alice", "account:read")).await;
    assert_eq!(refused.outcome(), (403, "account_suspended"));
}

#[tokio::test]
async fn the_metadata_lets_an_app_be_configured_by_one_url() {
    let stage = Stage::with(|config| config.app.name = Some("Example Corp".to_owned())).await;
    stage.sandbox.set_sign_in_experience(&json!({
        "color": { "primaryColor": "#0055AA", "darkPrimaryColor": "red; }", "isDarkModeEnabled": true },
        "branding": { "logoUrl": "https://cdn.example.test/logo.png", "darkLogoUrl": "http://cdn.example.test/x.png" }
    }));
    let url = stage.root_url("/.well-known/oauth-protected-resource/api");
    let answer = read(stage.http.get(&url)).await;
    assert_eq!(
        answer.body,
        json!({
            "resource": stage.server.base_url(),
            "authorization_servers": [stage.sandbox.issuer()],
            "scopes_supported": ["account:read", "account:write", "account:security", "account:delete"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Example Corp",
            "latchkey": {
                "api_version": 1,
                "client_id": stage.sandbox.native_client_id(),
                "scheme": "app.latchkey.dev",
                "branding": {
                    "primary_color": "#0055AA", "dark_primary_color": null,
                    "logo_url": "https://cdn.example.test/logo.png", "dark_logo_url": null
                }
            }
        })
    );
    for elsewhere in ["/.well-known/oauth-protected-resource", "/api/.well-known/oauth-protected-resource"] {
        assert_eq!(read(stage.http.get(stage.root_url(elsewhere))).await.status, 404, "{elsewhere}");
    }
    for _ in 0..3 {
        read(stage.http.get(&url)).await;
    }
    assert_eq!(stage.request_count("/.well-known/sign-in-exp"), 1, "branding is kept for a minute");
    stage.advance(60);
    read(stage.http.get(&url)).await;
    assert_eq!(stage.request_count("/.well-known/sign-in-exp"), 2);
}

#[tokio::test]
async fn metadata_is_answered_while_logto_is_down() {
    let stage = Stage::new().await;
    stage.fault("", "", FaultAction::Drop, None);
    let answer = read(stage.http.get(stage.root_url("/.well-known/oauth-protected-resource/api"))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["latchkey"]["branding"]["primary_color"], json!(null));
}

#[tokio::test]
async fn b4_deleted_or_suspended_user_is_refused_everywhere() {
    let stage = Stage::new().await;
    let token = stage.token("bob", ALL_SCOPES);
    let edit = change("name", "Bob Builder", "Bob");
    assert_eq!(stage.account(&token).await.status, 200);

    stage.sandbox.suspend_user("bob", true);
    assert_eq!(stage.account(&token).await.outcome(), (403, "account_suspended"));
    for path in ["/account", "/account/profile", "/account/preferences"] {
        let answer = stage.patch(path, &token, &json!({})).await;
        assert_eq!(answer.outcome(), (403, "account_suspended"), "{path}");
    }
    assert_eq!(stage.patch("/account", &token, &edit).await.outcome(), (403, "account_suspended"));
    assert_eq!(stage.sandbox.user_json("bob")["name"], "Bob Builder");

    stage.sandbox.suspend_user("bob", false);
    assert_eq!(stage.account(&token).await.status, 200);
    stage.sandbox.delete_user("bob");
    for answer in [stage.account(&token).await, stage.patch("/account", &token, &edit).await] {
        assert_eq!(answer.outcome(), (401, "account_not_found"));
        assert!(answer.header("www-authenticate").starts_with("Bearer resource_metadata="));
    }
}

#[tokio::test]
async fn b4_user_gone_before_a_write_is_found_by_the_next_read() {
    let stage = Stage::new().await;
    let gone = json!({ "code": "entity.not_found", "message": "x" });
    stage.fault("/api/users/", "PATCH", FaultAction::Status(404, Some(gone)), Some(1));
    let answer = stage.alice_patches("/account", &change("name", "Alice Example", "Alice")).await;
    assert_eq!(
        answer.outcome(),
        (502, "upstream_failed"),
        "a write alone signs no user out: {}",
        answer.text
    );
    let token = stage.token("alice", ALL_SCOPES);
    stage.sandbox.delete_user("alice");
    assert_eq!(stage.account(&token).await.outcome(), (401, "account_not_found"), "a read does");
}

#[tokio::test]
async fn b21_answers_hold_nothing_beyond_the_contract() {
    let stage = Stage::new().await;
    // Canaries in everything the Management API could return.
    stage.sandbox.patch_user("alice", &json!({
        "customData": {
            "canary": "canary-custom-data",
            "latchkey": { "theme": "dark", "language": "xx", "secret": "canary-ours" }
        },
        "identities": { "github": { "userId": "canary-identity", "details": { "email": "canary@example.test" } } },
        "applicationId": "canary-application",
        "passwordDigest": "canary-digest",
        "mfaVerifications": [{ "type": "Totp", "key": "canary-totp" }],
        "logtoConfig": { "canary": "canary-config" },
        "profile": { "givenName": "Alice", "canaryField": "canary-profile" }
    }));
    let mut texts = vec![stage.alice().await.text];
    texts.push(stage.alice_patches("/account", &change("name", "Alice Example", "Alice")).await.text);
    texts.push(stage.alice_patches("/account/profile", &change("given_name", "Alice", "Al")).await.text);
    texts.push(stage.alice_patches("/account/preferences", &change("theme", "dark", "light")).await.text);
    texts.push(stage.alice_patches("/account", &change("name", "Nobody", "x")).await.text);
    texts.push(read(stage.http.get(stage.root_url("/.well-known/oauth-protected-resource/api"))).await.text);
    texts.push(stage.account("nonsense").await.text);
    for text in &texts {
        assert!(!text.contains("canary"), "{text}");
        assert!(!text.contains("bob"), "{text}");
        for secret in stage.sandbox.issued_secrets() {
            assert!(secret.is_empty() || !text.contains(&secret), "a secret in {text}");
        }
    }
    // What is not ours stays where it was.
    let user = stage.sandbox.user_json("alice");
    assert_eq!(user["customData"]["canary"], "canary-custom-data");
    assert_eq!(user["customData"]["latchkey"]["secret"], "canary-ours");
}

#[tokio::test]
async fn b21_the_shape_of_every_answer_is_the_documented_one() {
    let document: serde_json::Value = serde_json::from_str(&settings_server::openapi_json()).unwrap();
    let properties = |name: &str| {
        let schema = &document["components"]["schemas"][name];
        let mut names: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let stage = Stage::new().await;
    let keys = |value: &serde_json::Value| {
        let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let account = stage.alice().await.body;
    assert_eq!(keys(&account), properties("AccountView"));
    assert_eq!(keys(&account["profile"]["value"]), properties("Profile"));
    assert_eq!(keys(&account["profile"]["value"]["address"]), properties("Address"));
    assert_eq!(keys(&account["preferences"]["value"]), properties("Preferences"));
}

#[tokio::test]
async fn empty_texts_of_logto_count_as_not_set() {
    let stage = Stage::new().await;
    stage.sandbox.patch_user("alice", &json!({
        "name": "", "avatar": "", "profile": { "nickname": "", "address": { "locality": "" } }, "customData": { "latchkey": 5 }
    }));
    let body = stage.alice().await.body;
    assert_eq!(body["name"], json!({ "access": "edit", "value": null }));
    assert_eq!(body["profile"]["value"]["nickname"], json!(null));
    assert_eq!(body["profile"]["value"]["address"], json!(null));
    assert_eq!(body["preferences"]["value"], json!({ "theme": null, "language": null }));
    let answer = stage.alice_patches("/account", &change("name", json!(null), "Alice again")).await;
    assert_eq!(answer.status, 200, "null is the before-value of an empty text");
}
