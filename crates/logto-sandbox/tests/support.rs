//! What the tests share: an HTTP client without redirects, PKCE, and a whole sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logto_sandbox::{Browser, Options, Sandbox};
use serde_json::Value;

pub(crate) const RESOURCE: &str = "http://127.0.0.1:1/api";
pub(crate) const VERIFIER: &str = "test-verifier-0123456789-0123456789-0123456789-0123456789";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:45678/callback";

/// Returns a client that follows no redirects.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// Returns a sandbox with a frozen clock.
pub(crate) async fn sandbox() -> Sandbox {
    let options = Options { resource: RESOURCE.into(), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.clock().freeze();
    sandbox
}

/// Returns a sandbox with providers, and with a frozen clock.
pub(crate) async fn social_sandbox() -> Sandbox {
    let options = Options { resource: RESOURCE.into(), social: true, ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.clock().freeze();
    sandbox
}

/// Returns a client that trusts the providers' authority and follows no redirects.
pub(crate) fn provider_client(sandbox: &Sandbox) -> reqwest::Client {
    let authority = reqwest::Certificate::from_pem(sandbox.providers().ca_pem().as_bytes()).unwrap();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_certs_only([authority])
        .tls_info(true)
        .build()
        .unwrap()
}

/// Sends a request with a body to the Management API.
pub(crate) async fn manage(
    sandbox: &Sandbox,
    method: reqwest::Method,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let token = management_token(sandbox).await;
    let request = client().request(method, format!("{}{path}", sandbox.base_url())).bearer_auth(token);
    let request = if body.is_null() { request } else { request.json(body) };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// Returns where the Management API sends users of a connector, with the state `state-1`.
pub(crate) async fn authorization_uri(sandbox: &Sandbox, connector: &str, redirect_uri: &str) -> String {
    let body = serde_json::json!({ "state": "state-1", "redirectUri": redirect_uri });
    let path = format!("/api/connectors/{connector}/authorization-uri");
    let (status, body) = manage(sandbox, reqwest::Method::POST, &path, &body).await;
    assert_eq!(status, 200, "{body}");
    text(&body, "redirectTo")
}

/// Links a social account to a user, by username.
pub(crate) async fn link(sandbox: &Sandbox, user: &str, connector: &str, data: &Value) -> (u16, Value) {
    let body = serde_json::json!({ "connectorId": connector, "connectorData": data });
    let path = format!("/api/users/{}/identities", sandbox.user_id(user));
    manage(sandbox, reqwest::Method::POST, &path, &body).await
}

/// Ids of the seeded connectors.
pub(crate) const MOCK_SOCIAL: &str = "uv45gh4v44x4";
pub(crate) const GITHUB: &str = "e4drka0aqkwg";
pub(crate) const GOOGLE: &str = "9u9po194plr6";
pub(crate) const APPLE: &str = "gw4ti24pbhj2";
pub(crate) const CORP_ID: &str = "rano1q90ejts";
pub(crate) const ALIPAY: &str = "q7v1n4z0ap2y";

pub(crate) fn challenge() -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.as_ref())
}

/// Returns an authorization URL with the app's parameters, `extra` replacing some of them; an empty value removes one.
pub(crate) fn authorize_url(sandbox: &Sandbox, extra: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let client_id = sandbox.native_client_id();
    let mut fields: Vec<(&str, &str)> = vec![
        ("client_id", &client_id),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        (
            "scope",
            "openid profile email phone offline_access account:read account:write account:security account:delete",
        ),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("state", "state-1"),
        ("nonce", "nonce-1"),
        ("prompt", "consent"),
        ("resource", RESOURCE),
    ];
    for (name, value) in extra {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    url::Url::parse_with_params(&format!("{}/auth", sandbox.issuer()), fields).unwrap().into()
}

/// Returns the value of a query parameter of a callback URL.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    url::Url::parse(url)
        .unwrap()
        .query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Posts a form to the token endpoint.
pub(crate) async fn token(sandbox: &Sandbox, fields: &[(&str, &str)]) -> (u16, Value) {
    let answer = client().post(format!("{}/token", sandbox.issuer())).form(fields).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Exchanges the code of a callback URL.
pub(crate) async fn exchange(sandbox: &Sandbox, callback: &str) -> (u16, Value) {
    let code = parameter(callback, "code").expect("the callback carries a code");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &sandbox.native_client_id()),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("resource", RESOURCE),
    ];
    token(sandbox, &fields).await
}

/// Signs alice in and returns the tokens.
pub(crate) async fn sign_in(sandbox: &Sandbox, browser: &Browser) -> Value {
    let url = authorize_url(sandbox, &[]);
    let callback = browser.authorize(&url, "alice", "Correct-Horse-7").await.unwrap();
    let (status, body) = exchange(sandbox, &callback).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// Refreshes for the settings resource.
pub(crate) async fn refresh(sandbox: &Sandbox, refresh_token: &str) -> (u16, Value) {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", &sandbox.native_client_id()),
        ("refresh_token", refresh_token),
        ("resource", RESOURCE),
    ];
    token(sandbox, &fields).await
}

/// Returns a Management token.
pub(crate) async fn management_token(sandbox: &Sandbox) -> String {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", &sandbox.m2m_client_id()),
        ("client_secret", &sandbox.m2m_client_secret()),
        ("resource", "https://default.logto.app/api"),
        ("scope", "all"),
    ];
    let (status, body) = token(sandbox, &fields).await;
    assert_eq!(status, 200, "{body}");
    text(&body, "access_token")
}

/// Returns a text member.
pub(crate) fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {body}")).to_owned()
}

/// Returns the claims of a JWT, unchecked.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Returns the header of a JWT.
pub(crate) fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}
