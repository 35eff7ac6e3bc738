//! Errors of the OpenID provider: both styles mixed in one body, as Logto answers them.

use serde_json::{Map, Value};

use crate::http::Reply;

/// An OAuth error with its status.
#[derive(Clone, Debug)]
pub(crate) struct OidcError {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: String,
    /// Extra members, such as `scope`, `state` and `iss`.
    pub(crate) extra: Vec<(&'static str, String)>,
    pub(crate) challenge: Option<String>,
}

impl OidcError {
    /// Returns an error that is a 400.
    pub(crate) fn bad(error: &'static str, description: &str) -> Self {
        Self { status: 400, error, description: description.to_owned(), extra: Vec::new(), challenge: None }
    }

    /// Returns `invalid_grant`: every invalid grant looks the same from outside.
    pub(crate) fn invalid_grant() -> Self {
        Self::bad("invalid_grant", "grant request is invalid")
    }

    /// Returns `invalid_target`, for an unknown, missing or not authorised resource.
    pub(crate) fn invalid_target() -> Self {
        Self::bad("invalid_target", "resource indicator is missing, or unknown")
    }

    /// Adds a member to the body.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((name, value.into()));
        self
    }

    /// Returns the JSON answer.
    pub(crate) fn reply(&self) -> Reply {
        let mut body = Map::new();
        body.insert("code".into(), format!("oidc.{}", self.error).into());
        body.insert("message".into(), self.description.clone().into());
        body.insert("error".into(), self.error.into());
        body.insert("error_description".into(), self.description.clone().into());
        for (name, value) in &self.extra {
            body.insert((*name).into(), value.clone().into());
        }
        let reply = Reply::json(self.status, &Value::Object(body)).with("cache-control", "no-store");
        match &self.challenge {
            Some(challenge) => reply.with("www-authenticate", challenge),
            None => reply,
        }
    }
}
