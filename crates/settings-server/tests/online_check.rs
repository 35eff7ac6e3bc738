//! B39: `--check-config --online` finds what is wrong in Logto, and says what to do.

use std::sync::Arc;

use logto_sandbox::FaultAction;
use serde_json::json;
use settings_server::check::{Report, Severity, online};
use settings_server::config::{OpenIdProvider, PublicUrl, ScopeRule, SecretOrigin};
use settings_server::{Config, SystemClock};

use crate::support::Stage;

fn config(stage: &Stage) -> Config {
    let mut config = Config::for_loopback(
        &stage.sandbox.base_url(),
        &stage.sandbox.m2m_client_id(),
        &stage.sandbox.m2m_client_secret(),
        &stage.sandbox.native_client_id(),
    );
    config.public_url = PublicUrl::parse(stage.server.base_url()).unwrap();
    config
}

async fn check(config: &Config) -> Report {
    online(config, Arc::new(SystemClock)).await.unwrap()
}

/// Asserts that the finding with this id has this severity, and a fix if it is an error or a warning.
pub(crate) fn assert_finding(report: &Report, id: &str, severity: Severity, in_message: &str) {
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.id == id)
        .unwrap_or_else(|| panic!("no {id} in\n{report}"));
    assert_eq!(finding.severity, severity, "{report}");
    assert!(finding.message.contains(in_message), "{report}");
    assert_eq!(finding.fix.is_some(), severity >= Severity::Warning, "{report}");
}

#[tokio::test]
async fn b39_valid_tenant_has_no_errors_and_lists_users_without_role() {
    let stage = Stage::new().await;
    let report = check(&config(&stage)).await;
    assert!(!report.has_errors(), "{report}");
    let ids: Vec<&str> = report.findings.iter().map(|finding| finding.id).collect();
    assert_eq!(
        ids,
        [
            "public_url.metadata",
            "public_url.api",
            "issuer",
            "machine_app",
            "resource",
            "resource.scopes",
            "native_app",
            "native_app.redirect_uri",
            "native_app.post_logout_uri",
            "native_app.link_redirect_uri",
            "native_app.token_exchange",
            "account_center",
            "account_center.second_door",
            "connectors",
            "social",
            "social",
            "social",
            "email_blocklist",
            "sign_in.codes",
            "role",
            "users"
        ]
    );
    assert_finding(&report, "users", Severity::Warning, "1 of 5 checked users");
    let text = report.to_string();
    for secret in stage.sandbox.issued_secrets() {
        assert!(secret.is_empty() || !text.contains(&secret), "{text}");
    }
    assert!(!text.contains("example.test"), "no user is named: {text}");
}

#[tokio::test]
async fn b39_rule_that_only_logto_can_check_is_reported() {
    let stage = Stage::new().await;
    let policy = json!({ "emailBlocklistPolicy": { "blockDisposableAddresses": true } });
    stage.sandbox.set_sign_in_experience(&policy);
    let report = check(&config(&stage)).await;
    assert_finding(&report, "email_blocklist", Severity::Warning, "throw-away");
}

#[tokio::test]
async fn b39_the_issuer() {
    let stage = Stage::new().await;
    let mut other = config(&stage);
    other.logto.issuer = format!("{}/other", stage.sandbox.base_url());
    assert_finding(&check(&other).await, "issuer", Severity::Error, "does not answer");

    let answer =
        json!({ "issuer": "https://elsewhere.example/oidc", "jwks_uri": "x", "token_endpoint": "x" });
    stage.fault("openid-configuration", "GET", FaultAction::Status(200, Some(answer)), Some(1));
    assert_finding(
        &check(&config(&stage)).await,
        "issuer",
        Severity::Error,
        "https://elsewhere.example/oidc",
    );

    let issuer = stage.sandbox.issuer();
    let answer = json!({ "issuer": issuer, "jwks_uri": "https://keys.evil.example", "token_endpoint": "x" });
    stage.fault("openid-configuration", "GET", FaultAction::Status(200, Some(answer)), Some(1));
    assert_finding(&check(&config(&stage)).await, "issuer", Severity::Error, "are not where");
}

