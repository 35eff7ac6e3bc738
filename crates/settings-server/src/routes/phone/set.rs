//! `POST {base}/phone`: sends a code to a new phone number.

use std::sync::Arc;

use account_api::identifiers::PhoneSetRequest;
use account_api::step_up::CodeSentView;
use axum::extract::State;

use crate::actor::Actor;
use crate::answer::Json;
use crate::body::Plain;
use crate::error::Failure;
use crate::identifiers::{self, PHONE};
use crate::state::AppState;

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    Plain(request): Plain<PhoneSetRequest>,
) -> Result<Json<CodeSentView>, Failure> {
    identifiers::set(&state, &PHONE, actor, request.from, &request.number).await.map(Json)
}
