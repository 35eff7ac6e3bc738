//! `DELETE {base}/sessions/{id}`: ends one browser session with its grants.

use std::sync::Arc;

use account_api::error::Code;
use account_api::sessions::SessionsEndedView;
use account_api::step_up::Purpose;
use axum::extract::State;
use axum::routing::on;

use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::openapi::Document;
use crate::http::path_id::PathId;
use crate::http::response::Json;
use crate::http::router::{Place, Route};
use crate::journal;
use crate::routes::{SECURITY, errors};
use crate::sessions::end::{self, One};
use crate::state::AppState;

pub(crate) const ROUTE: Route = Route {
    method: "DELETE",
    place: Place::Base,
    path: "/sessions/{id}",
    scopes: SECURITY,
    operation: "session_end",
    summary: "Ends one browser session with its grants.",
    errors: &[
        errors::ACCOUNT,
        errors::INSTANCE,
        errors::STEP_UP,
        &[Code::FieldNotEditable, Code::InvalidValue, Code::SessionNotFound],
    ],
    step_up: &[Purpose::EndSession],
    request: None,
    response: Document::json::<SessionsEndedView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    PathId(id): PathId,
) -> Result<Json<SessionsEndedView>, Failure> {
    let who = actor.who.clone();
    let work = {
        let state = Arc::clone(&state);
        |turn| async move { end::end_one(&state, &turn, &actor, One::Session, &id).await }
    };
    journal::sensitive(&state, who, "session_end", work).await.map(Json)
}
