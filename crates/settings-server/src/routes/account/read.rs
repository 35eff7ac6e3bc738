//! `GET {base}/account`: the whole account in one answer.

use std::sync::Arc;

use account_api::account::AccountView;
use axum::extract::State;
use axum::routing::on;

use crate::account::view;
use crate::auth::bearer::Authenticated;
use crate::error::Failure;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::routes::{READ, errors};
use crate::state::AppState;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    base: RouteBase::Base,
    path: "/account",
    scopes: READ,
    operation: "account_read",
    summary: "Returns the account, with everything its page needs.",
    errors: &[errors::ACCOUNT],
    step_up: &[],
    needs_instance: false,
    idempotent: false,
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
