//! `POST {base}/email/confirm`: makes the proven e-mail address the user's own.

use account_api::account::AccountView;
use account_api::step_up::CodeConfirmRequest;
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
    path: "/email/confirm",
    scopes: SECURE_EDIT,
    operation: "email_confirm",
    summary: "Makes the e-mail address that a code proved the user's own.",
    errors: errors::ADDRESS_CONFIRM,
    step_up: &[],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<CodeConfirmRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<CodeConfirmRequest>,
) -> Result<Json<AccountView>, Failure> {
    identifiers::confirm(change, &EMAIL, request).await.map(Json)
}
