//! `PUT {base}/password`: sets a first password, or changes it (B15).
//!
//! Logto's Management API accepts any password, "a" included, and the present one again; so this server reads the
//! tenant's rules and compares. The password is in memory alone, for as long as the request takes.

use account_api::account::AccountView;
use account_api::error::{Detail, ServerCode};
use account_api::password::{PasswordIssue, PasswordUpdateRequest};
use account_api::step_up::Purpose;
use axum::routing::on;
use logto_client::types::{self as logto, PasswordCheck, User};
use logto_client::{Error, LogtoCode, UserId};
use secrecy::SecretString;

use crate::account::view;
use crate::auth::token_floors;
use crate::changes::{AccountChange, ChangeContext, Intent, observe};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::policy::values::is_password;
use crate::routes::{SECURE_EDIT, errors};
use crate::state::AppState;
use crate::step_up;
use crate::step_up::bindings;
use crate::store::Keeps;

pub(crate) const ROUTE: Route = Route {
    method: "PUT",
    base: RouteBase::Base,
    path: "/password",
    scopes: SECURE_EDIT,
    operation: "password_update",
    summary: "Sets a first password, or changes it.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::FieldNotEditable, ServerCode::PasswordRejected]],
    step_up: &[Purpose::Password],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<PasswordUpdateRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

const FIELD: &str = "password";

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<PasswordUpdateRequest>,
) -> Result<Json<AccountView>, Failure> {
    if !is_password(request.password.expose()) {
        return Err(Failure::invalid_value(FIELD));
    }
    let password = SecretString::from(request.password.expose());
    change.run(move |change| async move { write(&change, &password).await }).await.map(Json)
}

async fn write(change: &ChangeContext<Actor>, password: &SecretString) -> Result<AccountView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (mut user, rules) = state.whole_account(&actor.caller).await?;
    rules.policy.password.demand_edit(FIELD)?;
    if change.is_replayed() {
        return Ok(view::account(user, &rules));
    }
    let step_up_request = (Purpose::Password, None);
    let authority = step_up::demand(state, actor, &user, step_up_request, change.operation()).await?;
    let id = &actor.caller.user;
    refuse_weak(state, id, password).await?;
    refuse_same(state, id, &user, password).await?;
    authority.spend(state).await?;

    let failure = |error: Error| upstream::failure(&error, upstream::Purpose::ReadUser);
    let field = observe::password_field(state, id).await.map_err(failure)?;
    let intent = Intent::default()
        .expecting(field, user.has_password.then_some(true), true)
        .notifying(Notification::about(NoticeKind::PasswordChanged, &user));
    let keeps = Keeps::Only(actor.instance);
    token_floors::raise(state, id, keeps).await?;
    let write = async {
        let answer = state.logto.update_password(id, password).await;
        answer.map_err(|error| upstream::failure(&error, upstream::Purpose::WriteUser(Some(FIELD))))?;
        // The password is changed by now: without the floor this is settled later, which raises it.
        let raised = token_floors::raise(state, id, keeps).await;
        raised.map_err(|failure| Failure { may_have_happened: true, ..failure })
    };
    let restore = state.bindings.bind(&user.id, bindings::PASSWORD.to_owned(), authority.origin).await?;
    let written = change.apply(intent, write).await;
    state.bindings.restore_unless_done(restore, &written).await;
    written?;
    user.has_password = true;
    Ok(view::account(user, &rules))
}

/// # Errors
/// `password_rejected` with every rule of the tenant that it breaks.
async fn refuse_weak(state: &AppState, id: &UserId, password: &SecretString) -> Result<(), Failure> {
    let answer = state.logto.check_password(id, password).await;
    match answer.map_err(|error| upstream::failure(&error, upstream::Purpose::ReadUser))? {
        PasswordCheck::Accepted => Ok(()),
        PasswordCheck::Rejected(issues) => Err(rejected(issues.iter().map(issue).collect())),
    }
}

/// Logto's check does not notice the present password: measured. It cannot be guessed here: any other password becomes
/// the present one.
///
/// # Errors
/// `password_rejected`.
async fn refuse_same(
    state: &AppState,
    id: &UserId,
    user: &User,
    password: &SecretString,
) -> Result<(), Failure> {
    if !user.has_password {
        return Ok(());
    }
    match state.logto.verify_password(id, password).await {
        Ok(()) => Err(rejected(vec![PasswordIssue::SameAsPresent])),
        Err(error) if error.is(LogtoCode::InvalidCredentials) => Ok(()),
        Err(error) => Err(upstream::failure(&error, upstream::Purpose::ReadUser)),
    }
}

fn rejected(issues: Vec<PasswordIssue>) -> Failure {
    let mut failure =
        Failure::new(ServerCode::PasswordRejected, "the password breaks the tenant's rules").of_field(FIELD);
    failure.detail = Some(Detail::PasswordIssues { issues });
    failure
}

fn issue(issue: &logto::PasswordIssue) -> PasswordIssue {
    let numbers = &issue.interpolation;
    match (issue.code.strip_prefix("password_rejected."), numbers.min, numbers.max) {
        (Some("too_short"), Some(min), _) => PasswordIssue::TooShort { min },
        (Some("too_long"), _, Some(max)) => PasswordIssue::TooLong { max },
        (Some("character_types"), Some(min), _) => PasswordIssue::CharacterTypes { min },
        (Some("unsupported_characters"), ..) => PasswordIssue::UnsupportedCharacters,
        (Some("pwned"), ..) => PasswordIssue::Breached,
        (Some("restricted.repetition"), ..) => PasswordIssue::Repetition,
        (Some("restricted.sequence"), ..) => PasswordIssue::Sequence,
        (Some("restricted.user_info"), ..) => PasswordIssue::UserInfo,
        (Some("restricted.words"), ..) => PasswordIssue::Word,
        _ => PasswordIssue::Other,
    }
}

#[cfg(test)]
mod tests {
    use account_api::password::PasswordIssue;
    use serde_json::{Value, json};

    use super::issue;

    #[test]
    fn b15_password_issues_of_logto_become_ours() {
        for (code, numbers, wanted) in [
            ("password_rejected.too_short", json!({ "min": 8 }), PasswordIssue::TooShort { min: 8 }),
            ("password_rejected.too_long", json!({ "max": 64 }), PasswordIssue::TooLong { max: 64 }),
            (
                "password_rejected.character_types",
                json!({ "min": 2 }),
                PasswordIssue::CharacterTypes { min: 2 },
            ),
            ("password_rejected.unsupported_characters", json!({}), PasswordIssue::UnsupportedCharacters),
            ("password_rejected.pwned", json!({}), PasswordIssue::Breached),
            ("password_rejected.restricted.repetition", json!({}), PasswordIssue::Repetition),
            ("password_rejected.restricted.sequence", json!({}), PasswordIssue::Sequence),
            ("password_rejected.restricted.user_info", json!({}), PasswordIssue::UserInfo),
            ("password_rejected.restricted.words", json!({}), PasswordIssue::Word),
            ("password_rejected.too_short", json!({}), PasswordIssue::Other),
            ("password_rejected.restricted.new_rule", json!({}), PasswordIssue::Other),
            ("something_else", json!({ "min": 1 }), PasswordIssue::Other),
        ] {
            let read: Value = json!({ "code": code, "interpolation": numbers });
            assert_eq!(issue(&serde_json::from_value(read).unwrap()), wanted, "{code}");
        }
    }
}
