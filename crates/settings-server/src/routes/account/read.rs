//! `GET {base}/account`: the whole account in one answer.

use std::sync::Arc;

use account_api::account::AccountView;
use axum::extract::State;
use axum::routing::on;

use crate::answer::Json;
use crate::auth::Authenticated;
use crate::error::Failure;
use crate::openapi::Document;
use crate::router::{Place, Route};
use crate::routes::{READ, errors};
use crate::state::AppState;
use crate::view;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    place: Place::Base,
    path: "/account",
    scopes: READ,
    operation: "account_read",
    summary: "The account, with everything its page needs.",
    errors: &[errors::ACCOUNT],
    step_up: &[],
    request: None,
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    Authenticated(caller): Authenticated,
) -> Result<Json<AccountView>, Failure> {
    let (user, rules) = state.recent_account(&caller).await?;
    Ok(Json(view::account(user, &rules)))
}
