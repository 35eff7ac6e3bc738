//! Links of social accounts: the server's three steps, next to the same requests to Logto fired directly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logto_sandbox::{ProviderAccount, Sandbox};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

const TARGET: &str = "mock-social";
/// Its connector in Logto.
const CONNECTOR: &str = "uv45gh4v44x4";
const PASSWORD: &str = "Correct-Horse-7";

/// A user who links an account again and again.
pub(crate) struct Links<'a> {
    sandbox: &'a Sandbox,
    http: Client,
    /// The server's base URL.
    server: String,
    user: String,
    token: String,
    machine_token: String,
    instance: String,
    made: u32,
}

/// A secret of the right shape.
fn secret(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(name))
}

impl<'a> Links<'a> {
    /// Creates a user, and introduces an app instance of theirs.
    pub(crate) async fn new(sandbox: &'a Sandbox, server: String, machine_token: String) -> Self {
        let fields = json!({ "id": "linker000001", "username": "linker", "password": PASSWORD });
        let user = sandbox.add_user(&fields);
        let claims = sandbox.access_token_claims("linker", "account:read account:write account:security");
        let token = sandbox.mint_access_token(&claims, &json!({}));
        let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let instance = secret("instance");
        let links = Self { sandbox, http, server, user, token, machine_token, instance, made: 0 };
        let mut claims = sandbox.access_token_claims("linker", "");
        claims["aud"] = json!(sandbox.native_client_id());
        claims["nonce"] = json!("ordinary");
        for name in ["scope", "client_id"] {
            claims.as_object_mut().unwrap().remove(name);
        }
        let id_token = sandbox.mint_access_token(&claims, &json!({ "typ": null }));
        links.ask("/sessions/current", &json!({ "id_token": id_token }), None).await;
        links
    }

    /// Links an account through the server. Returns how long its three steps took, in milliseconds.
    pub(crate) async fn by_server(&mut self) -> f64 {
        let account = self.next();
        let verifier = secret(&account.id);
        let begin = json!({ "target": TARGET, "verifier_hash": secret(&verifier) });
        let grant = self.grant(&begin).await;
        let began = Instant::now();
        let begun = self.ask("/social/link", &begin, Some(&grant)).await;
        let mut took = began.elapsed();
        let uri = begun["authorization_uri"].as_str().unwrap();
        let callback = self.sandbox.providers().continue_as(uri, &account).await.unwrap().url;
        let began = Instant::now();
        let answer = self.http.get(callback).send().await.unwrap();
        took += began.elapsed();
        let page = self.http.get(answer.headers()["location"].to_str().unwrap()).send().await.unwrap();
        let page = page.text().await.unwrap();
        let (_, rest) = page.split_once("handle=").unwrap();
        let handle = rest.split_once('"').unwrap().0;
        let body = json!({ "state": begun["state"], "verifier": verifier, "answer": { "handle": handle } });
        let began = Instant::now();
        self.ask("/social/link/finish", &body, None).await;
        took += began.elapsed();
        self.unlink();
        took.as_secs_f64() * 1_000.0
    }

    /// Links an account by the requests that the server sends to Logto. Returns how long they took, in milliseconds.
    pub(crate) async fn directly(&mut self) -> f64 {
        let account = self.next();
        let user = format!("/users/{}", self.user);
        let redirect_uri = format!("{}/callback/social/{CONNECTOR}", self.server);
        let began = Instant::now();
        self.ask_logto(Method::GET, &user, &Value::Null).await;
        let body = json!({ "state": secret("state"), "redirectUri": redirect_uri });
        let path = format!("/connectors/{CONNECTOR}/authorization-uri");
        let begun = self.ask_logto(Method::POST, &path, &body).await;
        let mut took = began.elapsed();
        let uri = begun["redirectTo"].as_str().unwrap();
        let callback = self.sandbox.providers().continue_as(uri, &account).await.unwrap().url;
        let (_, rest) = callback.split_once("code=").unwrap();
        let code = rest.split('&').next().unwrap();
        let data = json!({ "code": code, "redirectUri": redirect_uri });
        let began = Instant::now();
        self.ask_logto(Method::GET, &user, &Value::Null).await;
        let body = json!({ "connectorId": CONNECTOR, "connectorData": data });
        self.ask_logto(Method::POST, &format!("{user}/identities"), &body).await;
        took += began.elapsed();
        self.unlink();
        took.as_secs_f64() * 1_000.0
    }

    fn next(&mut self) -> ProviderAccount {
        self.made += 1;
        ProviderAccount { id: format!("account-{}", self.made), ..ProviderAccount::default() }
    }

    fn unlink(&self) {
        self.sandbox.patch_user(&self.user, &json!({ "identities": {} }));
    }

    /// Proves the password for a link.
    async fn grant(&self, begin: &Value) -> String {
        let challenge = self.send("/social/link", begin, None).await;
        let proof = json!({ "nonce": challenge["detail"]["nonce"], "password": PASSWORD });
        let granted = self.ask("/step-up/password", &proof, None).await;
        granted["grant"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, path: &str, body: &Value, grant: Option<&str>) -> Value {
        let answer = self.send(path, body, grant).await;
        assert!(answer.get("code").is_none(), "{path}: {answer}");
        answer
    }

    async fn send(&self, path: &str, body: &Value, grant: Option<&str>) -> Value {
        let request = self.http.post(format!("{}{path}", self.server)).bearer_auth(&self.token);
        let request = request.header("latchkey-instance", &self.instance).json(body);
        let request = match grant {
            Some(grant) => request.header("latchkey-grant", grant),
            None => request,
        };
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn ask_logto(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/api{path}", self.sandbox.base_url());
        let request = self.http.request(method, url).bearer_auth(&self.machine_token);
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }
}
