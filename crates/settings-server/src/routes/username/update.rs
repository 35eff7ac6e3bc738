//! `PATCH {base}/username`: sets, changes or removes the user name.

use std::sync::Arc;

use account_api::account::AccountView;
use account_api::error::Code;
use account_api::identifiers::UsernameUpdateRequest;
use account_api::step_up::Purpose;
use axum::extract::State;
use axum::routing::on;
use logto_client::types::{User, UserChanges};

use crate::account::edit::{self, Review};
use crate::account::view::{self, present};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::Edits;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Place, Route};
use crate::journal::{self, Telling, Turn};
use crate::logto::upstream;
use crate::notices::NoticeKind;
use crate::policy::limits;
use crate::policy::username::{is_allowed, is_username};
use crate::routes::{SECURE_EDIT, errors};
use crate::state::AppState;
use crate::step_up;

pub(crate) const ROUTE: Route = Route {
    method: "PATCH",
    place: Place::Base,
    path: "/username",
    scopes: SECURE_EDIT,
    operation: "username_update",
    summary: "Sets, changes or removes the user name.",
    errors: &[
        errors::ACCOUNT,
        errors::INSTANCE,
        errors::BODY,
        errors::STEP_UP,
        &[Code::FieldNotEditable, Code::Conflict, Code::IdentifierUnavailable, Code::LastSignInMethod],
    ],
    step_up: &[Purpose::Username],
    request: Some(Document::json::<UsernameUpdateRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

const FIELD: &str = "username";

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    Edits(request): Edits<UsernameUpdateRequest>,
) -> Result<Json<AccountView>, Failure> {
    edit::check(FIELD, Some(&request.username), is_username)?;
    let who = actor.who.clone();
    let work = {
        let state = Arc::clone(&state);
        |turn| async move { write(&state, &turn, &actor, request).await }
    };
    journal::sensitive(&state, who, "username_update", work).await.map(Json)
}

async fn write(
    state: &AppState,
    turn: &Turn,
    actor: &Actor,
    request: UsernameUpdateRequest,
) -> Result<AccountView, Failure> {
    let (user, rules) = state.whole_account(&actor.caller).await?;
    rules.policy.username.demand_edit(FIELD)?;
    if turn.was_done_before() {
        return Ok(view::account(user, &rules));
    }
    let mut review = Review::of("");
    let now = || present(user.username.clone());
    let to = review.field(FIELD, Some(&request.username), rules.policy.username, now)?;
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
            state.guard_ways(&actor.caller.user, &rules.policy, &user, &after).await?;
        }
    }
    let asked = (Purpose::Username, None);
    let authority = step_up::demand(state, actor, &user, asked, turn.operation()).await?;
    authority.spend(state).await?;
    if to.is_some() {
        count_try(state, actor, &user).await?;
    }
    let intent = intent.telling(Telling::about(NoticeKind::UsernameChanged, &user));
    let changes = UserChanges { username: Some(to), ..UserChanges::default() };
    let purpose = upstream::Purpose::WriteUser(Some(FIELD));
    let write = state.update_user(&actor.caller.user, &user, &changes, purpose);
    let user = turn.carry_out(intent, write).await?;
    Ok(view::account(user, &rules))
}

/// What comes back tells whether a name is taken: so many tries an hour, and the person is told when somebody had more
/// (B13).
async fn count_try(state: &AppState, actor: &Actor, user: &User) -> Result<(), Failure> {
    let (budgets, by) = (&state.config.budgets, &actor.caller.user);
    let Err(failure) = limits::username_try(&state.store, budgets, by).await else { return Ok(()) };
    let rules = &budgets.username_tries_per_user;
    if failure.code == Code::RateLimited
        && limits::tries_are_told(&state.store, "username", rules, by).await?
    {
        let telling = Telling::about(NoticeKind::UsernameTriesExhausted, user);
        journal::event(state, &actor.who, "username_try", "tries_exhausted", Some(telling)).await?;
    }
    Err(failure)
}
