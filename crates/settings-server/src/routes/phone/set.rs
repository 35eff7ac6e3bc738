//! `POST {base}/phone`: sends a code to a new phone number.

use account_api::identifiers::PhoneSetRequest;
use account_api::step_up::{CodeSentView, Purpose};
use axum::routing::on;

use crate::changes::AccountChange;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::identifiers::{self, PHONE};
use crate::routes::{SECURITY, errors};

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/phone",
    scopes: SECURITY,
    operation: "phone_set",
    summary: "Sends a code to a new phone number.",
    errors: errors::ADDRESS_SET,
    step_up: &[Purpose::AddPhone, Purpose::ChangePhone],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<PhoneSetRequest>),
    response: Document::json::<CodeSentView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<PhoneSetRequest>,
) -> Result<Json<CodeSentView>, Failure> {
    identifiers::set(change, &PHONE, request.from, &request.number).await.map(Json)
}
