//! The user in front of the sign-in page: makes the calls that the page makes.

use http::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, BrowserError, SignInBy};

const VERIFICATION: &str = "/api/experience/verification";

impl Browser {
    /// Signs in on the page and returns where it leads.
    pub(crate) async fn sign_in(&self, method: &SignInBy) -> Result<String, BrowserError> {
        self.call(Method::PUT, "/api/experience", &json!({"interactionEvent": "SignIn"})).await?;
        let verified = match method {
            SignInBy::Password { identifier, password } => {
                let body = json!({"identifier": typed(identifier), "password": password});
                self.post("/password", &body).await?
            }
            SignInBy::Code { identifier } => self.enter_code(identifier).await?,
            SignInBy::Social { target, user_id, email } => {
                let connector = self.social_connector(target).await?;
                self.ask_provider(&format!("/social/{connector}"), json!({"userId": user_id, "email": email}))
                    .await?
            }
            SignInBy::Enterprise { connector, user_id } => {
                self.ask_provider(&format!("/sso/{connector}"), json!({"userId": user_id})).await?
            }
        };
        let verified = json!({"verificationId": verified["verificationId"]});
        self.call(Method::POST, "/api/experience/identification", &verified).await?;
        let submitted = match self.submit().await {
            Err(BrowserError::Refused { code: Some(code), .. })
                if code == "session.mfa.require_mfa_verification" =>
            {
                self.post("/totp/verify", &json!({"code": self.authenticator_code(method)})).await?;
                self.submit().await?
            }
            submitted => submitted?,
        };
        let location = submitted.get("redirectTo").and_then(Value::as_str).unwrap_or_default();
        Ok(location.to_owned())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, BrowserError> {
        self.call(Method::POST, &format!("{VERIFICATION}{path}"), body).await
    }

    async fn submit(&self) -> Result<Value, BrowserError> {
        self.call(Method::POST, "/api/experience/submit", &Value::Null).await
    }

    async fn enter_code(&self, identifier: &str) -> Result<Value, BrowserError> {
        let identifier = typed(identifier);
        let body = json!({"identifier": identifier, "interactionEvent": "SignIn"});
        let sent = self.post("/verification-code", &body).await?;
        let code = self.shared.state().outbox.last().map(|message| message.code.clone());
        let body = json!({"identifier": identifier, "verificationId": sent["verificationId"], "code": code});
        self.post("/verification-code/verify", &body).await
    }

    /// Returns the connector that the page shows for a target.
    async fn social_connector(&self, target: &str) -> Result<String, BrowserError> {
        let page = self.call(Method::GET, "/api/.well-known/sign-in-exp", &Value::Null).await?;
        let shown = page["socialConnectors"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|connector| connector["target"] == target);
        let id = shown.and_then(|connector| connector["id"].as_str()).map(str::to_owned);
        id.ok_or(BrowserError::Refused { status: 404, code: None })
    }

    /// Goes to a provider and comes back with what it says.
    async fn ask_provider(&self, path: &str, mut says: Value) -> Result<Value, BrowserError> {
        let body = json!({"state": "sandbox", "redirectUri": "https://provider.example.test/callback"});
        let begun = self.post(&format!("{path}/authorization-uri"), &body).await?;
        // As recorded: the page passes on all that came back, the code included.
        if let (Some(says), Some(sent)) = (says.as_object_mut(), body.as_object()) {
            says.insert("code".into(), "mock".into());
            says.extend(sent.clone());
        }
        let body = json!({"verificationId": begun["verificationId"], "connectorData": says});
        self.post(&format!("{path}/verify"), &body).await
    }

    /// Returns the code that the user reads on their authenticator.
    fn authenticator_code(&self, method: &SignInBy) -> String {
        let state = self.shared.state();
        let user = match method {
            SignInBy::Password { identifier, .. } | SignInBy::Code { identifier } => {
                let typed = typed(identifier);
                let text = |name: &str| typed[name].as_str().unwrap_or_default().to_owned();
                state.user_by_identifier(&text("type"), &text("value"))
            }
            SignInBy::Social { target, user_id, .. } => state.user_by_identity(target, user_id),
            SignInBy::Enterprise { connector, user_id } => state.user_by_enterprise(connector, user_id),
        };
        user.map(|user| user.factors.code(state.now_s())).unwrap_or_default()
    }
}

/// Returns the kind of identifier that a typed text is taken for, and its value.
fn typed(text: &str) -> Value {
    let is_number = text.len() >= 6 && text.chars().all(|character| character.is_ascii_digit());
    let kind = if text.contains('@') {
        "email"
    } else if is_number {
        "phone"
    } else {
        "username"
    };
    json!({"type": kind, "value": text})
}
