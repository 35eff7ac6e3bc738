//! The preconditions that a plan may name: what happened in the measured tenant between two recordings.

use std::collections::BTreeMap;
use std::time::Duration;

use logto_sandbox::SignInBy;
use serde_json::Value;

use super::engine::Engine;
use super::fixture;
use super::recording::Recording;
use crate::support::{self, VERIFIER};

impl Engine {
    /// Prepares one precondition from the plan.
    pub(super) async fn prepare(&mut self, step: &Value) -> Result<(), String> {
        let words: Vec<&str> = step["do"].as_str().unwrap_or_default().split(' ').collect();
        match words.as_slice() {
            ["advance", ms] => self.sandbox.clock().advance(Duration::from_millis(ms.parse().unwrap())),
            ["sign-in", name, username] => self.sign_in(name, username, &step["with"]).await?,
            ["sign-in-by", kind, user] => self.sign_in_by(kind, user, &step["with"]).await?,
            ["end-sessions", user] => {
                for session in self.sandbox.sessions(user).into_keys() {
                    self.sandbox.end(&session);
                }
            }
            ["add-user"] => {
                self.sandbox.add_user(&step["with"]);
            }
            ["organizations", id] => {
                self.sandbox.set_user_organizations(id, step["with"].as_array().map_or(&[], Vec::as_slice));
            }
            ["add-access-token", id, name] => self.sandbox.add_personal_access_token(id, name, None),
            ["patch-user", id] => self.sandbox.patch_user(id, &step["with"]),
            ["scopes", user, rest @ ..] => {
                self.sandbox.set_user_scopes(user, rest.iter().map(|scope| (*scope).to_owned()).collect());
            }
            ["visit", browser] => {
                let state = self.browsers.entry((*browser).to_owned()).or_default();
                let mut visit = Recording::get(&state.location);
                visit.path = "/oidc/auth/{uid}".to_owned();
                let answer = self.send(&visit, &Value::Null, browser).await?;
                let headers = answer.headers().clone();
                let text = answer.text().await.unwrap();
                self.remember_browser(browser, &headers, &text, &Value::Null);
            }
            ["management-token", name] => self.remember_management_token(name).await,
            ["call", method, path] => {
                let body = &step["with"];
                let path = self.fill_path(path)?;
                let request = self
                    .client
                    .request(method.parse().unwrap(), format!("{}{path}", self.sandbox.base_url()))
                    .bearer_auth(self.value("management")?);
                let request = if body.is_null() { request } else { request.json(body) };
                let answer = request.send().await.unwrap();
                if answer.status().as_u16() >= 400 {
                    return Err(format!("precondition {words:?}: {}", answer.status()));
                }
            }
            ["remember-session", name, user] => {
                let body = self.management_json(&format!("/api/users/{user}/sessions")).await?;
                self.remember_new(name, &body["sessions"], "/payload/uid")?;
            }
            ["remember-grant", name, user] => {
                let body = self.management_json(&format!("/api/users/{user}/grants")).await?;
                self.remember_new(name, &body["grants"], "/id")?;
            }
            ["remember-key", name, status] => {
                let body = self.management_json("/api/configs/oidc/private-keys").await?;
                let keys = body.as_array().cloned().unwrap_or_default();
                let key = keys.iter().find(|key| key["status"] == *status).cloned().unwrap_or_default();
                self.values.insert((*name).to_owned(), support::text(&key, "id"));
            }
            ["know-role", recorded, kind] => {
                let body = self.management_json(&format!("/api/roles?type={kind}")).await?;
                self.ids.insert((*recorded).to_owned(), support::text(&body[0], "id"));
            }
            ["remember-code", name, recipient] => {
                let outbox = self.sandbox.outbox();
                let code = outbox.iter().rev().find(|(to, _)| to == recipient).map(|(_, code)| code.clone());
                self.values.insert((*name).to_owned(), code.ok_or("no code was sent there")?);
            }
            ["fail-code", recipient, times] => {
                for _ in 0..times.parse::<u32>().unwrap() {
                    let url = format!("{}/api/verification-codes/verify", self.sandbox.base_url());
                    let body = serde_json::json!({ "email": recipient, "verificationCode": "wrong" });
                    let request = self.client.post(url).bearer_auth(self.value("management")?).json(&body);
                    assert_eq!(request.send().await.unwrap().status().as_u16(), 400);
                }
            }
            ["add-connector"] => self.sandbox.add_connector(&step["with"]),
            ["restore-connectors"] => self.sandbox.restore_connectors(),
            ["without-connector", kind] => self.sandbox.remove_connectors(kind),
            ["fail-sign-in", username, times] => {
                let browser = self.sandbox.browser();
                let url = self.authorize_url(&Value::Null);
                for _ in 0..times.parse::<u32>().unwrap() {
                    let refused = browser.authorize(&url, username, "wrong").await;
                    assert!(refused.is_err(), "a wrong password was accepted");
                }
            }
            other => return Err(format!("unknown precondition {other:?}")),
        }
        Ok(())
    }

