//! The app as the server sees it: a user, a browser, an app instance, tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logto_sandbox::{Browser, Sandbox, SignInBy};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ALL_SCOPES, Answer, Stage, read};

const REDIRECT: &str = "http://127.0.0.1:45678/callback";
const VERIFIER: &str = "test-verifier-0123456789-0123456789-0123456789-0123456789";

/// Returns the password of a seeded user.
pub(crate) fn password_of(user: &str) -> &'static str {
    match user {
        "alice" => "Correct-Horse-7",
        "bob" => "Battery-Staple-8",
        "mfa" => "Second-Factor-11",
        _ => "Test-Password-12",
    }
}

/// Returns how a seeded user signs in.
pub(crate) fn by_password(user: &str) -> SignInBy {
    SignInBy::Password { identifier: user.to_owned(), password: password_of(user).to_owned() }
}

/// Returns a secret of the right shape that is always the same for the same name.
pub(crate) fn secret(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(name))
}

/// A signed-in app.
pub(crate) struct App<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) user: String,
    pub(crate) browser: Browser,
    pub(crate) instance: String,
    pub(crate) tokens: Value,
}

/// One request of the app.
#[derive(Clone, Default)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) grant: Option<String>,
    pub(crate) key: Option<String>,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), ..Self::default() }
    }

    pub(crate) fn post(path: &str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::POST, path) }
    }

    pub(crate) fn patch(path: &str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::PATCH, path) }
    }

    pub(crate) fn put(path: &str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::PUT, path) }
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(crate) fn with_grant(&self, grant: &str) -> Self {
        Self { grant: Some(grant.to_owned()), ..self.clone() }
    }

    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }
}

