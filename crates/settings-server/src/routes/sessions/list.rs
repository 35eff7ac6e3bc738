//! `GET {base}/sessions`: everything that is signed in. Listing needs no step-up, which is our deliberate deviation
//! from Logto: addresses are shortened and user agents parsed (B44).

use std::sync::Arc;

use account_api::error::ServerCode;
use account_api::sessions::SessionsView;
use axum::extract::State;
use axum::routing::on;

use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::routes::{SECURITY, errors};
use crate::sessions::{SignedIn, end};
use crate::state::AppState;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    base: RouteBase::Base,
    path: "/sessions",
    scopes: SECURITY,
    operation: "sessions_list",
    summary: "Returns everything that is signed in.",
    errors: &[errors::ACCOUNT, &[ServerCode::FieldNotEditable, ServerCode::InvalidValue]],
    step_up: &[],
    needs_instance: true,
    idempotent: false,
    request: None,
    response: Document::json::<SessionsView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
) -> Result<Json<SessionsView>, Failure> {
    let (account, signed_in) =
        tokio::join!(state.account(&actor.caller), SignedIn::read(&state, &actor.caller.user));
    let (_, policy) = account?;
    policy.sessions.demand_read("sessions")?;
    end::present(&state, &actor, &signed_in?).await.map(Json)
}