    /// Remembers the one id of a list that is not known yet.
    fn remember_new(&mut self, name: &str, list: &Value, pointer: &str) -> Result<(), String> {
        let ids = list.as_array().into_iter().flatten().filter_map(|entry| entry.pointer(pointer)?.as_str());
        let new = ids.map(str::to_owned).find(|id| !self.values.values().any(|known| known == id));
        self.values.insert(name.to_owned(), new.ok_or_else(|| format!("nothing new for {name}"))?);
        Ok(())
    }

    async fn management_json(&self, path: &str) -> Result<Value, String> {
        let url = format!("{}{path}", self.sandbox.base_url());
        let answer = self.client.get(url).bearer_auth(self.value("management")?).send().await.unwrap();
        Ok(answer.json().await.unwrap())
    }

    fn authorize_url(&self, with: &Value) -> String {
        let challenge = support::challenge();
        let mut fields: BTreeMap<&str, &str> = BTreeMap::from([
            ("client_id", fixture::DESKTOP),
            ("redirect_uri", "http://127.0.0.1:41234/callback"),
            ("response_type", "code"),
            ("scope", "openid profile email phone offline_access account:read account:write"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("state", "st"),
            ("nonce", "nonce"),
            ("prompt", "consent"),
            ("resource", fixture::RESOURCE),
        ]);
        for (name, value) in with.as_object().into_iter().flatten().filter(|(name, _)| *name != "password") {
            fields.insert(name, value.as_str().unwrap());
        }
        fields.retain(|_, value| !value.is_empty());
        url::Url::parse_with_params(&format!("{}/auth", self.sandbox.issuer()), fields).unwrap().into()
    }

    /// Signs in with a fresh browser, with a code or with what a provider says.
    async fn sign_in_by(&self, kind: &str, user: &str, with: &Value) -> Result<(), String> {
        let text = |name: &str| with[name].as_str().unwrap_or_default().to_owned();
        let sign_in_by = match kind {
            "code" => SignInBy::Code { identifier: user.to_owned() },
            "social" => SignInBy::Social {
                target: text("target"),
                user_id: user.to_owned(),
                email: with["email"].as_str().map(str::to_owned),
            },
            _ => SignInBy::Password { identifier: user.to_owned(), password: text("password") },
        };
        // Without `offline_access`.
        let url = self
            .authorize_url(&serde_json::json!({ "client_id": with["client_id"], "scope": "openid profile" }));
        let signed_in = self.sandbox.browser().authorize_by(&url, &sign_in_by).await;
        signed_in.map(drop).map_err(|error| format!("precondition sign-in of {user}: {error}"))
    }

    /// Signs in with a fresh browser and remembers the tokens.
    async fn sign_in(&mut self, name: &str, username: &str, with: &Value) -> Result<(), String> {
        let url = self.authorize_url(with);
        let usual = match username {
            "alice" | "bob" | "carol" => format!("Correct-Horse-{username}-7!"),
            _ => "Init-Pass-word-9!".to_owned(),
        };
        let password = with["password"].as_str().unwrap_or(&usual);
        let callback = self
            .sandbox
            .authenticate(&url, username, password)
            .await
            .map_err(|error| format!("precondition sign-in of {username}: {error}"))?;
        let code = support::parameter(&callback, "code").ok_or("the sign-in gave no code")?;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", with["client_id"].as_str().unwrap_or(fixture::DESKTOP)),
            ("code", &code),
            ("redirect_uri", "http://127.0.0.1:41234/callback"),
            ("code_verifier", VERIFIER),
        ];
        if with["resource"] != "" {
            fields.push(("resource", fixture::RESOURCE));
        }
        let (status, body) = support::token(&self.sandbox, &fields).await;
        if status != 200 {
            return Err(format!("precondition sign-in of {username}: {status} {body}"));
        }
        self.remember_tokens(name, &body);
        Ok(())
    }
}