impl<'a> App<'a> {
    /// Returns an introduced app with a token of a user who did not sign in.
    pub(crate) async fn of(stage: &'a Stage, user: &str) -> App<'a> {
        let tokens = json!({ "access_token": stage.token(user, ALL_SCOPES) });
        let instance = secret(&format!("instance of {user}"));
        let app = App { stage, user: user.to_owned(), browser: stage.sandbox.browser(), instance, tokens };
        app.introduce().await;
        app
    }

    /// Introduces the instance by an ID token that names no session: it stays unknown which one is this app's.
    pub(crate) async fn introduce(&self) {
        let id_token = ordinary_id_token(&self.stage.sandbox, &self.user);
        let introduced = self.post("/sessions/current", json!({ "id_token": id_token })).await;
        assert_eq!(introduced.status, 200, "{}", introduced.text);
    }

    /// Becomes another installation of the same user, and introduces it. Returns the former one's secret.
    pub(crate) async fn become_another(&mut self, instance: &str) -> String {
        let former = std::mem::replace(&mut self.instance, secret(instance));
        self.introduce().await;
        former
    }

    /// Signs in as the app does, in a browser of its own.
    pub(crate) async fn sign_in(stage: &'a Stage, user: &str) -> App<'a> {
        Self::sign_in_with(stage, user, &stage.sandbox.browser()).await
    }

    /// Signs in as the app does.
    pub(crate) async fn sign_in_with(stage: &'a Stage, user: &str, browser: &Browser) -> App<'a> {
        let app = Self::not_introduced(stage, user, browser).await;
        app.introduce().await;
        app
    }

    /// Signs in, and introduces nothing.
    pub(crate) async fn not_introduced(stage: &'a Stage, user: &str, browser: &Browser) -> App<'a> {
        let tokens = sign_in(&stage.sandbox, &stage.http, browser, user, stage.server.base_url()).await;
        let instance = secret(&format!("instance of {user}"));
        App { stage, user: user.to_owned(), browser: browser.clone(), instance, tokens }
    }

    /// Signs in afresh for a step-up, maybe as another user. Returns the ID token.
    pub(crate) async fn fresh_id_token(&self, nonce: &str, user: &str) -> String {
        self.fresh_id_token_by(nonce, &by_password(user)).await
    }

    /// Signs in afresh by any method. Returns the ID token.
    pub(crate) async fn fresh_id_token_by(&self, nonce: &str, sign_in_by: &SignInBy) -> String {
        let extra = [("scope", "openid"), ("prompt", "login"), ("max_age", "0"), ("nonce", nonce)];
        let tokens =
            authorize(&self.stage.sandbox, &self.stage.http, &self.browser, sign_in_by, &extra).await;
        assert!(tokens.get("refresh_token").is_none(), "a step-up asks for no refresh token");
        tokens["id_token"].as_str().unwrap().to_owned()
    }

    /// Returns the ID token of an authorization that the browser's session passes without a page.
    pub(crate) async fn silent_id_token(&self, nonce: &str) -> String {
        let extra = [("scope", "openid"), ("max_age", "299"), ("nonce", nonce)];
        let tokens =
            authorize(&self.stage.sandbox, &self.stage.http, &self.browser, &by_password("nobody"), &extra)
                .await;
        tokens["id_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn call(&self, call: &Call) -> Answer {
        let token = self.tokens["access_token"].as_str().unwrap();
        let mut request = self
            .stage
            .http
            .request(call.method.clone(), self.stage.url(&call.path))
            .bearer_auth(token)
            .header("latchkey-instance", &self.instance);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        if let Some(grant) = &call.grant {
            request = request.header("latchkey-grant", grant);
        }
        if let Some(key) = &call.key {
            request = request.header("idempotency-key", key);
        }
        read(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(&Call::post(path, body)).await
    }

    /// Returns the challenge of a call without a grant: its nonce and the methods that can be used.
    pub(crate) async fn challenge(&self, call: &Call) -> (String, Vec<String>) {
        let answer = self.call(call).await;
        assert_eq!(answer.outcome(), (401, "step_up_required"), "{} {}", call.path, answer.text);
        let detail = &answer.body["detail"];
        let methods = detail["methods"].as_array().unwrap();
        let kinds = methods.iter().map(|method| method["kind"].as_str().unwrap().to_owned());
        (detail["nonce"].as_str().unwrap().to_owned(), kinds.collect())
    }

    /// Proves a challenge with a fresh sign-in.
    pub(crate) async fn prove(&self, nonce: &str) -> Answer {
        let id_token = self.fresh_id_token(nonce, &self.user).await;
        self.post("/step-up/browser", json!({ "nonce": nonce, "id_token": id_token })).await
    }

    /// Proves a challenge with a fresh sign-in of any kind, and with a code where the server requires more. Returns
    /// the last answer.
    pub(crate) async fn prove_by(&self, nonce: &str, sign_in_by: &SignInBy) -> Answer {
        let id_token = self.fresh_id_token_by(nonce, sign_in_by).await;
        let answer = self.post("/step-up/browser", json!({ "nonce": nonce, "id_token": id_token })).await;
        let methods = answer.body["methods"].as_array().cloned().unwrap_or_default();
        let Some(route) = methods.iter().map(|method| &method["kind"]).find(|kind| *kind != "password")
        else {
            return answer;
        };
        let sent = self.post("/step-up/code", json!({ "nonce": nonce, "route": route })).await;
        assert_eq!(sent.status, 200, "{}", sent.text);
        let code = super::addresses::newest_code(self.stage);
        let body = json!({ "nonce": nonce, "transaction": sent.body["transaction"], "code": code });
        self.post("/step-up/code/confirm", body).await
    }

    /// Returns a grant for a call, by a fresh sign-in.
    pub(crate) async fn grant(&self, call: &Call) -> String {
        let (nonce, _) = self.challenge(call).await;
        granted(&self.prove(&nonce).await)
    }

    /// Introduces the session of this app to the server.
    pub(crate) async fn introduce_session(&self) -> Answer {
        self.post("/sessions/current", json!({ "id_token": self.tokens["id_token"] })).await
    }

    pub(crate) async fn sessions(&self) -> Answer {
        let answer = self.call(&Call::new(Method::GET, "/sessions")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }

    /// Whether the app's refresh token still works; it is used up and replaced.
    pub(crate) async fn refresh_works(&mut self) -> bool {
        let sandbox = &self.stage.sandbox;
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &sandbox.native_client_id()),
            ("refresh_token", self.tokens["refresh_token"].as_str().unwrap()),
        ];
        let answer = read(self.stage.http.post(format!("{}/token", sandbox.issuer())).form(&form)).await;
        if answer.status == 200 {
            self.tokens["refresh_token"] = answer.body["refresh_token"].clone();
        }
        answer.status == 200
    }
}

/// Returns the grant of an answer.
pub(crate) fn granted(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.body["kind"].as_str()), (200, Some("granted")), "{}", answer.text);
    answer.body["grant"].as_str().unwrap().to_owned()
}

/// Returns an ID token like that of an ordinary sign-in, of a session that does not exist.
pub(crate) fn ordinary_id_token(sandbox: &Sandbox, user: &str) -> String {
    let mut claims = sandbox.access_token_claims(user, "");
    claims["aud"] = json!(sandbox.native_client_id());
    claims["nonce"] = json!("ordinary");
    let claims_of_access = claims.as_object_mut().unwrap();
    claims_of_access.remove("scope");
    claims_of_access.remove("client_id");
    sandbox.mint_access_token(&claims, &json!({ "typ": null }))
}

/// Signs in as the app ordinarily does, for a resource. Returns the tokens.
pub(crate) async fn sign_in(
    sandbox: &Sandbox,
    http: &reqwest::Client,
    browser: &Browser,
    user: &str,
    resource: &str,
) -> Value {
    let scope = format!("openid profile offline_access {ALL_SCOPES}");
    let extra = [
        ("scope", scope.as_str()),
        ("prompt", "consent"),
        ("resource", resource),
        ("nonce", "ordinary"),
        ("max_age", "1209600"),
    ];
    authorize(sandbox, http, browser, &by_password(user), &extra).await
}

/// Signs in through the browser. Returns the tokens.
pub(crate) async fn authorize(
    sandbox: &Sandbox,
    http: &reqwest::Client,
    browser: &Browser,
    sign_in_by: &SignInBy,
    extra: &[(&str, &str)],
) -> Value {
    let client_id = sandbox.native_client_id();
    let url = authorize_url(sandbox, extra);
    let callback = browser.authorize_by(&url, sign_in_by).await.unwrap();
    let callback = url::Url::parse(&callback).unwrap();
    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &client_id),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("resource", extra.iter().find(|(name, _)| *name == "resource").map_or("", |(_, value)| value)),
    ];
    let form: Vec<_> = form.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let answer = read(http.post(format!("{}/token", sandbox.issuer())).form(&form)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

/// Returns the URL at which a sign-in begins.
pub(crate) fn authorize_url(sandbox: &Sandbox, extra: &[(&str, &str)]) -> String {
    let client_id = sandbox.native_client_id();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut fields = vec![
        ("client_id", client_id.as_str()),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("state", "test-state"),
    ];
    fields.extend_from_slice(extra);
    url::Url::parse_with_params(&format!("{}/auth", sandbox.issuer()), fields).unwrap().into()
}
