//! `POST {base}/email`: sends a code to a new e-mail address.

use account_api::identifiers::EmailSetRequest;
use account_api::step_up::{CodeSentView, Purpose};
use axum::routing::on;

use crate::changes::AccountChange;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::identifiers::{self, EMAIL};
use crate::routes::{SECURITY, errors};

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/email",
    scopes: SECURITY,
    operation: "email_set",
    summary: "Sends a code to a new e-mail address.",
    errors: errors::ADDRESS_SET,
    step_up: &[Purpose::AddEmail, Purpose::ChangeEmail],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<EmailSetRequest>),
    response: Document::json::<CodeSentView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<EmailSetRequest>,
) -> Result<Json<CodeSentView>, Failure> {
    identifiers::set(change, &EMAIL, request.from, &request.address).await.map(Json)
}
