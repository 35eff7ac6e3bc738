//! What Logto holds now: the other half of what an intent expects.

use logto_client::types::{Grant, Session, User};
use logto_client::{Error, UserId};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::account::view::{self, present};
use crate::custom_fields::{self, Stored};
use crate::error::Failure;
use crate::state::AppState;
use crate::text::hex::hex;

/// A user as they are now. What is signed in as them is asked for once, and only if it is wanted.
pub(super) struct Present<'a> {
    state: &'a AppState,
    id: &'a UserId,
    /// `None` when there is none any more.
    user: Option<User>,
    sessions: OnceCell<Vec<Session>>,
    grants: OnceCell<Vec<Grant>>,
}

impl<'a> Present<'a> {
    /// # Errors
    /// `upstream_failed`, `upstream_unavailable`.
    pub(super) async fn read(state: &'a AppState, id: &'a UserId) -> Result<Self, Failure> {
        let user = state.find_user(id).await?;
        Ok(Self { state, id, user, sessions: OnceCell::new(), grants: OnceCell::new() })
    }

    /// The present value of `what`, as an intent would expect it; `None` when this version does not know what that is.
    /// Of a user who is gone, nothing has a value but `account`.
    ///
    /// # Errors
    /// [`Error`] of the request to Logto.
    pub(super) async fn observe(&self, what: &str) -> Result<Option<Value>, Error> {
        let (kind, rest) = what.split_once(':').unwrap_or((what, ""));
        let Some(user) = &self.user else {
            // What is expected of anything else is a value, or null: never this.
            return Ok(Some(if kind == "account" { Value::Null } else { json!({ "gone": true }) }));
        };
        Ok(Some(match kind {
            "account" => json!("present"),
            "name" => json!(present(user.name.clone())),
            "avatar" => json!(present(user.avatar.clone())),
            "username" => json!(present(user.username.clone())),
            // Whether it is another one than it was: neither is known here.
            "password" => json!(name_of_password(self.state, self.id).await? != what),
            "email" => json!(present(user.primary_email.clone())),
            "phone" => json!(present(user.primary_phone.clone())),
            "profile" => member(&view::profile(user.profile.clone()), rest),
            "custom" => match custom_fields::stored(&user.custom_data, rest) {
                Stored::Nothing => Value::Null,
                Stored::Value(value) => json!(value),
                Stored::Strange => json!({ "strange": true }),
            },
            "preference" => member(&view::preferences(&user.custom_data), rest),
            "session" => {
                let sessions = self.sessions.get_or_try_init(|| self.state.logto.sessions(self.id)).await?;
                json!(sessions.iter().any(|session| session.payload.uid == rest))
            }
            "grant" => {
                let grants = self.grants.get_or_try_init(|| self.state.logto.grants(self.id, None)).await?;
                json!(grants.iter().any(|grant| grant.id == rest))
            }
            _ => return Ok(None),
        }))
    }
}

/// What the present password is called where a change of it is expected: says nothing about it, and is another one for
/// each password that is set.
///
/// # Errors
/// [`Error`] of the request to Logto.
pub(crate) async fn name_of_password(state: &AppState, user: &UserId) -> Result<String, Error> {
    let Some(present) = state.logto.password_fingerprint(user).await? else {
        return Ok("password:none".to_owned());
    };
    let what = format!("password of {user}\0{}", hex(present.as_bytes()));
    Ok(format!("password:{}", hex(&state.store.sealer.fingerprint(&what))))
}

fn member(all: &impl serde::Serialize, name: &str) -> Value {
    let all = serde_json::to_value(all).unwrap_or_default();
    all.get(name).cloned().unwrap_or_default()
}
