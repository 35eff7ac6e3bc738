//! A user: the public JSON that the Management API shows, and the private data next to it.

use serde_json::{Map, Value, json};

use super::State;
use super::factor::Factors;
use crate::random;

/// One user. `data` holds the public fields exactly as `GET /api/users/{id}` answers them.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) data: Map<String, Value>,
    /// The password in clear: this is a sandbox with test values.
    pub(crate) password: Option<String>,
    /// A substitute for its salted digest: another one with every password that is set.
    pub(crate) password_digest: Option<String>,
    /// Ids of the user's roles.
    pub(crate) roles: Vec<String>,
    /// The user's organizations, as the Management API shows them.
    pub(crate) organizations: Vec<Value>,
    /// Replaces the roles' permissions when a test sets them.
    pub(crate) scope_override: Option<Vec<String>>,
    /// Enterprise identities, shown only on request.
    pub(crate) sso_identities: Vec<Value>,
    pub(crate) factors: Factors,
}

impl User {
    /// Returns a user with every public field present and nothing filled in.
    pub(crate) fn empty(id: &str, now_ms: u64) -> Self {
        let data = json!({
            "id": id, "username": null, "primaryEmail": null, "primaryPhone": null, "name": null,
            "avatar": null, "customData": {}, "identities": {}, "lastSignInAt": null,
            "createdAt": now_ms, "updatedAt": now_ms, "profile": {}, "applicationId": null,
            "cimdClientId": null, "isSuspended": false, "hasPassword": false
        });
        let data = if let Value::Object(fields) = data { fields } else { Map::new() };
        Self {
            id: id.to_owned(),
            data,
            password: None,
            password_digest: None,
            roles: Vec::new(),
            organizations: Vec::new(),
            scope_override: None,
            sso_identities: Vec::new(),
            factors: Factors::none(),
        }
    }

    /// Returns a public text field, if it is set.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.data.get(field).and_then(Value::as_str)
    }

    /// Whether the user is suspended.
    pub(crate) fn is_suspended(&self) -> bool {
        self.data.get("isSuspended").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Sets one public field.
    pub(crate) fn set(&mut self, field: &str, value: Value) {
        self.data.insert(field.to_owned(), value);
    }

    /// Sets the password and the field that says whether there is one.
    pub(crate) fn set_password(&mut self, password: Option<String>) {
        self.set("hasPassword", password.is_some().into());
        self.password_digest = password.as_ref().map(|_| format!("sandbox-digest-{}", random::id(32)));
        self.password = password;
    }

    /// Marks the user as changed now.
    pub(crate) fn touch(&mut self, now_ms: u64) {
        self.set("updatedAt", now_ms.into());
    }

    /// Returns the public JSON.
    pub(crate) fn view(&self) -> Value {
        Value::Object(self.data.clone())
    }
}

impl State {
    /// Finds a user by a sign-in identifier (`username`, `email` or `phone`).
    pub(crate) fn user_by_identifier(&self, kind: &str, value: &str) -> Option<&User> {
        let case_sensitive = self.settings.username_case_sensitive();
        self.users.values().find(|user| match kind {
            "username" => user
                .text("username")
                .is_some_and(|name| if case_sensitive { name == value } else { same_letters(name, value) }),
            "email" => user.text("primaryEmail").is_some_and(|email| same_letters(email, value)),
            "phone" => user.text("primaryPhone") == Some(value),
            _ => false,
        })
    }

    /// Finds a user by a linked social account.
    pub(crate) fn user_by_identity(&self, target: &str, account: &str) -> Option<&User> {
        let is_linked = |identities: &Value| identities[target]["userId"] == account;
        self.users.values().find(|user| user.data.get("identities").is_some_and(is_linked))
    }

    /// Finds a user by an account at an enterprise provider.
    pub(crate) fn user_by_enterprise(&self, connector: &str, account: &str) -> Option<&User> {
        let is_it = |one: &Value| one["ssoConnectorId"] == connector && one["identityId"] == account;
        self.users.values().find(|user| user.sso_identities.iter().any(is_it))
    }
}

fn same_letters(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}
