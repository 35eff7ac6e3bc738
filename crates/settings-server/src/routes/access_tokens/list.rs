//! `GET {base}/access-tokens`: the personal access tokens, without their values.

use std::sync::Arc;

use account_api::access_tokens::AccessTokensView;
use account_api::error::ServerCode;
use axum::extract::State;
use axum::routing::on;

use super::{FIELD, tokens, view};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::routes::{SECURITY, errors};
use crate::state::AppState;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    base: RouteBase::Base,
    path: "/access-tokens",
    scopes: SECURITY,
    operation: "access_tokens_list",
    summary: "Returns the personal access tokens, without their values.",
    errors: &[errors::ACCOUNT, &[ServerCode::FieldNotEditable]],
    step_up: &[],
    needs_instance: true,
    idempotent: false,
    request: None,
    response: Document::json::<AccessTokensView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
) -> Result<Json<AccessTokensView>, Failure> {
    let (account, tokens) = tokio::join!(state.account(&actor.caller), tokens(&state, &actor.caller.user));
    let (_, policy) = account?;
    policy.access_tokens.demand_read(FIELD)?;
    Ok(Json(view(&state, policy.access_tokens, tokens?)))
}
