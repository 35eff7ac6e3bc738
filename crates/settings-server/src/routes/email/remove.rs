//! `POST {base}/email/remove`: removes the e-mail address.

use account_api::account::AccountView;
use account_api::identifiers::EmailRemoveRequest;
use account_api::step_up::Purpose;
use axum::routing::on;

use crate::changes::AccountChange;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::identifiers::{self, EMAIL};
use crate::routes::{SECURE_EDIT, errors};

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/email/remove",
    scopes: SECURE_EDIT,
    operation: "email_remove",
    summary: "Removes the e-mail address.",
    errors: errors::ADDRESS_REMOVE,
    step_up: &[Purpose::RemoveEmail],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<EmailRemoveRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<EmailRemoveRequest>,
) -> Result<Json<AccountView>, Failure> {
    identifiers::remove(change, &EMAIL, request.from).await.map(Json)
}