#[tokio::test]
async fn b39_account_center_finding_names_every_field() {
    let stage = Stage::new().await;
    let names = ["email", "phone", "password", "username", "social", "mfa"];
    for edited in names.map(|name| vec![name]).into_iter().chain([names.to_vec()]) {
        let fields: serde_json::Map<String, serde_json::Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!(if edited.contains(name) { "Edit" } else { "ReadOnly" })))
            .collect();
        stage.sandbox.set_account_center(&json!({ "enabled": true, "fields": fields }));
        let report = check(&config(&stage)).await;
        let message = format!("lets users edit {} past this server", edited.join(", "));
        assert_finding(&report, "account_center.second_door", Severity::Warning, &message);
    }
}

#[tokio::test]
async fn b39_issuer_without_an_answer_is_reported_with_the_reason() {
    let stage = Stage::new().await;
    let no_tls = stage.sandbox.base_url().replace("http://", "https://");
    for (base, reason) in
        [("http://127.0.0.1:9", "refused"), (no_tls.as_str(), "no connection (received corrupt message")]
    {
        let mut away = config(&stage);
        away.logto.issuer = format!("{base}/oidc");
        let report = check(&away).await;
        assert_finding(&report, "issuer", Severity::Error, reason);
        let ids: Vec<&str> = report.findings.iter().map(|finding| finding.id).collect();
        let known = ["public_url.metadata", "public_url.api", "issuer"];
        assert_eq!(ids, known, "nothing else of Logto can be known: {report}");
    }
}

#[tokio::test]
async fn b39_the_machine_application() {
    let stage = Stage::new().await;
    let mut wrong = config(&stage);
    wrong.logto.client_secret = SecretOrigin::Value("wrong-secret-0123456789-abcdefgh".to_owned().into());
    assert_finding(&check(&wrong).await, "machine_app", Severity::Error, "does not accept");

    let mut unknown = config(&stage);
    unknown.logto.client_id = "nobody".to_owned();
    assert_finding(&check(&unknown).await, "machine_app", Severity::Error, "does not accept");

    let mut roleless = config(&stage);
    let (id, secret) = stage.sandbox.roleless_m2m();
    roleless.logto.client_id = id;
    roleless.logto.client_secret = SecretOrigin::Value(secret.into());
    assert_finding(&check(&roleless).await, "machine_app", Severity::Error, "no scope `all`");

    let mut target = config(&stage);
    target.logto.management_resource = "https://other.logto.app/api".to_owned();
    assert_finding(&check(&target).await, "machine_app", Severity::Error, "no resource");
}

#[tokio::test]
async fn b39_the_resource_and_its_scopes() {
    let stage = Stage::new().await;
    let mut other = config(&stage);
    other.public_url = PublicUrl::parse("https://settings.example.com/api").unwrap();
    let report = check(&other).await;
    assert_finding(&report, "resource", Severity::Error, "https://settings.example.com/api");

    let resource = json!([{
        "indicator": stage.server.base_url(), "id": "r",
        "scopes": [{ "id": "1", "name": "account:read" }, { "id": "2", "name": "account:write" }]
    }]);
    stage.fault("/api/resources", "GET", FaultAction::Status(200, Some(resource)), Some(1));
    let report = check(&config(&stage)).await;
    assert_finding(&report, "resource.scopes", Severity::Error, "account:security, account:delete");
    assert_finding(&report, "role", Severity::Error, "no role grants account:read");
}

#[tokio::test]
async fn b39_with_audience_only_neither_scopes_nor_roles_are_missed() {
    let stage = Stage::new().await;
    let mut config = config(&stage);
    config.access.scopes = ScopeRule::AudienceOnly;
    let resource = json!([{ "indicator": stage.server.base_url(), "id": "r", "scopes": [] }]);
    stage.fault("/api/resources", "GET", FaultAction::Status(200, Some(resource)), None);
    let report = check(&config).await;
    assert_finding(&report, "resource.scopes", Severity::Note, "audience-only");
    assert_finding(&report, "role", Severity::Note, "audience-only");
    assert!(!report.has_errors(), "{report}");
    config.access.scopes = ScopeRule::Enforce;
    assert!(check(&config).await.has_errors(), "the same tenant will not do where scopes are demanded");
}

