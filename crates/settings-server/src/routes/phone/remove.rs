//! `POST {base}/phone/remove`: removes the phone number.

use account_api::account::AccountView;
use account_api::identifiers::PhoneRemoveRequest;
use account_api::step_up::Purpose;
use axum::routing::on;

use crate::changes::AccountChange;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::identifiers::{self, PHONE};
use crate::routes::{SECURE_EDIT, errors};

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/phone/remove",
    scopes: SECURE_EDIT,
    operation: "phone_remove",
    summary: "Removes the phone number.",
    errors: errors::ADDRESS_REMOVE,
    step_up: &[Purpose::RemovePhone],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<PhoneRemoveRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<PhoneRemoveRequest>,
) -> Result<Json<AccountView>, Failure> {
    identifiers::remove(change, &PHONE, request.from).await.map(Json)
}
