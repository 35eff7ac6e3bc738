//! Signing in, refreshing, stepping up and signing out.

use std::time::Duration;

use logto_sandbox::{BrowserError, Sandbox, SignInBy};
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn complete_sign_in_returns_the_recorded_tokens() {
    let sandbox = sandbox().await;
    let url = authorize_url(&sandbox, &[]);
    let callback = sandbox.authenticate(&url, "alice", "Correct-Horse-7").await.unwrap();
    assert_eq!(parameter(&callback, "state").as_deref(), Some("state-1"));
    assert_eq!(parameter(&callback, "iss"), Some(sandbox.issuer()));
    let (status, body) = exchange(&sandbox, &callback).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["scope"], "account:read account:write account:security account:delete");
    assert_eq!(body["expires_in"], 600);
    let access = text(&body, "access_token");
    assert_eq!(header(&access)["typ"], "at+jwt");
    assert_eq!(header(&access)["alg"], "ES384");
    assert_eq!(claims(&access)["aud"], RESOURCE);
    assert_eq!(claims(&access)["sub"], sandbox.user_id("alice"));
    let id_token = claims(&text(&body, "id_token"));
    assert_eq!(id_token["nonce"], "nonce-1");
    assert!(id_token["sid"].is_string());
    assert_eq!(id_token.get("auth_time"), None);
    assert!(id_token["updated_at"].as_u64().unwrap() > 1_000_000_000_000, "milliseconds");
}

#[tokio::test]
async fn the_management_api_reads_and_changes_a_user() {
    let sandbox = sandbox().await;
    let bearer = management_token(&sandbox).await;
    let url = format!("{}/api/users/{}", sandbox.base_url(), sandbox.user_id("alice"));
    let user: Value = client().get(&url).bearer_auth(&bearer).send().await.unwrap().json().await.unwrap();
    assert_eq!(user["name"], "Alice Example");
    let change = json!({"name": "Alice Changed"});
    let answer = client().patch(&url).bearer_auth(&bearer).json(&change).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("logto-core-request-id"));
    assert_eq!(sandbox.user_json("alice")["name"], "Alice Changed");
}

#[tokio::test]
async fn sid_names_the_session_that_holds_the_grant() {
    let sandbox = sandbox().await;
    let tokens = sign_in(&sandbox, &sandbox.browser()).await;
    let sid = claims(&text(&tokens, "id_token"))["sid"].clone();
    let bearer = management_token(&sandbox).await;
    let id = sandbox.user_id("alice");
    let url = format!("{}/api/users/{id}/sessions", sandbox.base_url());
    let body: Value = client().get(&url).bearer_auth(&bearer).send().await.unwrap().json().await.unwrap();
    let authorizations = &body["sessions"][0]["payload"]["authorizations"];
    assert_eq!(authorizations[sandbox.native_client_id()]["sid"], sid);
}

#[tokio::test]
async fn wrong_suspended_and_unknown_users_get_logtos_codes() {
    let sandbox = sandbox().await;
    let url = authorize_url(&sandbox, &[]);
    for (name, password, status, code) in [
        ("alice", "wrong", 422, "session.invalid_credentials"),
        ("nobody", "wrong", 422, "session.invalid_credentials"),
        ("suspended", "Locked-Out-10", 401, "user.suspended"),
    ] {
        let refused = sandbox.authenticate(&url, name, password).await.unwrap_err();
        assert_eq!(refused, BrowserError::Refused { status, code: Some(code.to_owned()) }, "{name}");
    }
}

#[tokio::test]
async fn cancelling_ends_with_access_denied() {
    let sandbox = sandbox().await;
    let callback = sandbox.browser().deny(&authorize_url(&sandbox, &[])).await.unwrap();
    assert!(callback.starts_with(REDIRECT), "{callback}");
    assert_eq!(parameter(&callback, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&callback, "state").as_deref(), Some("state-1"));
    assert_eq!(parameter(&callback, "iss"), Some(sandbox.issuer()));
}

