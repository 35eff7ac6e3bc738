//! What Logto holds now, to be compared with what an intent expects.

use logto_client::types::{Grant, PersonalAccessToken, Session, User};
use logto_client::{Error, UserId};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::account::view::{self, present};
use crate::audit_log::AuditField;
use crate::custom_fields::{self, Stored};
use crate::error::Failure;
use crate::state::AppState;
use crate::text::hex::hex;

/// An account, just read from Logto. Sessions, grants and access tokens are read once, and only when they are needed.
pub(super) struct ObservedAccount<'a> {
    state: &'a AppState,
    id: &'a UserId,
    /// `None` when Logto does not know the user any more.
    user: Option<User>,
    sessions: OnceCell<Vec<Session>>,
    grants: OnceCell<Vec<Grant>>,
    access_tokens: OnceCell<Vec<PersonalAccessToken>>,
}

impl<'a> ObservedAccount<'a> {
    /// Reads the user.
    ///
    /// # Errors
    /// `upstream_failed`, `upstream_unavailable`.
    pub(super) async fn read(state: &'a AppState, id: &'a UserId) -> Result<Self, Failure> {
        let user = state.find_user(id).await?;
        Ok(Self {
            state,
            id,
            user,
            sessions: OnceCell::new(),
            grants: OnceCell::new(),
            access_tokens: OnceCell::new(),
        })
    }

    /// Returns the present value of a field, as an intent would expect it. Of a user whom Logto does not know any more,
    /// nothing has a value but [`AuditField::Account`].
    ///
    /// # Errors
    /// [`Error`] of the request to Logto.
    pub(super) async fn value(&self, field: &AuditField) -> Result<Value, Error> {
        let Some(user) = &self.user else {
            // What is expected of any other field is a value, or null: never this.
            return Ok(if *field == AuditField::Account { Value::Null } else { json!({ "gone": true }) });
        };
        Ok(match field {
            AuditField::Account => json!("present"),
            AuditField::Name => json!(present(user.name.clone())),
            AuditField::Avatar => json!(present(user.avatar.clone())),
            AuditField::Username => json!(present(user.username.clone())),
            // Whether it is another password than before: neither is known here.
            AuditField::Password(_) => json!(password_field(self.state, self.id).await? != *field),
            AuditField::Email => json!(present(user.primary_email.clone())),
            AuditField::Phone => json!(present(user.primary_phone.clone())),
            AuditField::Profile(name) => member(&view::profile(user.profile.clone()), name),
            AuditField::Custom(name) => match custom_fields::stored(&user.custom_data, name) {
                Stored::Nothing => Value::Null,
                Stored::Value(value) => json!(value),
                Stored::Strange => json!({ "strange": true }),
            },
            AuditField::Preference(name) => member(&view::preferences(&user.custom_data), name),
            AuditField::AccessToken(_) => {
                let read = || self.state.logto.personal_access_tokens(self.id);
                let tokens = self.access_tokens.get_or_try_init(read).await?;
                let mut names = tokens.iter().map(|token| token.name.as_str());
                json!(names.find(|name| access_token_field(self.state, self.id, name) == *field))
            }
            AuditField::Identity(target) => json!(user.identities.get(target).map(|one| &one.user_id)),
            AuditField::NewIdentity { target, .. } => {
                json!(new_identity_field(self.state, user, target) != *field)
            }
            AuditField::Session(uid) => {
                let sessions = self.sessions.get_or_try_init(|| self.state.logto.sessions(self.id)).await?;
                json!(sessions.iter().any(|session| session.payload.uid == *uid))
            }
            AuditField::Grant(id) => {
                let grants = self.grants.get_or_try_init(|| self.state.logto.grants(self.id, None)).await?;
                json!(grants.iter().any(|grant| grant.id == *id))
            }
        })
    }
}

/// Names the present password where a change of it is expected. The name reveals nothing about the password, and
/// differs for each password that is set.
///
/// # Errors
/// [`Error`] of the request to Logto.
pub(crate) async fn password_field(state: &AppState, user: &UserId) -> Result<AuditField, Error> {
    let Some(present) = state.logto.password_fingerprint(user).await? else {
        return Ok(AuditField::Password("none".to_owned()));
    };
    let what = format!("password of {user}\0{}", hex(present.as_bytes()));
    Ok(AuditField::Password(hex(&state.store.sealer.fingerprint(&what))))
}

/// Names a personal access token where a change of it is expected. Its own name is the user's words, and is masked where it
/// is stored.
pub(crate) fn access_token_field(state: &AppState, user: &UserId, name: &str) -> AuditField {
    let digest = state.store.sealer.fingerprint(&format!("access token of {user}\0{name}"));
    AuditField::AccessToken(hex(&digest[..8]))
}

/// Names the present account of a target where another one is expected, which only the provider's answer tells. The name
/// reveals nothing about the account.
pub(crate) fn new_identity_field(state: &AppState, user: &User, target: &str) -> AuditField {
    let present = user.identities.get(target).map(|identity| identity.user_id.as_str());
    let what = format!("identity of {}\0{target}\0{}", user.id, present.unwrap_or_default());
    let digest = hex(&state.store.sealer.fingerprint(&what)[..8]);
    AuditField::NewIdentity { target: target.to_owned(), digest }
}

fn member(all: &impl serde::Serialize, name: &str) -> Value {
    let all = serde_json::to_value(all).unwrap_or_default();
    all.get(name).cloned().unwrap_or_default()
}
