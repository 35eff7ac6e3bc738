//! `POST {base}/phone`: sends a code to a new phone number.

use std::sync::Arc;

use account_api::identifiers::PhoneSetRequest;
use account_api::step_up::{CodeSentView, Purpose};
use axum::extract::State;
use axum::routing::on;

use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::Plain;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Place, Route};
use crate::identifiers::{self, PHONE};
use crate::routes::{SECURITY, errors};
use crate::state::AppState;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    place: Place::Base,
    path: "/phone",
    scopes: SECURITY,
    operation: "phone_set",
    summary: "Sends a code to a new phone number.",
    errors: errors::ADDRESS_SET,
    step_up: &[Purpose::AddPhone, Purpose::ChangePhone],
    request: Some(Document::json::<PhoneSetRequest>),
    response: Document::json::<CodeSentView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    Plain(request): Plain<PhoneSetRequest>,
) -> Result<Json<CodeSentView>, Failure> {
    identifiers::set(&state, &PHONE, actor, request.from, &request.number).await.map(Json)
}