#[tokio::test]
async fn a_user_without_the_role_gets_an_empty_scope() {
    let sandbox = sandbox().await;
    let url = authorize_url(&sandbox, &[]);
    let callback = sandbox.authenticate(&url, "norole", "No-Role-Here-9").await.unwrap();
    let (status, body) = exchange(&sandbox, &callback).await;
    assert_eq!((status, &body["scope"]), (200, &json!("")));
    assert_eq!(claims(&text(&body, "access_token"))["scope"], "");
}

#[tokio::test]
async fn without_consent_there_is_no_refresh_token() {
    let sandbox = sandbox().await;
    let url = authorize_url(&sandbox, &[("prompt", "")]);
    let callback = sandbox.authenticate(&url, "alice", "Correct-Horse-7").await.unwrap();
    let (status, body) = exchange(&sandbox, &callback).await;
    assert_eq!(status, 200);
    assert_eq!(body.get("refresh_token"), None);
}

#[tokio::test]
async fn a_refresh_token_may_be_reused_for_three_seconds() {
    let sandbox = sandbox().await;
    let first = text(&sign_in(&sandbox, &sandbox.browser()).await, "refresh_token");
    let (status, body) = refresh(&sandbox, &first).await;
    assert_eq!(status, 200);
    let second = text(&body, "refresh_token");
    assert_ne!(first, second);
    sandbox.clock().advance(Duration::from_millis(3000));
    assert_eq!(refresh(&sandbox, &first).await.0, 200, "within the grace");
    assert_eq!(refresh(&sandbox, &second).await.0, 200, "reuse within the grace harms nothing");
}

#[tokio::test]
async fn a_later_reuse_ends_the_whole_grant() {
    let sandbox = sandbox().await;
    let first = text(&sign_in(&sandbox, &sandbox.browser()).await, "refresh_token");
    let second = text(&refresh(&sandbox, &first).await.1, "refresh_token");
    sandbox.clock().advance(Duration::from_millis(3001));
    let (status, body) = refresh(&sandbox, &first).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
    assert_eq!(refresh(&sandbox, &second).await.0, 400, "the newest token is dead, too");
}

#[tokio::test]
async fn a_refresh_token_lives_fourteen_days_and_each_use_renews_it() {
    let sandbox = sandbox().await;
    let day = Duration::from_secs(24 * 3600);
    let mut token = text(&sign_in(&sandbox, &sandbox.browser()).await, "refresh_token");
    for _ in 0..2 {
        sandbox.clock().advance(day * 13);
        let (status, body) = refresh(&sandbox, &token).await;
        assert_eq!(status, 200, "{body}");
        token = text(&body, "refresh_token");
    }
    sandbox.clock().advance(day * 14);
    assert_eq!(refresh(&sandbox, &token).await.0, 400);
}

#[tokio::test]
async fn suspending_ends_refresh_tokens_at_once() {
    let sandbox = sandbox().await;
    let token = text(&sign_in(&sandbox, &sandbox.browser()).await, "refresh_token");
    sandbox.suspend_user("alice", true);
    assert_eq!(refresh(&sandbox, &token).await.0, 400);
    sandbox.suspend_user("alice", false);
    assert_eq!(refresh(&sandbox, &token).await.0, 400, "restoring brings nothing back");
}

#[tokio::test]
async fn permissions_follow_the_user_at_the_next_refresh() {
    let sandbox = sandbox().await;
    let token = text(&sign_in(&sandbox, &sandbox.browser()).await, "refresh_token");
    sandbox.set_user_scopes("alice", vec!["account:read".into()]);
    let (_, body) = refresh(&sandbox, &token).await;
    assert_eq!(body["scope"], "account:read");
}