#[tokio::test]
async fn b39_the_native_application() {
    let stage = Stage::new().await;
    let mut unknown = config(&stage);
    unknown.app.client_id = "nobody".to_owned();
    assert_finding(&check(&unknown).await, "native_app", Severity::Error, "nobody");

    let mut machine = config(&stage);
    machine.app.client_id = stage.sandbox.m2m_client_id();
    let report = check(&machine).await;
    assert_finding(&report, "native_app", Severity::Error, "not a first-party Native application");
    assert_finding(&report, "native_app.redirect_uri", Severity::Error, "http://127.0.0.1/callback");
    assert_finding(&report, "native_app.post_logout_uri", Severity::Error, "app.latchkey.dev://signed-out");
    assert_finding(&report, "native_app.link_redirect_uri", Severity::Warning, "app.latchkey.dev://callback");

    let mut scheme = config(&stage);
    scheme.app.scheme = "com.example.accounts".to_owned();
    let report = check(&scheme).await;
    assert_finding(&report, "native_app.redirect_uri", Severity::Ok, "http://127.0.0.1/callback");
    assert_finding(
        &report,
        "native_app.post_logout_uri",
        Severity::Error,
        "com.example.accounts://signed-out",
    );

    let application = json!({
        "id": stage.sandbox.native_client_id(), "type": "Native", "isThirdParty": true,
        "oidcClientMetadata": { "redirectUris": ["http://127.0.0.1/callback"], "postLogoutRedirectUris": [] },
        "customClientMetadata": { "allowTokenExchange": true }
    });
    stage.fault("/api/applications", "GET", FaultAction::Status(200, Some(application)), Some(1));
    let report = check(&config(&stage)).await;
    assert_finding(&report, "native_app", Severity::Error, "not a first-party");
    assert_finding(&report, "native_app.token_exchange", Severity::Error, "exchange");
}

#[tokio::test]
async fn b39_account_center_connectors_and_users() {
    let stage = Stage::new().await;
    stage.sandbox.set_account_center(&json!({ "enabled": false, "fields": {} }));
    let report = check(&config(&stage)).await;
    assert_finding(&report, "account_center", Severity::Note, "[fields]");
    assert_finding(&report, "connectors", Severity::Note, "1 e-mail, 1 SMS, 3 social");
    let social = report.findings.iter().filter(|finding| finding.id == "social");
    let social: Vec<&str> = social.map(|finding| finding.message.as_str()).collect();
    assert!(
        social.iter().any(|text| text.starts_with("github: register the redirect URI http")),
        "{social:?}"
    );
    let mut wrong = config(&stage);
    wrong.social.direct = vec!["orkut".to_owned()];
    let provider = crate::social_openid::provider(&stage.sandbox);
    wrong.social.openid = vec![OpenIdProvider { ca_pem: None, ..provider }];
    let report = check(&wrong).await;
    assert_finding(
        &report,
        "social.openid",
        Severity::Error,
        "corp-id: Logto has no connector of this target",
    );
    assert_finding(&report, "social.direct", Severity::Warning, "orkut is no target on the sign-in page");
    stage.sandbox.set_account_center(&json!({ "enabled": true, "fields": { "name": "Edit" } }));
    assert_finding(&check(&config(&stage)).await, "account_center", Severity::Note, "custom data is off");

    stage.sandbox.delete_user("norole");
    assert_finding(&check(&config(&stage)).await, "users", Severity::Ok, "all 4 checked users");
    for number in 0..60 {
        stage.sandbox.add_user(&json!({ "username": format!("user{number}") }));
    }
    assert_finding(&check(&config(&stage)).await, "users", Severity::Ok, "all 64 checked users");
}

#[tokio::test]
async fn b39_what_logto_cannot_answer_is_an_error_with_a_fix() {
    for (path, id) in [
        ("/api/resources", "resource"),
        ("/api/applications", "native_app"),
        ("/api/account-center", "account_center"),
        ("/api/connectors", "connectors"),
        ("/api/roles", "role"),
        ("/api/users", "users"),
    ] {
        let stage = Stage::new().await;
        stage.fault(path, "GET", FaultAction::Status(500, None), None);
        assert_finding(&check(&config(&stage)).await, id, Severity::Error, "status 500");
    }
}
