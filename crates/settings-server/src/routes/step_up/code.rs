//! `POST {base}/step-up/code`: sends a code to a present address.

use std::sync::Arc;

use account_api::error::ServerCode;
use account_api::step_up::{CodeSentView, StepUpCodeRequest};
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
use crate::step_up::methods::StepUpOptions;
use crate::step_up::origin::Origin;
use crate::verification::Kind;
use crate::verification::send::{self, CodeAuthorization};

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/step-up/code",
    scopes: SECURITY,
    operation: "step_up_code",
    summary: "Sends a code to a present address.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::StepUpRefused]],
    step_up: &[],
    needs_instance: true,
    idempotent: false,
    request: Some(Document::json::<StepUpCodeRequest>),
    response: Document::json::<CodeSentView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    JsonBody(request): JsonBody<StepUpCodeRequest>,
) -> Result<Json<CodeSentView>, Failure> {
    // Under the user's lock: two concurrent sends would reach Logto in an unknown order.
    let user = actor.caller.user.clone();
    state.fair.change(&actor.context).await?;
    let work = {
        let state = Arc::clone(&state);
        |_| async move { send_code(&state, &actor, &request).await }
    };
    state.locks.run(&user, work).await.map(Json)
}

async fn send_code(
    state: &AppState,
    actor: &Actor,
    request: &StepUpCodeRequest,
) -> Result<CodeSentView, Failure> {
    let user = state.present_user(&actor.caller).await?;
    let (nonce, challenge) = challenge::find(state, actor, request.nonce.expose()).await?;
    let options = StepUpOptions::read(state, &actor.caller, &user).await?;
    // A code that would not count is not sent.
    let decision = options.decide(challenge.purpose, &Evidence::of_code(request.route));
    let Some(address) = options.address(request.route).filter(|_| matches!(decision, Decision::Granted(_)))
    else {
        return Err(refused());
    };
    // Nothing is bound with a code of a step-up: its grant has the origin.
    let authorization = CodeAuthorization::Proof(Origin::Unknown);
    send::send(state, actor, (Kind::StepUp, &nonce.bytes()), address, authorization).await
}
