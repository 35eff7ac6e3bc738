//! `DELETE {base}/grants/{id}`: ends the access of one app.

use account_api::error::ServerCode;
use account_api::sessions::SessionsEndedView;
use account_api::step_up::Purpose;
use axum::routing::on;

use crate::changes::AccountChange;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::openapi::Document;
use crate::http::path_id::PathId;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::routes::{SECURITY, errors};
use crate::sessions::end::{self, RevocationTarget};

pub(crate) const ROUTE: Route = Route {
    method: "DELETE",
    base: RouteBase::Base,
    path: "/grants/{id}",
    scopes: SECURITY,
    operation: "grant_end",
    summary: "Ends the access of one app.",
    errors: &[
        errors::ACCOUNT,
        &[ServerCode::FieldNotEditable, ServerCode::InvalidValue, ServerCode::SessionNotFound],
    ],
    step_up: &[Purpose::EndSession],
    needs_instance: true,
    idempotent: true,
    request: None,
    response: Document::json::<SessionsEndedView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    PathId(id): PathId,
) -> Result<Json<SessionsEndedView>, Failure> {
    change
        .run(move |change| async move { end::end_one(&change, RevocationTarget::Grant, &id).await })
        .await
        .map(Json)
}
