//! `POST {base}/step-up/password`: the present password (B14).

use std::sync::Arc;
use std::time::Duration;

use account_api::error::ServerCode;
use account_api::limits::LIMITS;
use account_api::step_up::{StepUpAnswer, StepUpPasswordRequest};
use axum::extract::State;
use axum::routing::on;
use secrecy::SecretString;

use crate::audit_log;
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::policy::limits;
use crate::routes::{SECURITY, errors};
use crate::state::AppState;
use crate::step_up::decision::Decision;
use crate::step_up::evidence::Evidence;
use crate::step_up::methods::StepUpOptions;
use crate::step_up::{challenge, issue};
use crate::store::limits::refund;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/step-up/password",
    scopes: SECURITY,
    operation: "step_up_password",
    summary: "Proves a step-up with the present password.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::StepUpRefused, ServerCode::PasswordWrong]],
    step_up: &[],
    needs_instance: true,
    idempotent: false,
    request: Some(Document::json::<StepUpPasswordRequest>),
    response: Document::json::<StepUpAnswer>,
    handler: |method| on(method, handle),
};

/// Every refusal takes at least this long, so that its time does not tell whether there is a password at all.
const REFUSAL_TAKES: Duration = Duration::from_millis(300);

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    JsonBody(request): JsonBody<StepUpPasswordRequest>,
) -> Result<Json<StepUpAnswer>, Failure> {
    let began = tokio::time::Instant::now();
    let password = request.password.expose();
    if password.is_empty() || password.chars().count() > LIMITS.password || password.contains('\0') {
        return Err(Failure::invalid_value("password"));
    }
    let user = state.present_user(&actor.caller).await?;
    let (nonce, challenge) = challenge::find(&state, &actor, request.nonce.expose()).await?;
    let tried =
        limits::password_try(&state.store, &state.config.budgets, &actor.caller.user, actor.context.ip)
            .await?;
    let password = SecretString::from(password);
    // Checked although it cannot count: the answer and its time must be those of a wrong password.
    let answer = state.logto.verify_password(&actor.caller.user, &password).await;
    // Decided afterwards: a password that is being set meanwhile has its record before Logto gets it.
    let decision = match &answer {
        Ok(()) => StepUpOptions::read(&state, &actor.caller, &user)
            .await?
            .decide(challenge.purpose, &Evidence::of_password()),
        Err(_) => Decision::Refused,
    };
    match (answer, decision) {
        (Ok(()), Decision::Granted(granted)) => {
            refund(&state.store, tried).await?;
            issue::grant(&state, &actor, &nonce, &challenge, ("password", granted)).await.map(Json)
        }
        (Err(error), _) if error.code() != Some("session.invalid_credentials") => {
            refund(&state.store, tried).await?;
            Err(upstream::failure(&error, upstream::Purpose::ReadUser))
        }
        _ => {
            audit_log::record(&state, &actor.context, "step_up", "password_wrong", None).await?;
            tokio::time::sleep_until(began + REFUSAL_TAKES).await;
            Err(Failure::new(ServerCode::PasswordWrong, "the password is not the present one"))
        }
    }
}
