//! Restores what a journey changed in Logto, whatever its result: the next journey, or the owner of the tenant, finds
//! it as before.

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::config::Target;
use crate::failure::Outcome;
use crate::logto::Logto;
use crate::session::Session;

/// The fields of a user that journeys change.
const FIELDS: [&str; 7] =
    ["username", "primaryEmail", "primaryPhone", "name", "avatar", "profile", "customData"];

/// The user under test and the tenant's settings before a journey.
#[derive(Debug)]
pub struct Before {
    user: Value,
    account_center: Value,
    sign_in_experience: Value,
    sessions: Vec<String>,
    grants: Vec<String>,
    access_tokens: Vec<Value>,
}

impl Before {
    /// Reads both.
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn look(target: &Target) -> Outcome<Self> {
        let logto = Logto::connect(target).await?;
        let user = logto.user().await?;
        Ok(Self {
            account_center: logto.ask(Method::GET, "/account-center", None).await?,
            sign_in_experience: sign_in_experience(&logto).await?,
            sessions: logto.sessions_of(&user).await?,
            grants: logto.grants_of(&user).await?,
            access_tokens: logto.access_tokens_of(&user).await?,
            user,
        })
    }

    /// Restores what is different, ends the user's new sessions and grants, and removes the access tokens, linked accounts
    /// and users that the journey created. Returns whether the tenant's settings had been changed.
    ///
    /// # Errors
    /// When Logto refuses.
    pub async fn restore(&self, session: &Session) -> Outcome<bool> {
        let logto = Logto::connect(session.config.target()?).await?;
        let settings = self.restore_settings(&logto).await?;
        for id in session.created_users() {
            logto.ask(Method::DELETE, &format!("/users/{id}"), None).await?;
        }
        self.restore_user(&logto).await?;
        self.end_sessions(&logto).await?;
        self.remove_access_tokens(&logto).await?;
        self.unlink_accounts(&logto).await?;
        Ok(settings)
    }

    async fn restore_settings(&self, logto: &Logto) -> Outcome<bool> {
        let now = logto.ask(Method::GET, "/account-center", None).await?;
        let wanted = |of: &Value| json!({ "enabled": of["enabled"], "fields": of["fields"] });
        let changed = wanted(&now) != wanted(&self.account_center);
        if changed {
            logto.ask(Method::PATCH, "/account-center", Some(wanted(&self.account_center))).await?;
        }
        let rules = sign_in_experience(logto).await? != self.sign_in_experience;
        if rules {
            logto.ask(Method::PATCH, "/sign-in-exp", Some(self.sign_in_experience.clone())).await?;
        }
        Ok(changed || rules)
    }

    async fn restore_user(&self, logto: &Logto) -> Outcome {
        let path = format!("/users/{}", self.user["id"].as_str().unwrap_or_default());
        let now = logto.ask(Method::GET, &path, None).await?;
        let different: Map<String, Value> = FIELDS
            .iter()
            .filter(|field| now[**field] != self.user[**field])
            .map(|field| ((*field).to_owned(), self.user[*field].clone()))
            .collect();
        if !different.is_empty() {
            logto.ask(Method::PATCH, &path, Some(Value::Object(different))).await?;
        }
        let password = json!({ "password": logto.target().password });
        let verify = format!("{path}/password/verify");
        if logto.ask(Method::POST, &verify, Some(password.clone())).await.is_err() {
            logto.ask(Method::PATCH, &format!("{path}/password"), Some(password)).await?;
        }
        Ok(())
    }

    async fn end_sessions(&self, logto: &Logto) -> Outcome {
        let path = format!("/users/{}", self.user["id"].as_str().unwrap_or_default());
        for id in logto.sessions_of(&self.user).await?.iter().filter(|id| !self.sessions.contains(id)) {
            let session = format!("{path}/sessions/{id}?revokeGrantsTarget=all");
            logto.ask(Method::DELETE, &session, None).await?;
        }
        // Some grants belong to no session any more.
        for id in logto.grants_of(&self.user).await?.iter().filter(|id| !self.grants.contains(id)) {
            logto.ask(Method::DELETE, &format!("{path}/grants/{id}"), None).await?;
        }
        Ok(())
    }

    async fn unlink_accounts(&self, logto: &Logto) -> Outcome {
        let path = format!("/users/{}", self.user["id"].as_str().unwrap_or_default());
        let now = logto.ask(Method::GET, &path, None).await?;
        for target in now["identities"].as_object().into_iter().flat_map(Map::keys) {
            if self.user["identities"].get(target).is_none() {
                logto.ask(Method::DELETE, &format!("{path}/identities/{target}"), None).await?;
            }
        }
        Ok(())
    }

    async fn remove_access_tokens(&self, logto: &Logto) -> Outcome {
        let path = format!("/users/{}", self.user["id"].as_str().unwrap_or_default());
        let is_new =
            |token: &&Value| !self.access_tokens.iter().any(|before| before["name"] == token["name"]);
        for token in logto.access_tokens_of(&self.user).await?.iter().filter(is_new) {
            // Journeys name tokens in plain ASCII.
            let name = token["name"].as_str().unwrap_or_default();
            logto.ask(Method::DELETE, &format!("{path}/personal-access-tokens/{name}"), None).await?;
        }
        Ok(())
    }
}

/// Returns what journeys change of the sign-in experience.
async fn sign_in_experience(logto: &Logto) -> Outcome<Value> {
    let all = logto.ask(Method::GET, "/sign-in-exp", None).await?;
    Ok(json!({ "singleSignOnEnabled": all["singleSignOnEnabled"], "supportEmail": all["supportEmail"] }))
}