#[tokio::test]
async fn revocation_ends_the_grant_and_end_session_does_not() {
    let sandbox = sandbox().await;
    let browser = sandbox.browser();
    let tokens = sign_in(&sandbox, &browser).await;
    let id_token = text(&tokens, "id_token");
    let end = url::Url::parse_with_params(
        &format!("{}/session/end", sandbox.issuer()),
        [
            ("id_token_hint", id_token.as_str()),
            ("post_logout_redirect_uri", "app.latchkey.dev://signed-out"),
            ("state", "bye"),
        ],
    )
    .unwrap();
    assert_eq!(browser.open(end.as_str()).await.unwrap(), "app.latchkey.dev://signed-out?state=bye");
    let silent = browser.open(&authorize_url(&sandbox, &[("prompt", "none")])).await.unwrap();
    assert_eq!(parameter(&silent, "error").as_deref(), Some("login_required"));
    let (status, body) = refresh(&sandbox, &text(&tokens, "refresh_token")).await;
    assert_eq!(status, 200, "the grant outlives the browser session");
    let token = text(&body, "refresh_token");
    let fields = [("token", token.as_str()), ("client_id", &sandbox.native_client_id())];
    let url = format!("{}/token/revocation", sandbox.issuer());
    assert_eq!(client().post(url).form(&fields).send().await.unwrap().status(), 200);
    assert_eq!(refresh(&sandbox, &token).await.0, 400);
}

#[tokio::test]
async fn step_up_has_a_fresh_auth_time_and_an_old_session_an_old_one() {
    let sandbox = sandbox().await;
    let browser = sandbox.browser();
    let first = browser
        .authorize(&authorize_url(&sandbox, &[("max_age", "3600")]), "alice", "Correct-Horse-7")
        .await
        .unwrap();
    let (_, tokens) = exchange(&sandbox, &first).await;
    let signed_in_at = claims(&text(&tokens, "id_token"))["auth_time"].as_u64().unwrap();
    sandbox.clock().advance(Duration::from_secs(120));
    let silent =
        browser.open(&authorize_url(&sandbox, &[("max_age", "299"), ("nonce", "n2")])).await.unwrap();
    let (_, tokens) = exchange(&sandbox, &silent).await;
    let claims_now = claims(&text(&tokens, "id_token"));
    assert_eq!(claims_now["auth_time"], signed_in_at, "no interaction, so the old time");
    assert_eq!(claims_now["nonce"], "n2");
    let again = authorize_url(&sandbox, &[("prompt", "login consent"), ("max_age", "0")]);
    let callback = browser.authorize(&again, "alice", "Correct-Horse-7").await.unwrap();
    let (_, tokens) = exchange(&sandbox, &callback).await;
    assert_eq!(claims(&text(&tokens, "id_token"))["auth_time"], signed_in_at + 120);
}

#[tokio::test]
async fn another_user_may_sign_in_at_a_step_up() {
    let sandbox = sandbox().await;
    let browser = sandbox.browser();
    let first = sign_in(&sandbox, &browser).await;
    let again = authorize_url(&sandbox, &[("prompt", "login consent")]);
    let callback = browser.authorize(&again, "bob", "Battery-Staple-8").await.unwrap();
    let (_, tokens) = exchange(&sandbox, &callback).await;
    let subject = |tokens: &Value| claims(&text(tokens, "id_token"))["sub"].clone();
    assert_eq!(subject(&tokens), sandbox.user_id("bob"));
    assert_ne!(subject(&tokens), subject(&first));
}

#[tokio::test]
async fn authorization_errors_redirect_or_are_refused() {
    let sandbox = sandbox().await;
    for (extra, error) in [
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("resource", "https://nope.example"), "invalid_target"),
        (("prompt", "none"), "login_required"),
    ] {
        let callback = sandbox.browser().open(&authorize_url(&sandbox, &[extra])).await.unwrap();
        assert_eq!(parameter(&callback, "error").as_deref(), Some(error), "{extra:?}");
    }
    for (extra, code) in [
        (("client_id", "nope"), "oidc.invalid_client"),
        (("redirect_uri", "http://127.0.0.1:1/other"), "oidc.invalid_redirect_uri"),
    ] {
        let refused = sandbox.browser().open(&authorize_url(&sandbox, &[extra])).await.unwrap_err();
        assert_eq!(refused, BrowserError::Refused { status: 400, code: Some(code.to_owned()) }, "{extra:?}");
    }
}

