//! Browser sessions and the interactions (one sign-in or consent under way) that lead to them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::SentCode;

/// How long a browser session lives: 14 days.
pub(crate) const SESSION_TTL_S: u64 = 14 * 24 * 3600;
/// How long an interaction lives: one hour.
pub(crate) const INTERACTION_TTL_S: u64 = 3600;

/// What a session holds for one application.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    pub(crate) sid: String,
    pub(crate) grant_id: String,
    /// Whether the grant outlives the session: it was given with `offline_access`.
    pub(crate) persists_logout: bool,
}

/// The step after a confirmed logout.
#[derive(Clone, Debug)]
pub(crate) enum AfterLogout {
    /// Go to the registered URI (with `state`), or show a plain page.
    Redirect(Option<String>),
    /// Continue the interaction with this id: another user signed in.
    Resume(String),
}

/// A logout that waits for its form.
#[derive(Clone, Debug)]
pub(crate) struct PendingLogout {
    pub(crate) xsrf: String,
    pub(crate) after: AfterLogout,
}

/// A browser session. The key in the state is the cookie's value, which changes at each sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Logto's id of the session; stays the same while the cookie's value changes.
    pub(crate) uid: String,
    pub(crate) jti: String,
    pub(crate) account_id: Option<String>,
    pub(crate) login_ts: u64,
    pub(crate) created_s: u64,
    pub(crate) expires_ms: u64,
    pub(crate) client_id: String,
    pub(crate) authorizations: BTreeMap<String, Authorization>,
    pub(crate) last_submission: Value,
    pub(crate) pending_logout: Option<PendingLogout>,
}

impl Session {
    /// Returns the session as the Management API shows it.
    pub(crate) fn view(&self) -> Value {
        let authorizations: serde_json::Map<String, Value> = self
            .authorizations
            .iter()
            .map(|(client, one)| {
                let mut view = json!({"sid": one.sid, "grantId": one.grant_id});
                if one.persists_logout
                    && let Some(fields) = view.as_object_mut()
                {
                    fields.insert("persistsLogout".into(), true.into());
                }
                (client.clone(), view)
            })
            .collect();
        json!({
            "payload": {
                "exp": self.expires_ms / 1000, "iat": self.created_s, "jti": self.jti, "uid": self.uid,
                "kind": "Session", "loginTs": self.login_ts, "accountId": self.account_id,
                "authorizations": authorizations
            },
            "lastSubmission": self.last_submission,
            "clientId": self.client_id,
            "accountId": self.account_id,
            "expiresAt": self.expires_ms
        })
    }
}

/// What an interaction waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    Login,
    Consent,
}

/// The parameters of one authorization request that was found valid.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizeParams {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: Vec<String>,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) code_challenge: String,
    pub(crate) prompt: Vec<String>,
    pub(crate) max_age: Option<u64>,
    pub(crate) resources: Vec<String>,
    pub(crate) response_mode: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) ui_locales: Option<String>,
    pub(crate) first_screen: Option<String>,
    pub(crate) direct_sign_in: Option<String>,
}

/// How an interaction ended.
#[derive(Clone, Debug)]
pub(crate) enum InteractionResult {
    SignedIn { account_id: String, submission: Value },
    Consented,
    Denied,
}

/// An identifier of a user, waiting to be used for identification.
#[derive(Clone, Debug)]
pub(crate) struct Verification {
    pub(crate) id: String,
    /// Its type in the records of a sign-in: `Password`, `EmailVerificationCode`, `Social`, ….
    pub(crate) kind: &'static str,
    /// Further members of the record: the identifier, or the connector.
    pub(crate) of: (&'static str, Value),
    /// The e-mail address it rests on, if it does.
    pub(crate) email: Option<String>,
    /// The user's id at a social provider, and all that the provider said.
    pub(crate) provider: Option<(String, Value)>,
    /// The code that is expected.
    pub(crate) sent: Option<SentCode>,
    /// Whether it was proven.
    pub(crate) verified: bool,
    /// The user that it identifies; `None` when no user has the identifier.
    pub(crate) user_id: Option<String>,
}

impl Verification {
    /// Returns it as it is in the records of a sign-in.
    pub(crate) fn record(&self) -> Value {
        let (name, of) = &self.of;
        match &self.provider {
            // As recorded: such records have no `verified`.
            Some((account, data)) => json!({
                "id": self.id, "type": self.kind, *name: of,
                "socialUserInfo": {"id": account, "email": self.email, "rawData": data}
            }),
            None if self.kind.ends_with("VerificationCode") => json!({
                "id": self.id, "type": self.kind, *name: of, "templateType": "SignIn",
                "verified": self.verified
            }),
            None => json!({"id": self.id, "type": self.kind, *name: of, "verified": self.verified}),
        }
    }
}

/// One sign-in or consent under way.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) uid: String,
    pub(crate) prompt: Prompt,
    pub(crate) params: AuthorizeParams,
    pub(crate) expires_s: u64,
    /// Whether a sign-in already happened for this authorization request.
    pub(crate) signed_in: bool,
    /// Whether the Experience API was started (`PUT /api/experience`).
    pub(crate) started: bool,
    pub(crate) verifications: Vec<Verification>,
    pub(crate) identified: Option<Verification>,
    /// The record of a second factor that was proven.
    pub(crate) second_factor: Option<Value>,
    pub(crate) result: Option<InteractionResult>,
}
