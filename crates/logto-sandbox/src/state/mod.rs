//! The whole state of the sandbox, in memory. One lock guards it; handlers are plain functions over it.

pub(crate) mod client;
pub(crate) mod factor;
pub(crate) mod grant;
pub(crate) mod seed;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod user;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::clock::Clock;
use crate::control::faults::Faults;
use crate::control::log::LoggedRequest;
use crate::keys::{KeyError, KeyRing};
use crate::management::personal_access_tokens::PersonalAccessToken;
use crate::options::Options;
use crate::provider::Providers;
use crate::random;
use crate::smtp::Mail;

use client::Client;
use grant::{AccessToken, Code, Grant, RefreshToken};
use session::{Interaction, Session};
use settings::Settings;
use user::User;

/// The Management API's resource indicator.
pub(crate) const MANAGEMENT_RESOURCE: &str = "https://default.logto.app/api";

/// One API resource with its permissions.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) indicator: String,
    pub(crate) access_token_ttl_s: u64,
    /// Names of the permissions; each scope's id is made of the resource's id and its name.
    pub(crate) scopes: Vec<String>,
}

/// A role of users or of machine-to-machine applications.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// `User` or `MachineToMachine`.
    pub(crate) kind: &'static str,
    pub(crate) is_default: bool,
    /// Resource indicator → permission names.
    pub(crate) scopes: Vec<(String, Vec<String>)>,
}

/// A mail or text message that Logto would have sent.
#[derive(Clone, Debug)]
pub(crate) struct OutboxMessage {
    pub(crate) at_ms: u64,
    pub(crate) to: String,
    pub(crate) kind: String,
    pub(crate) code: String,
}

/// A verification code that was sent and waits.
#[derive(Clone, Debug)]
pub(crate) struct SentCode {
    pub(crate) code: String,
    pub(crate) at_ms: u64,
    pub(crate) tries: u32,
}

/// The tenant and all that happens in it.
pub(crate) struct State {
    pub(crate) base_url: String,
    /// Client id of the native application that was seeded.
    pub(crate) native_client_id: String,
    /// Client id of the settings server's application.
    pub(crate) m2m_client_id: String,
    pub(crate) clock: Clock,
    pub(crate) keys: KeyRing,
    /// Signs cookies, so that another sandbox's cookies (cookies ignore ports) are not taken for ours.
    pub(crate) cookie_key: [u8; 32],
    pub(crate) clients: BTreeMap<String, Client>,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) roles: Vec<Role>,
    pub(crate) settings: Settings,
    /// The providers of social accounts, if there are any.
    pub(crate) providers: Option<Providers>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) interactions: BTreeMap<String, Interaction>,
    pub(crate) grants: BTreeMap<String, Grant>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) refresh_tokens: BTreeMap<String, RefreshToken>,
    pub(crate) access_tokens: BTreeMap<String, AccessToken>,
    /// By user, in the order in which they were created.
    pub(crate) personal_access_tokens: BTreeMap<String, Vec<PersonalAccessToken>>,
    /// Failed passwords: identifier → times in Unix milliseconds.
    pub(crate) failed_sign_ins: BTreeMap<String, Vec<u64>>,
    /// The last code of each recipient, by its exact text.
    pub(crate) verification_codes: BTreeMap<String, SentCode>,
    /// When messages were sent to a recipient, in Unix milliseconds.
    pub(crate) sends: BTreeMap<String, Vec<u64>>,
    pub(crate) outbox: Vec<OutboxMessage>,
    /// The mails that the mail server accepted.
    pub(crate) mails: Vec<Mail>,
    pub(crate) issued_secrets: Vec<String>,
    pub(crate) faults: Faults,
    pub(crate) request_log: Vec<LoggedRequest>,
}