#[tokio::test]
async fn the_sign_in_page_bears_the_field_names_of_logtos_own() {
    let sandbox = sandbox().await;
    let url = format!(
        "{}/sign-in?app_id={}&login_hint=%22%3E%3Cscript%3E",
        sandbox.base_url(),
        sandbox.native_client_id()
    );
    let page = client().get(url).send().await.unwrap().text().await.unwrap();
    for part in
        ["name=\"identifier\"", "name=\"password\"", "<button type=\"submit\">", "href=\"/sign-in/cancel\""]
    {
        assert!(page.contains(part), "{part} is missing");
    }
    for label in
        ["<label for=\"identifier\">", "<label for=\"password\">", "role=\"alert\"", "<html lang=\"en\">"]
    {
        assert!(page.contains(label), "{label} is missing");
    }
    assert!(!page.contains("\"><script>"), "the hint is escaped");
    assert!(!page.contains("{{"), "every placeholder is filled");
    assert!(!page.contains("https://"), "nothing is loaded from elsewhere");
}

#[tokio::test]
async fn requested_authenticator_is_recorded_in_the_session() {
    let sandbox = sandbox().await;
    sandbox.authenticate(&authorize_url(&sandbox, &[]), "mfa", "Second-Factor-11").await.unwrap();
    let url = format!("{}/api/users/{}/sessions", sandbox.base_url(), sandbox.user_id("mfa"));
    let request = client().get(url).bearer_auth(management_token(&sandbox).await);
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    let records = &body["sessions"][0]["lastSubmission"]["verificationRecords"];
    assert_eq!((&records[0]["type"], &records[1]["type"]), (&json!("Password"), &json!("Totp")));
}

/// Returns `None` when the sign-in page accepts a method, otherwise the code of the refusal.
async fn tried(sandbox: &Sandbox, sign_in_by: &SignInBy) -> Option<String> {
    match sandbox.browser().authorize_by(&authorize_url(sandbox, &[]), sign_in_by).await {
        Ok(callback) => {
            assert!(parameter(&callback, "code").is_some(), "{callback}");
            None
        }
        Err(BrowserError::Refused { code, status }) => Some(code.unwrap_or_else(|| status.to_string())),
        Err(other) => panic!("{other}"),
    }
}

fn password(identifier: &str) -> SignInBy {
    SignInBy::Password { identifier: identifier.to_owned(), password: "Test-Password-12".to_owned() }
}

fn code(identifier: &str) -> SignInBy {
    SignInBy::Code { identifier: identifier.to_owned() }
}

fn social(target: &str, user_id: &str, email: Option<&str>) -> SignInBy {
    SignInBy::Social {
        target: target.to_owned(),
        user_id: user_id.to_owned(),
        email: email.map(str::to_owned),
    }
}

fn enterprise(connector: &str) -> SignInBy {
    SignInBy::Enterprise { connector: connector.to_owned(), user_id: "everybody-1".to_owned() }
}

