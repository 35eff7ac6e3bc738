//! `POST {base}/sessions/current`: introduces the app instance by the ID token of its ordinary sign-in or of a refresh
//! (decision 31), and returns which session is this app's.

use std::sync::Arc;

use account_api::error::ServerCode;
use account_api::sessions::{CurrentSession, CurrentSessionRequest};
use axum::extract::State;
use axum::routing::on;
use sha2::{Digest, Sha256};

use crate::auth::instances::{self, Card};
use crate::error::Failure;
use crate::http::actor::Newcomer;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::routes::{SECURITY, errors};
use crate::sessions::{SignedIn, current};
use crate::state::AppState;
use crate::step_up::challenge::refused;
use crate::step_up::{id_token, session};

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/sessions/current",
    scopes: SECURITY,
    operation: "sessions_current",
    summary: "Introduces the app instance by an ID token of its sign-in, and returns which session is this app's.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::StepUpRefused]],
    step_up: &[],
    needs_instance: true,
    idempotent: false,
    request: Some(Document::json::<CurrentSessionRequest>),
    response: Document::json::<CurrentSession>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    Newcomer(actor): Newcomer,
    JsonBody(request): JsonBody<CurrentSessionRequest>,
) -> Result<Json<CurrentSession>, Failure> {
    let text = request.id_token.expose();
    // A token that is not valid causes no request to Logto.
    let token = id_token::verify(&state, text, &actor.caller.client_id).await?;
    if token.sub != actor.caller.user.as_str() {
        return Err(refused());
    }
    if instances::is_proof(&token) {
        return Err(instances::unknown());
    }
    state.fair.introduction(&actor.caller.user, &Sha256::digest(text)).await?;
    let (present, signed_in) =
        tokio::join!(state.present_user_and_time(&actor.caller), SignedIn::read(&state, &actor.caller.user));
    let ((user, logto_now), signed_in) = (present?, signed_in?);
    if let Some(session) = current::session_of_token(&signed_in, &actor.caller.client_id, &token) {
        let evidence = session::evidence(&state, &user, session).await?;
        session::refuse_another_address(&state, &actor, &evidence, "sessions_current").await?;
    }
    let card = Card { text, token: &token, user: &user, logto_now, signed_in: &signed_in };
    instances::introduce(&state, &actor, &card).await?;
    current::current(&state, actor.owner(), &signed_in).await.map(Json)
}
