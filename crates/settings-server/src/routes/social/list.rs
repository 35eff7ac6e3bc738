//! `GET {base}/social`: the linked accounts, and the providers of which one can be linked.

use std::sync::Arc;

use account_api::error::ServerCode;
use account_api::social::SocialView;
use axum::extract::State;
use axum::routing::on;

use super::{FIELD, answer};
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
    path: "/social",
    scopes: READ,
    operation: "social_list",
    summary: "Returns the linked social accounts, and the providers of which one can be linked.",
    errors: &[errors::ACCOUNT, &[ServerCode::FieldNotEditable]],
    step_up: &[],
    needs_instance: false,
    idempotent: false,
    request: None,
    response: Document::json::<SocialView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    Authenticated(caller): Authenticated,
) -> Result<Json<SocialView>, Failure> {
    let (user, policy) = state.account(&caller).await?;
    policy.social.demand_read(FIELD)?;
    answer(&state, policy.social, &user).await.map(Json)
}