#[tokio::test]
async fn page_accepts_only_the_methods_of_the_tenant() {
    let sandbox = sandbox().await;
    let id = sandbox.add_user(&json!({
        "username": "everybody", "primaryEmail": "everybody@example.test", "primaryPhone": "15550000042",
        "password": "Test-Password-12", "identities": { "github": { "userId": "gh-1" } },
        "ssoIdentities": [{ "issuer": "https://corp.example.test/oidc", "identityId": "everybody-1", "ssoConnectorId": "knmkut2xs075" }]
    }));
    let disabled = Some("user.sign_in_method_not_enabled".to_owned());
    let owned = Some("session.sso_enabled".to_owned());
    // As seeded.
    for (sign_in_by, refused) in [
        (password("everybody"), None),
        (password("everybody@example.test"), None),
        (password("15550000042"), None),
        (code("everybody@example.test"), None),
        (code("15550000042"), None),
        (social("github", "gh-1", None), None),
        (social("google", "gh-1", None), Some("user.identity_not_exist".to_owned())),
        (social("nowhere", "gh-1", None), Some("404".to_owned())),
        (enterprise("knmkut2xs075"), disabled.clone()),
        (enterprise("nowhere"), Some("entity.not_found".to_owned())),
        (code("nobody@example.test"), Some("user.user_not_exist".to_owned())),
    ] {
        assert_eq!(tried(&sandbox, &sign_in_by).await, refused, "{sign_in_by:?}");
    }
    // By user name and code alone, with single sign-on, and one connector fewer on the page.
    sandbox.set_sign_in_experience(&json!({
        "signIn": { "methods": [
            { "identifier": "username", "password": true, "verificationCode": false },
            { "identifier": "email", "password": false, "verificationCode": true },
        ] },
        "singleSignOnEnabled": true, "socialSignInConnectorTargets": ["google"]
    }));
    sandbox.patch_user(&id, &json!({ "primaryEmail": "everybody@CORP.example.test" }));
    for (sign_in_by, refused) in [
        (password("everybody"), None),
        (password("everybody@corp.example.test"), disabled.clone()),
        (password("15550000042"), disabled.clone()),
        (code("everybody@corp.example.test"), owned.clone()),
        (code("15550000042"), disabled),
        (social("github", "gh-1", None), Some("404".to_owned())),
        (enterprise("knmkut2xs075"), None),
    ] {
        assert_eq!(tried(&sandbox, &sign_in_by).await, refused, "{sign_in_by:?}");
    }
    let targets = json!({ "socialSignInConnectorTargets": ["github"] });
    sandbox.set_sign_in_experience(&targets);
    assert_eq!(tried(&sandbox, &social("github", "gh-1", Some("e@corp.example.test"))).await, owned);
    assert_eq!(tried(&sandbox, &social("github", "gh-1", Some("e@example.test"))).await, None);
    sandbox.remove_connectors("Email");
    let none = Some("connector.not_found".to_owned());
    assert_eq!(tried(&sandbox, &code("everybody@corp.example.test")).await, none);
    sandbox.suspend_user("everybody", true);
    let suspended = Some("user.suspended".to_owned());
    assert_eq!(tried(&sandbox, &social("github", "gh-1", None)).await, suspended);
    // Every method needs a second factor.
    sandbox.suspend_user("everybody", false);
    sandbox.bind_totp("everybody", "TESTTESTTESTTESTTESTTESTTESTTEST");
    assert_eq!(tried(&sandbox, &social("github", "gh-1", None)).await, None);
    assert_eq!(tried(&sandbox, &enterprise("knmkut2xs075")).await, None);
}

#[tokio::test]
async fn sign_in_code_is_valid_for_its_own_sign_in_only() {
    let sandbox = sandbox().await;
    let id = sandbox.user_id("alice");
    sandbox.browser().authorize_by(&authorize_url(&sandbox, &[]), &code("alice@example.test")).await.unwrap();
    let bearer = management_token(&sandbox).await;
    let url = format!("{}/api/users/{id}/sessions", sandbox.base_url());
    let body: Value = client().get(&url).bearer_auth(&bearer).send().await.unwrap().json().await.unwrap();
    let records = &body["sessions"][0]["lastSubmission"]["verificationRecords"];
    assert_eq!(records[0]["type"], "EmailVerificationCode");
    assert_eq!(records[0]["identifier"], json!({ "type": "email", "value": "alice@example.test" }));
    assert_eq!(records[0]["verified"], true);
}
