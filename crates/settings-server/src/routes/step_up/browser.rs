//! `POST {base}/step-up/browser`: a fresh sign-in in the system browser (B9, B42, decision 28).

use std::sync::Arc;

use account_api::error::{Detail, ServerCode};
use account_api::step_up::{StepUpAnswer, StepUpBrowserRequest};
use axum::extract::State;
use axum::routing::on;

use crate::audit_log;
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
use crate::step_up::methods::StepUpOptions;
use crate::step_up::origin::Origin;
use crate::step_up::{id_token, issue, session};
use crate::text::foreign::cleaned;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/step-up/browser",
    scopes: SECURITY,
    operation: "step_up_browser",
    summary: "Proves a step-up with a fresh sign-in in the system browser.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::StepUpRefused, ServerCode::StepUpOtherPerson]],
    step_up: &[],
    needs_instance: true,
    idempotent: false,
    request: Some(Document::json::<StepUpBrowserRequest>),
    response: Document::json::<StepUpAnswer>,
    handler: |method| on(method, handle),
};

/// Longer names of another user are cut.
const LONGEST_NAME: usize = 64;

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    JsonBody(request): JsonBody<StepUpBrowserRequest>,
) -> Result<Json<StepUpAnswer>, Failure> {
    let user = state.present_user(&actor.caller).await?;
    let (nonce, challenge) = challenge::find(&state, &actor, request.nonce.expose()).await?;
    let token = id_token::verify(&state, request.id_token.expose(), &actor.caller.client_id).await?;
    if token.nonce.as_deref() != Some(request.nonce.expose()) {
        return Err(refused());
    }
    if token.sub != actor.caller.user.as_str() {
        let name = token.called.as_deref().and_then(|name| cleaned(name, LONGEST_NAME));
        let mut failure = Failure::new(ServerCode::StepUpOtherPerson, "another user signed in");
        failure.detail = Some(Detail::OtherPerson { name });
        return Err(failure);
    }
    // No leeway: both times are Logto's own. A silent authorization answers our nonce with an old `auth_time`.
    if token.auth_time.is_none_or(|time| time < challenge.issued_at) {
        return Err(refused());
    }

    let Some(evidence) = session::evidence_of(&state, &actor, &user, &token).await? else {
        tracing::info!("step-up: a sign-in fits no session, or several, and proves nothing");
        return Err(refused());
    };
    session::refuse_another_address(&state, &actor, &evidence, "step_up").await?;
    let options = StepUpOptions::read(&state, &actor.caller, &user).await?;
    let decision = options.decide(challenge.purpose, &evidence);
    if decision == Decision::Refused {
        state.fair.change(&actor.context).await?;
        audit_log::record(&state, &actor.context, "step_up", "browser_not_enough", None).await?;
        return Err(refused());
    }
    if !state.store.accept_sign_in(&nonce).await? {
        return Err(refused());
    }
    match decision {
        Decision::Granted(granted) => {
            let proof = if granted.origin == Origin::Federated { "browser_social" } else { "browser" };
            issue::grant(&state, &actor, &nonce, &challenge, (proof, granted)).await.map(Json)
        }
        Decision::More(alternatives) => {
            tracing::info!(
                "step-up: a sign-in alone does not prove this purpose, so another proof is required"
            );
            Ok(Json(StepUpAnswer::More { methods: options.shown(&alternatives) }))
        }
        Decision::Refused => Err(refused()),
    }
}