impl fmt::Debug for State {
    /// Full of secrets, so `Debug` shows none of its parts.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("State").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl State {
    /// Returns the seeded tenant, not yet knowing its own address.
    pub(crate) fn new(options: &Options) -> Result<Self, KeyError> {
        let clock = Clock::new(options.start_at);
        let mut state = Self {
            base_url: String::new(),
            native_client_id: options.native_client_id.clone(),
            m2m_client_id: options.m2m_client_id.clone(),
            keys: KeyRing::new(clock.now_unix_s())?,
            clock,
            cookie_key: random::bytes(),
            clients: BTreeMap::new(),
            users: BTreeMap::new(),
            resources: Vec::new(),
            roles: Vec::new(),
            settings: Settings::seeded(),
            providers: None,
            sessions: BTreeMap::new(),
            interactions: BTreeMap::new(),
            grants: BTreeMap::new(),
            codes: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            personal_access_tokens: BTreeMap::new(),
            failed_sign_ins: BTreeMap::new(),
            verification_codes: BTreeMap::new(),
            sends: BTreeMap::new(),
            outbox: Vec::new(),
            mails: Vec::new(),
            issued_secrets: Vec::new(),
            faults: Faults::default(),
            request_log: Vec::new(),
        };
        seed::fill(&mut state, options);
        Ok(state)
    }

    /// Returns the issuer, `{base}/oidc`.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/oidc", self.base_url)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.now_unix_ms()
    }

    pub(crate) fn now_s(&self) -> u64 {
        self.clock.now_unix_s()
    }

    /// Makes an opaque secret and adds it to the list of issued secrets.
    pub(crate) fn issue_opaque(&mut self) -> String {
        let value = random::opaque();
        self.issued_secrets.push(value.clone());
        value
    }

    /// Signs a JWT with the current key and adds it to the list of issued tokens.
    pub(crate) fn issue_jwt(&mut self, kind: Option<&str>, claims: &Value) -> String {
        let now_ms = self.now_ms();
        self.keys.settle(now_ms);
        let Some(key) = self.keys.current() else { return String::new() };
        let mut header = serde_json::json!({"alg": "ES384", "kid": key.kid});
        if let (Some(kind), Some(fields)) = (kind, header.as_object_mut()) {
            fields.insert("typ".into(), kind.into());
        }
        let token = key.sign(&header, claims).unwrap_or_default();
        self.issued_secrets.push(token.clone());
        token
    }

    /// Returns the resource with that indicator.
    pub(crate) fn resource(&self, indicator: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.indicator == indicator)
    }

    /// Returns the permissions a user has on a resource now.
    pub(crate) fn user_permissions(&self, user: &User, indicator: &str) -> Vec<String> {
        if let Some(scopes) = &user.scope_override {
            let known =
                self.resource(indicator).map(|resource| resource.scopes.as_slice()).unwrap_or_default();
            return scopes.iter().filter(|scope| known.contains(scope)).cloned().collect();
        }
        self.role_permissions(&user.roles, indicator)
    }

    /// Returns the permissions that roles grant on a resource.
    pub(crate) fn role_permissions(&self, role_ids: &[String], indicator: &str) -> Vec<String> {
        self.roles
            .iter()
            .filter(|role| role_ids.contains(&role.id))
            .flat_map(|role| &role.scopes)
            .filter(|(resource, _)| resource == indicator)
            .flat_map(|(_, scopes)| scopes.iter().cloned())
            .collect()
    }

    /// Ends a grant with every token made from it; JWT access tokens live on, as they do in Logto.
    pub(crate) fn revoke_grant(&mut self, grant_id: &str) -> bool {
        self.refresh_tokens.retain(|_, token| token.grant_id != grant_id);
        self.access_tokens.retain(|_, token| token.grant_id != grant_id);
        self.codes.retain(|_, code| code.grant_id != grant_id);
        self.grants.remove(grant_id).is_some()
    }

    /// Deletes sessions, refresh tokens and opaque tokens of a user; the grants themselves outlive them.
    pub(crate) fn end_everything_of(&mut self, user_id: &str) {
        let grants: Vec<String> = self
            .grants
            .values()
            .filter(|grant| grant.account_id == user_id)
            .map(|grant| grant.id.clone())
            .collect();
        self.refresh_tokens.retain(|_, token| !grants.contains(&token.grant_id));
        self.access_tokens.retain(|_, token| !grants.contains(&token.grant_id));
        self.codes.retain(|_, code| !grants.contains(&code.grant_id));
        self.sessions.retain(|_, session| session.account_id.as_deref() != Some(user_id));
    }
}
