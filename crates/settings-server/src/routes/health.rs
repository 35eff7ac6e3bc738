//! `/livez` and `/readyz`: one word each, and no details for strangers (B38).

use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::routing::on;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::state::AppState;

pub(crate) const READY: Route = Route {
    method: "GET",
    base: RouteBase::Root,
    path: "/readyz",
    scopes: &[],
    operation: "ready",
    summary: "Whether the server is ready for requests; 503 when it is not.",
    errors: &[],
    step_up: &[],
    needs_instance: false,
    idempotent: false,
    request: None,
    response: Document::json::<HealthView>,
    handler: |method| on(method, ready),
};

pub(crate) const LIVE: Route = Route {
    method: "GET",
    base: RouteBase::Root,
    path: "/livez",
    scopes: &[],
    operation: "live",
    summary: "Whether the process answers at all.",
    errors: &[],
    step_up: &[],
    needs_instance: false,
    idempotent: false,
    request: None,
    response: Document::json::<HealthView>,
    handler: |method| on(method, live),
};

/// How long an answer about readiness is cached, so that no client decides how often Logto gets a request.
const READINESS_LIVES_MS: u64 = 5_000;

/// The answer of both routes.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthView {
    /// `ok` or `unavailable`.
    status: &'static str,
}

/// Answers that the process runs; nothing else is checked.
pub(crate) async fn live() -> Json<HealthView> {
    Json(HealthView { status: "ok" })
}

/// Answers whether Logto's keys and a Management API token are available, and the store answers.
pub(crate) async fn ready(State(state): State<Arc<AppState>>) -> (StatusCode, Json<HealthView>) {
    let now = state.clock.now_unix_ms();
    let known = *state.readiness.lock().unwrap_or_else(PoisonError::into_inner);
    let ready = match known.filter(|(asked_ms, _)| now.abs_diff(*asked_ms) < READINESS_LIVES_MS) {
        Some((_, ready)) => ready,
        None => {
            let (keys, token, store) =
                tokio::join!(state.authenticator.is_ready(), state.logto.authorise(), state.store.is_ready());
            let ready = keys && token.is_ok() && store;
            *state.readiness.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, ready));
            ready
        }
    };
    if ready {
        (StatusCode::OK, Json(HealthView { status: "ok" }))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(HealthView { status: "unavailable" }))
    }
}
