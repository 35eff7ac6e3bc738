//! `PATCH {base}/username`: sets, changes or removes the user name.

use account_api::account::AccountView;
use account_api::error::ServerCode;
use account_api::identifiers::UsernameUpdateRequest;
use account_api::step_up::Purpose;
use axum::routing::on;
use logto_client::types::{User, UserChanges};

use crate::account::edit::{self, Review};
use crate::account::view::{self, present};
use crate::audit_log::{self, AuditField};
use crate::changes::{AccountChange, ChangeContext};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::PatchBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::notices::notification::Notification;
use crate::policy::limits;
use crate::policy::username::{is_allowed, is_username};
use crate::routes::{SECURE_EDIT, errors};
use crate::state::AppState;
use crate::step_up;

pub(crate) const ROUTE: Route = Route {
    method: "PATCH",
    base: RouteBase::Base,
    path: "/username",
    scopes: SECURE_EDIT,
    operation: "username_update",
    summary: "Sets, changes or removes the user name.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[
            ServerCode::FieldNotEditable,
            ServerCode::Conflict,
            ServerCode::IdentifierUnavailable,
            ServerCode::LastSignInMethod,
        ],
    ],
    step_up: &[Purpose::Username],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<UsernameUpdateRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

const FIELD: &str = "username";

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    PatchBody(request): PatchBody<UsernameUpdateRequest>,
) -> Result<Json<AccountView>, Failure> {
    edit::check(FIELD, Some(&request.username), is_username)?;
    change.run(move |change| async move { write(&change, request).await }).await.map(Json)
}

async fn write(
    change: &ChangeContext<Actor>,
    request: UsernameUpdateRequest,
) -> Result<AccountView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, rules) = state.whole_account(&actor.caller).await?;
    rules.policy.username.demand_edit(FIELD)?;
    if change.is_replayed() {
        return Ok(view::account(user, &rules));
    }
    let mut review = Review::default();
    let now = || present(user.username.clone());
    let to =
        review.field(FIELD, AuditField::Username, Some(&request.username), rules.policy.username, now)?;
    let (Some(intent), Some(to)) = (review.finish(&user, &rules)?, to) else {
        return Ok(view::account(user, &rules));
    };
    match &to {
        Some(name) if !is_allowed(name, &rules.sign_in.experience.username_policy) => {
            return Err(Failure::invalid_value(FIELD));
        }
        Some(_) => {}
        None => {
            let after = User { username: None, ..user.clone() };
            state.ensure_method_remains(&actor.caller.user, &rules.policy, &user, &after).await?;
        }
    }
    let step_up_request = (Purpose::Username, None);
    let authority = step_up::demand(state, actor, &user, step_up_request, change.operation()).await?;
    authority.spend(state).await?;
    if to.is_some() {
        count_try(state, actor, &user).await?;
    }
    let intent = intent.notifying(Notification::about(NoticeKind::UsernameChanged, &user));
    let changes = UserChanges { username: Some(to), ..UserChanges::default() };
    let purpose = upstream::Purpose::WriteUser(Some(FIELD));
    let write = state.update_user(&actor.caller.user, &user, &changes, purpose);
    let user = change.apply(intent, write).await?;
    Ok(view::account(user, &rules))
}

/// Counts a try: the answer discloses whether a name is taken, so there are only so many an hour, and the user is
/// notified when there were more (B13).
async fn count_try(state: &AppState, actor: &Actor, user: &User) -> Result<(), Failure> {
    let (budgets, by) = (&state.config.budgets, &actor.caller.user);
    let Err(failure) = limits::username_try(&state.store, budgets, by).await else { return Ok(()) };
    let rules = &budgets.username_tries_per_user;
    if failure.code == ServerCode::RateLimited
        && limits::tries_are_notified(&state.store, "username", rules, by).await?
    {
        let notification = Notification::about(NoticeKind::UsernameTriesExhausted, user);
        audit_log::record(state, &actor.context, "username_try", "tries_exhausted", Some(notification))
            .await?;
    }
    Err(failure)
}
