//! Answers of scripted servers: a settings server's metadata, an issuer's discovery document, ID tokens.

use std::sync::Arc;

use logto_sandbox::Sandbox;
use serde_json::{Value, json};

use super::host::parameter;
use super::http::{Answer, Asked, Scripted};
use super::{TestHost, World};

/// Returns protected resource metadata.
pub(crate) fn metadata(resource: &str, issuer: &str, client_id: &str) -> Value {
    json!({
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": ["account:read", "account:write", "account:security", "account:delete"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Scripted",
        "latchkey": {"api_version": 1, "client_id": client_id, "scheme": "app.latchkey.dev", "branding": {}}
    })
}

/// Starts a scripted settings server in front of the sandbox's issuer; `answer` answers everything but the metadata.
pub(crate) async fn settings_server(
    world: &World,
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> Scripted {
    let (issuer, client_id) = (world.sandbox.issuer(), world.sandbox.native_client_id());
    let server = Scripted::start(move |base, asked| {
        if asked.target == "/.well-known/oauth-protected-resource" {
            Answer::json(200, &metadata(base, &issuer, &client_id))
        } else {
            answer(asked)
        }
    })
    .await;
    world.sandbox.set_resource(&server.base);
    server
}

/// Returns a minimal account view.
pub(crate) fn account(user_id: &str, name: &str) -> Value {
    let off = json!({"access": "off"});
    json!({
        "user_id": user_id, "name": {"access": "edit", "value": name}, "avatar": off, "username": off,
        "email": off, "phone": off, "password": off, "sign_in_ways": [], "profile": off, "custom_fields": [],
        "preferences": off, "created_at": 0
    })
}

/// A scripted issuer: its documents, and a token endpoint that returns the ID token that a test makes from the nonce
/// of the running sign-in.
pub(crate) struct Issuer {
    pub(crate) server: Scripted,
    /// A settings server that names this issuer.
    pub(crate) settings: Scripted,
}

pub(crate) type MakeToken = dyn Fn(&str, &str) -> Option<String> + Send + Sync;

impl Issuer {
    /// Starts an issuer. `make` gets issuer and nonce; `keys` returns the key set.
    pub(crate) async fn start(
        host: &Arc<TestHost>,
        client_id: &str,
        keys: impl Fn() -> Value + Send + Sync + 'static,
        make: Box<MakeToken>,
    ) -> Self {
        Self::with_document(host, client_id, |base| discovery(base, base), keys, make).await
    }

    /// As [`Issuer::start`], with another discovery document; `document` gets the issuer.
    pub(crate) async fn with_document(
        host: &Arc<TestHost>,
        client_id: &str,
        document: fn(&str) -> Value,
        keys: impl Fn() -> Value + Send + Sync + 'static,
        make: Box<MakeToken>,
    ) -> Self {
        let host = Arc::clone(host);
        let server = Scripted::start(move |base, asked| match asked.target.as_str() {
            "/.well-known/openid-configuration" => Answer::json(200, &document(base)),
            "/jwks" => Answer::json(200, &keys()),
            "/token" => {
                let nonce = host.seen(|seen| parameter(seen.opened.last().unwrap(), "nonce").unwrap());
                let mut tokens = json!({
                    "access_token": "a-test-access-token", "refresh_token": "a-test-refresh-token",
                    "token_type": "Bearer", "expires_in": 600
                });
                if let Some(token) = make(base, &nonce) {
                    tokens["id_token"] = token.into();
                }
                Answer::json(200, &tokens)
            }
            "/revoke" => Answer::json(200, &json!({})),
            _ => Answer::json(404, &json!({})),
        })
        .await;
        let (issuer, client_id) = (server.base.clone(), client_id.to_owned());
        let settings = Scripted::start(move |base, asked| match asked.target.as_str() {
            "/.well-known/oauth-protected-resource" => {
                Answer::json(200, &metadata(base, &issuer, &client_id))
            }
            _ => Answer::json(200, &account("user-of-the-script", "Scripted TestUser")),
        })
        .await;
        Self { server, settings }
    }

    pub(crate) fn asked_for(&self, target: &str) -> usize {
        self.server.asked().iter().filter(|asked| asked.target == target).count()
    }
}

/// Returns a discovery document at `base` that names `issuer`.
pub(crate) fn discovery(base: &str, issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/auth"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/jwks"),
        "revocation_endpoint": format!("{base}/revoke"),
        "end_session_endpoint": format!("{base}/end"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES384"]
    })
}

/// Returns the sandbox's public keys.
pub(crate) async fn keys_of(sandbox: &Sandbox) -> Value {
    let url = url::Url::parse(&format!("{}/jwks", sandbox.issuer())).unwrap();
    let reply = super::http::get(&url).await.unwrap();
    serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {reply:?}"))
}
