//! `POST {base}/step-up/code/confirm`: the code that came to a present address.

use std::sync::Arc;

use account_api::error::ServerCode;
use account_api::step_up::{CodeRoute, StepUpAnswer, StepUpCodeConfirmRequest};
use axum::extract::State;
use axum::routing::on;

use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::routes::{SECURITY, errors};
use crate::state::AppState;
use crate::step_up::challenge::{self, refused};
use crate::step_up::decision::Decision;
use crate::step_up::evidence::Evidence;
use crate::step_up::issue;
use crate::step_up::methods::StepUpOptions;
use crate::verification::{Kind, confirm};

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/step-up/code/confirm",
    scopes: SECURITY,
    operation: "step_up_code_confirm",
    summary: "Proves a step-up with the code that was sent.",
    errors: &[errors::ACCOUNT, errors::BODY, errors::CODE, &[ServerCode::StepUpRefused]],
    step_up: &[],
    needs_instance: true,
    idempotent: false,
    request: Some(Document::json::<StepUpCodeConfirmRequest>),
    response: Document::json::<StepUpAnswer>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    JsonBody(request): JsonBody<StepUpCodeConfirmRequest>,
) -> Result<Json<StepUpAnswer>, Failure> {
    state.present_user(&actor.caller).await?;
    let (nonce, challenge) = challenge::find(&state, &actor, request.nonce.expose()).await?;
    let shown = (request.transaction.expose(), &request.code);
    let proven = confirm::confirm(&state, &actor, Kind::StepUp, shown, &nonce.bytes()).await?;
    let user = state.present_user(&actor.caller).await?;
    // The account may have changed since the code was sent: the address must still be the present one, and count.
    let options = StepUpOptions::read(&state, &actor.caller, &user).await?;
    let route = proven.address.route;
    if options.address(route) != Some(&proven.address) {
        return Err(refused());
    }
    let Decision::Granted(granted) = options.decide(challenge.purpose, &Evidence::of_code(route)) else {
        return Err(refused());
    };
    let proof = match route {
        CodeRoute::Email => "email",
        CodeRoute::Phone => "phone",
    };
    issue::grant(&state, &actor, &nonce, &challenge, (proof, granted)).await.map(Json)
}
