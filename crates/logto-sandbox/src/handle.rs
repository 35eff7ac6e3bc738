//! The controls of a running sandbox, as methods. `/__sandbox/…` offers the same over HTTP.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::control::faults::Fault;
use crate::control::log::LoggedRequest;
use crate::control::users::{resolve, set_fields, set_organizations};
use crate::keys::{KeyStatus, SigningKey};
use crate::management::personal_access_tokens::PersonalAccessToken;
use crate::management::{account_center, suspension, users};
use crate::provider::seed::connectors;
use crate::random;
use crate::sandbox::Sandbox;
use crate::smtp::Mail;
use crate::state::client::{Client, ClientKind};
use crate::state::seed::{self, ROLELESS_M2M_ID, USER_ROLE_ID};
use crate::state::settings::social;
use crate::state::user::User;

/// The faults of a sandbox.
#[derive(Debug)]
pub struct FaultControl<'a>(&'a Sandbox);

impl FaultControl<'_> {
    /// Adds a fault, after those already added.
    pub fn push(&self, fault: Fault) {
        self.0.shared.state().faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.0.shared.state().faults.clear();
    }
}

impl Sandbox {
    /// Returns the faults.
    pub fn faults(&self) -> FaultControl<'_> {
        FaultControl(self)
    }

    /// Registers the settings resource under another indicator (a test's server is bound after the sandbox).
    pub fn set_resource(&self, indicator: &str) {
        seed::set_resource(&mut self.shared.state(), indicator);
    }

    fn client(&self, id: &str) -> Client {
        self.shared.state().clients.get(id).cloned().unwrap_or_else(Client::unknown)
    }

    /// Returns the client id of the native application.
    pub fn native_client_id(&self) -> String {
        self.shared.state().native_client_id.clone()
    }

    /// Returns the client id of the settings server's machine-to-machine application.
    pub fn m2m_client_id(&self) -> String {
        self.shared.state().m2m_client_id.clone()
    }

    /// Returns its secret.
    pub fn m2m_client_secret(&self) -> String {
        self.client(&self.m2m_client_id()).secret
    }

    /// Returns client id and secret of the machine-to-machine application without roles.
    pub fn roleless_m2m(&self) -> (String, String) {
        let client = self.client(ROLELESS_M2M_ID);
        (client.id, client.secret)
    }

    /// Returns the id of a user by username; empty if there is none.
    pub fn user_id(&self, username: &str) -> String {
        resolve(&self.shared.state(), username).unwrap_or_default()
    }

    /// Returns every request so far, except those to `/__sandbox`.
    pub fn request_log(&self) -> Vec<LoggedRequest> {
        self.shared.state().request_log.clone()
    }

    /// Clears the request log.
    pub fn clear_request_log(&self) {
        self.shared.state().request_log.clear();
    }

    /// Returns every token, code, client secret, password and session value that was issued or seeded.
    pub fn issued_secrets(&self) -> Vec<String> {
        self.shared.state().issued_secrets.clone()
    }

    /// Adds a key, which signs at once; the old one stays published as the previous key. Returns whether it worked.
    pub fn rotate_signing_key(&self) -> bool {
        let mut state = self.shared.state();
        let now_ms = state.now_ms();
        state.keys.rotate(now_ms, None).is_ok()
    }

    /// Unpublishes the previous key, whose tokens stop verifying. Returns whether there was one.
    pub fn remove_previous_signing_key(&self) -> bool {
        self.shared.state().keys.remove_previous()
    }

    /// Returns the claims of a good access token for the settings resource, as a start for forged ones.
    pub fn access_token_claims(&self, username: &str, scope: &str) -> Value {
        let state = self.shared.state();
        let resource = state.resources.iter().find(|resource| resource.id == seed::SETTINGS_RESOURCE_ID);
        let now_s = state.now_s();
        json!({
            "jti": random::opaque(), "sub": resolve(&state, username), "iat": now_s, "exp": now_s + 600,
            "scope": scope, "client_id": state.native_client_id, "iss": state.issuer(),
            "aud": resource.map(|resource| resource.indicator.clone())
        })
    }

    /// Signs claims with the current key. `header` is merged over `{alg, typ, kid}`; a null removes a member.
    pub fn mint_access_token(&self, claims: &Value, header: &Value) -> String {
        let mut state = self.shared.state();
        let token = state.keys.current().map(|key| sign_with(key, claims, header)).unwrap_or_default();
        state.issued_secrets.push(token.clone());
        token
    }

    /// Signs claims with a key that was never published, under an unknown `kid`.
    pub fn sign_with_unknown_key(&self, claims: &Value, header: &Value) -> String {
        SigningKey::generate(0, KeyStatus::Current)
            .map(|key| sign_with(&key, claims, header))
            .unwrap_or_default()
    }

    /// Returns the `kid` of the key that signs now.
    pub fn current_key_id(&self) -> String {
        self.shared.state().keys.current().map(|key| key.kid.clone()).unwrap_or_default()
    }

    /// Replaces top-level keys of the account center, for example `{"enabled": false}`.
    pub fn set_account_center(&self, change: &Value) {
        account_center::merge(&mut self.shared.state(), change);
    }

    /// Replaces top-level keys of the sign-in experience.
    pub fn set_sign_in_experience(&self, change: &Value) {
        let mut state = self.shared.state();
        if let (Some(change), Some(fields)) =
            (change.as_object(), state.settings.sign_in_experience.as_object_mut())
        {
            fields.extend(change.clone());
        }
    }

    /// Suspends or restores a user, by id or username.
    pub fn suspend_user(&self, id: &str, suspended: bool) {
        let mut state = self.shared.state();
        if let Some(id) = resolve(&state, id) {
            suspension::suspend(&mut state, &id, suspended);
        }
    }

    /// Deletes a user, by id or username.
    pub fn delete_user(&self, id: &str) {
        let mut state = self.shared.state();
        if let Some(id) = resolve(&state, id) {
            users::remove(&mut state, &id);
        }
    }

    /// Replaces the permissions a user has on the settings resource; tokens already issued keep theirs.
    pub fn set_user_scopes(&self, id: &str, scopes: Vec<String>) {
        let mut state = self.shared.state();
        if let Some(user) = resolve(&state, id).and_then(|id| state.users.get_mut(&id)) {
            user.scope_override = Some(scopes);
        }
    }

    /// Replaces a user's organizations: `{"name", "description"?, "organizationRoles"?: [{"id", "name"}]}` each.
    pub fn set_user_organizations(&self, id: &str, organizations: &[Value]) {
        let mut state = self.shared.state();
        if let Some(id) = resolve(&state, id) {
            set_organizations(&mut state, &id, organizations);
        }
    }

    /// Replaces the tenant's definitions of profile fields, unchecked.
    pub fn set_custom_profile_fields(&self, definitions: Vec<Value>) {
        self.shared.state().settings.custom_profile_fields = definitions;
    }

    /// Sets public fields of a user, unchecked.
    pub fn patch_user(&self, id: &str, change: &Value) {
        let mut state = self.shared.state();
        if let Some(id) = resolve(&state, id) {
            set_fields(&mut state, &id, change);
        }
    }

    /// Whether a user, by id or username, has this password.
    pub fn has_password(&self, id: &str, password: &str) -> bool {
        let state = self.shared.state();
        let user = resolve(&state, id).and_then(|id| state.users.get(&id));
        user.is_some_and(|user| user.password.as_deref() == Some(password))
    }

    /// Binds an authenticator to a user, by id or username; `secret` is in base32.
    pub fn bind_totp(&self, id: &str, secret: &str) {
        let mut state = self.shared.state();
        let now_ms = state.now_ms();
        if let Some(user) = resolve(&state, id).and_then(|id| state.users.get_mut(&id)) {
            user.factors.bind_totp(secret, now_ms);
        }
    }

    /// Returns the authenticator's code of this moment; empty if the user has none.
    pub fn totp_code(&self, id: &str) -> String {
        let state = self.shared.state();
        let user = resolve(&state, id).and_then(|id| state.users.get(&id));
        user.map(|user| user.factors.code(state.now_s())).unwrap_or_default()
    }

    /// Removes all connectors of a type: `Email`, `Sms` or `Social`.
    pub fn remove_connectors(&self, kind: &str) {
        let mut state = self.shared.state();
        state
            .settings
            .connectors
            .retain(|connector| connector.get("type").and_then(Value::as_str) != Some(kind));
    }

    /// Adds a social connector. Reads `id`, `connectorId` (the factory) and `target`; other fields replace the usual ones.
    pub fn add_connector(&self, fields: &Value) {
        let text = |name: &str| fields[name].as_str().unwrap_or_default();
        let mut connector =
            social(text("id"), text("connectorId"), text("target"), text("target"), json!({}));
        if let (Some(connector), Some(fields)) = (connector.as_object_mut(), fields.as_object()) {
            connector.extend(fields.clone());
        }
        self.shared.state().settings.connectors.push(connector);
    }

    /// Changes a social connector: `change` is merged into it (RFC 7396 without nulls).
    pub fn patch_connector(&self, target: &str, change: &Value) {
        let mut state = self.shared.state();
        let of_target =
            state.settings.connectors.iter_mut().filter(|connector| connector["target"] == target);
        of_target.for_each(|connector| merge(connector, change));
    }

    /// Restores the connectors of the start.
    pub fn restore_connectors(&self) {
        let mut state = self.shared.state();
        state.settings.connectors = connectors(&state);
    }

    /// Returns recipient and code of every message that was sent, the oldest first.
    pub fn outbox(&self) -> Vec<(String, String)> {
        self.shared.state().outbox.iter().map(|message| (message.to.clone(), message.code.clone())).collect()
    }

    /// Returns every mail that the mail server accepted, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.state().mails.clone()
    }

    /// Returns a user as the Management API shows it; null if there is none.
    pub fn user_json(&self, id: &str) -> Value {
        let state = self.shared.state();
        resolve(&state, id).and_then(|id| state.users.get(&id).map(User::view)).unwrap_or_default()
    }

    /// Gives a user, by id or username, a personal access token.
    pub fn add_personal_access_token(&self, id: &str, name: &str, expires_at: Option<u64>) {
        let mut state = self.shared.state();
        let token = PersonalAccessToken::new(name.to_owned(), state.now_ms(), expires_at);
        if let Some(id) = resolve(&state, id) {
            state.issued_secrets.push(token.name_and_value().1);
            state.personal_access_tokens.entry(id).or_default().push(token);
        }
    }

    /// The personal access tokens of a user, by id or username: names and values.
    pub fn personal_access_tokens(&self, id: &str) -> BTreeMap<String, String> {
        let state = self.shared.state();
        let tokens = resolve(&state, id).and_then(|id| state.personal_access_tokens.get(&id));
        tokens.into_iter().flatten().map(PersonalAccessToken::name_and_value).collect()
    }

    /// Removes the personal access tokens of a user, by id or username.
    pub fn clear_personal_access_tokens(&self, id: &str) {
        let mut state = self.shared.state();
        if let Some(id) = resolve(&state, id) {
            state.personal_access_tokens.remove(&id);
        }
    }

    /// Returns the browser sessions of a user, by id or username: the id of each, with its grants.
    pub fn sessions(&self, id: &str) -> BTreeMap<String, BTreeSet<String>> {
        let state = self.shared.state();
        let user = resolve(&state, id);
        let theirs = state.sessions.values().filter(|session| user.is_some() && session.account_id == user);
        theirs
            .map(|session| {
                let grants =
                    session.authorizations.values().map(|authorization| authorization.grant_id.clone());
                (session.uid.clone(), grants.collect())
            })
            .collect()
    }

    /// Changes the identifier in the last sign-in of each of a user's sessions, as if the user had signed in with it.
    pub fn rename_recorded_identifiers(&self, id: &str, value: &str) {
        let mut state = self.shared.state();
        let user = resolve(&state, id);
        let theirs =
            state.sessions.values_mut().filter(|session| user.is_some() && session.account_id == user);
        for session in theirs {
            let records =
                session.last_submission.get_mut("verificationRecords").and_then(Value::as_array_mut);
            for record in records.into_iter().flatten() {
                if let Some(recorded) = record.pointer_mut("/identifier/value") {
                    *recorded = value.into();
                }
            }
        }
    }

    /// Returns the ids of a user's grants, whether a session names them or not.
    pub fn grants(&self, id: &str) -> BTreeSet<String> {
        let state = self.shared.state();
        let user = resolve(&state, id).unwrap_or_default();
        let theirs = state.grants.values().filter(|grant| grant.account_id == user);
        theirs.map(|grant| grant.id.clone()).collect()
    }

    /// Ends a session with its grants, or a grant, as an administrator does.
    pub fn end(&self, id: &str) {
        let mut state = self.shared.state();
        let mut ended = BTreeSet::from([id.to_owned()]);
        for session in state.sessions.values().filter(|session| session.uid == id) {
            ended.extend(session.authorizations.values().map(|authorization| authorization.grant_id.clone()));
        }
        state.sessions.retain(|_, session| session.uid != id);
        for grant in ended {
            state.revoke_grant(&grant);
        }
    }

    /// Ends a session as its expiry does: its grants live on.
    pub fn expire_session(&self, id: &str) {
        self.shared.state().sessions.retain(|_, session| session.uid != id);
    }

    /// Adds a user with the default role. `fields` are public fields; `id` and `password` are read as well.
    pub fn add_user(&self, fields: &Value) -> String {
        let mut state = self.shared.state();
        let id = fields.get("id").and_then(Value::as_str).map_or_else(|| random::id(12), str::to_owned);
        let mut user = User::empty(&id, state.now_ms());
        user.roles = vec![USER_ROLE_ID.to_owned()];
        for (name, value) in fields.as_object().into_iter().flatten() {
            match name.as_str() {
                "password" => user.set_password(value.as_str().map(str::to_owned)),
                "ssoIdentities" => user.sso_identities = value.as_array().cloned().unwrap_or_default(),
                _ => user.set(name, value.clone()),
            }
        }
        state.issued_secrets.extend(user.password.clone());
        state.users.insert(id.clone(), user);
        id
    }

    /// Adds an application. Reads `id`, `name`, `type` (`Native`, `SPA`, `MachineToMachine`), `secret`,
    /// `redirectUris`, `postLogoutRedirectUris`, `rotateRefreshToken`, `sid`.
    pub fn add_application(&self, fields: &Value) {
        let mut state = self.shared.state();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let list = |name: &str| {
            let items = fields.get(name).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(|item| item.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let client = Client {
            id: text("id"),
            name: text("name"),
            kind: match text("type").as_str() {
                "SPA" => ClientKind::Spa,
                "MachineToMachine" => ClientKind::MachineToMachine,
                _ => ClientKind::Native,
            },
            secret: text("secret"),
            further_secrets: Vec::new(),
            redirect_uris: list("redirectUris"),
            post_logout_redirect_uris: list("postLogoutRedirectUris"),
            rotate_refresh_token: fields.get("rotateRefreshToken").and_then(Value::as_bool).unwrap_or(true),
            refresh_token_ttl_days: 14,
            backchannel_session: fields.get("sid").and_then(Value::as_bool).unwrap_or(false),
            roles: list("roles"),
            created_at_ms: state.now_ms(),
        };
        state.issued_secrets.push(client.secret.clone());
        state.clients.insert(client.id.clone(), client);
    }
}

fn sign_with(key: &SigningKey, claims: &Value, header: &Value) -> String {
    let mut full = json!({"alg": "ES384", "typ": "at+jwt", "kid": key.kid});
    if let (Some(full), Some(header)) = (full.as_object_mut(), header.as_object()) {
        for (name, value) in header {
            if value.is_null() {
                full.remove(name);
            } else {
                full.insert(name.clone(), value.clone());
            }
        }
    }
    key.sign(&full, claims).unwrap_or_default()
}

fn merge(into: &mut Value, change: &Value) {
    match (into.as_object_mut(), change.as_object()) {
        (Some(members), Some(changes)) => {
            for (name, change) in changes {
                merge(members.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
        _ => *into = change.clone(),
    }
}
