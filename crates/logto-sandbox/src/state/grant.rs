//! Grants and the tokens made from them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// How long a grant lives: 180 days.
pub(crate) const GRANT_TTL_S: u64 = 180 * 24 * 3600;
/// How long an authorization code lives: one minute.
pub(crate) const CODE_TTL_S: u64 = 60;
/// How long an opaque access token and an ID token live.
pub(crate) const HOUR_S: u64 = 3600;
/// For how long a used refresh token may be used again.
pub(crate) const REUSE_GRACE_MS: u64 = 3000;

/// The grant of a user to one application in one browser session.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) account_id: String,
    pub(crate) openid_scope: Vec<String>,
    pub(crate) resources: BTreeMap<String, Vec<String>>,
    pub(crate) created_s: u64,
    pub(crate) expires_ms: u64,
}

impl Grant {
    /// Returns the grant as the Management API shows it.
    pub(crate) fn view(&self, application_name: &str) -> Value {
        let mut payload = Map::new();
        payload.insert("exp".into(), (self.expires_ms / 1000).into());
        payload.insert("iat".into(), self.created_s.into());
        payload.insert("jti".into(), self.id.clone().into());
        payload.insert("kind".into(), "Grant".into());
        payload.insert("clientId".into(), self.client_id.clone().into());
        payload.insert("accountId".into(), self.account_id.clone().into());
        payload.insert("openid".into(), json!({"scope": self.openid_scope.join(" ")}));
        if !self.resources.is_empty() {
            let resources: Map<String, Value> = self
                .resources
                .iter()
                .map(|(indicator, scopes)| (indicator.clone(), scopes.join(" ").into()))
                .collect();
            payload.insert("resources".into(), resources.into());
        }
        json!({
            "id": self.id,
            "payload": payload,
            "expiresAt": self.expires_ms,
            "application": {"id": self.client_id, "name": application_name}
        })
    }
}

/// The parameters and result of one authorization request; a code and each refresh token carry it.
#[derive(Clone, Debug)]
pub(crate) struct Authorized {
    pub(crate) scope: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// Present only if `max_age` or `prompt=login` was used.
    pub(crate) auth_time: Option<u64>,
    pub(crate) sid: Option<String>,
}

/// An authorization code.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) grant_id: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: String,
    pub(crate) expires_ms: u64,
    pub(crate) used: bool,
    /// Whether the request had `prompt=consent`, without which there is no refresh token.
    pub(crate) with_consent: bool,
    pub(crate) authorized: Authorized,
}

/// A refresh token.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant_id: String,
    pub(crate) client_id: String,
    pub(crate) issued_s: u64,
    pub(crate) expires_ms: u64,
    /// When it was first used, if it was.
    pub(crate) used_at_ms: Option<u64>,
    pub(crate) authorized: Authorized,
}

/// An opaque access token, for userinfo.
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) grant_id: String,
    pub(crate) client_id: String,
    pub(crate) scope: Vec<String>,
    pub(crate) issued_s: u64,
    pub(crate) expires_ms: u64,
}
