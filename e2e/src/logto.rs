//! Logto's own state: its Management API, read with client credentials. Writes exist only for what another actor
//! would do meanwhile (an administrator, another device).

use std::fs;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::config::Target;
use crate::failure::{Failure, Outcome};
use crate::wait;

/// A Management API client for one journey.
#[derive(Debug)]
pub struct Logto {
    client: Client,
    target: Target,
    token: String,
}

impl Logto {
    /// Fetches a token.
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn connect(target: &Target) -> Outcome<Self> {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
        let secret = fs::read_to_string(&target.m2m_secret_file)?;
        let answer = client
            .post(format!("{}/token", target.issuer.as_str().trim_end_matches('/')))
            .basic_auth(&target.m2m_id, Some(secret.trim()))
            .form(&[
                ("grant_type", "client_credentials"),
                ("resource", &target.resource_indicator),
                ("scope", "all"),
            ])
            .send()
            .await?
            .error_for_status()?;
        let answer: Value = answer.json().await?;
        let token = answer["access_token"]
            .as_str()
            .ok_or_else(|| Failure::Failed("Logto answered no access token".to_owned()))?;
        Ok(Self { client, target: target.clone(), token: token.to_owned() })
    }

    /// Returns the Logto that is requested.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Sends one request; `path` begins with `/` and is below `/api`.
    ///
    /// # Errors
    /// With Logto's answer when it is not a success.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Outcome<Value> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.target.management_api))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            return Err(Failure::Failed(format!("Logto answered {status} to {path}: {text}")));
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Returns the user who signs in.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn user(&self) -> Outcome<Value> {
        self.user_called(&self.target.username).await
    }

    /// Returns a user by user name.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn user_called(&self, username: &str) -> Outcome<Value> {
        let found = self.ask(Method::GET, &format!("/users?search.username={username}"), None).await?;
        let user = found
            .as_array()
            .into_iter()
            .flatten()
            .find(|user| user["username"] == username)
            .ok_or_else(|| Failure::Failed(format!("Logto knows no user `{username}`")))?;
        let id = user["id"].as_str().unwrap_or_default();
        self.ask(Method::GET, &format!("/users/{id}"), None).await
    }

    /// Changes the user as an administrator would.
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn change_user(&self, body: Value) -> Outcome {
        let user = self.user().await?;
        let id = user["id"].as_str().unwrap_or_default();
        self.ask(Method::PATCH, &format!("/users/{id}"), Some(body)).await.map(drop)
    }

    /// Returns the ids of the browser sessions of the user under test.
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn sessions(&self) -> Outcome<Vec<String>> {
        self.sessions_of(&self.user().await?).await
    }

    pub(crate) async fn sessions_of(&self, user: &Value) -> Outcome<Vec<String>> {
        let id = user["id"].as_str().unwrap_or_default();
        let list = self.ask(Method::GET, &format!("/users/{id}/sessions"), None).await?;
        let all = list["sessions"].as_array().into_iter().flatten();
        Ok(all.filter_map(|one| one["payload"]["uid"].as_str().map(str::to_owned)).collect())
    }

    /// Returns the ids of the grants that apps of the user under test have.
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn grants(&self) -> Outcome<Vec<String>> {
        self.grants_of(&self.user().await?).await
    }

    /// Waits until the sessions are as wanted: Logto may list a sign-in a little later than the browser returns from
    /// it.
    ///
    /// # Errors
    /// With the current sessions, when time is up.
    pub async fn wait_for_sessions(&self, what: &str, wanted: impl Fn(&[String]) -> bool) -> Outcome {
        let outcome = wait::until(&format!("Logto to have {what}"), wait::PATIENCE, || async {
            Ok(wanted(&self.sessions().await?))
        })
        .await;
        match outcome {
            Err(Failure::Failed(why)) => {
                Err(Failure::Failed(format!("{why}; it has the sessions {:?}", self.sessions().await?)))
            }
            other => other,
        }
    }

    /// Waits for the one session that is not among `before`.
    ///
    /// # Errors
    /// When there is none in time, or more than one.
    pub async fn new_session(&self, before: &[String]) -> Outcome<String> {
        let new = |now: Vec<String>| now.into_iter().filter(|id| !before.contains(id)).collect::<Vec<_>>();
        self.wait_for_sessions("one session more", |now| now.iter().any(|id| !before.contains(id))).await?;
        match &new(self.sessions().await?)[..] {
            [one] => Ok(one.clone()),
            more => Err(Failure::Failed(format!("Logto has {} new sessions, not one", more.len()))),
        }
    }

    /// Returns how many grants the user has: none are left after a sign-out that revoked.
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn grant_count(&self) -> Outcome<usize> {
        Ok(self.grants_of(&self.user().await?).await?.len())
    }

    pub(crate) async fn grants_of(&self, user: &Value) -> Outcome<Vec<String>> {
        let id = user["id"].as_str().unwrap_or_default();
        let list = self.ask(Method::GET, &format!("/users/{id}/grants"), None).await?;
        let all = list["grants"].as_array().or(list.as_array()).into_iter().flatten();
        Ok(all.filter_map(|one| one["id"].as_str().map(str::to_owned)).collect())
    }

    /// Returns the personal access tokens of the user under test, with their values.
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn access_tokens(&self) -> Outcome<Vec<Value>> {
        self.access_tokens_of(&self.user().await?).await
    }

    pub(crate) async fn access_tokens_of(&self, user: &Value) -> Outcome<Vec<Value>> {
        let id = user["id"].as_str().unwrap_or_default();
        let list = self.ask(Method::GET, &format!("/users/{id}/personal-access-tokens"), None).await?;
        Ok(list.as_array().cloned().unwrap_or_default())
    }

    /// Changes the account-center settings: whether it is on, and `Edit`, `ReadOnly` or `Off` for each field. A
    /// running server uses them within [`wait::SETTINGS_BOUND`].
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn set_account_center(&self, enabled: bool, fields: Value) -> Outcome {
        self.ask(Method::PATCH, "/account-center", Some(json!({ "enabled": enabled, "fields": fields })))
            .await
            .map(drop)
    }

    /// Sends a request to the sandbox's control endpoint; `None` where Logto is a real one.
    ///
    /// # Errors
    /// When the sandbox refuses.
    pub async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Outcome<Option<Value>> {
        let Some(control) = &self.target.control else { return Ok(None) };
        let mut request = self.client.request(method, format!("{control}{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let text = request.send().await?.error_for_status()?.text().await?;
        Ok(Some(serde_json::from_str(&text).unwrap_or(Value::Null)))
    }
}
