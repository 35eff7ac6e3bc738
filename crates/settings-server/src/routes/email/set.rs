//! `POST {base}/email`: sends a code to a new e-mail address.

use std::sync::Arc;

use account_api::identifiers::EmailSetRequest;
use account_api::step_up::CodeSentView;
use axum::extract::State;

use crate::actor::Actor;
use crate::answer::Json;
use crate::body::Plain;
use crate::error::Failure;
use crate::identifiers::{self, EMAIL};
use crate::state::AppState;

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    Plain(request): Plain<EmailSetRequest>,
) -> Result<Json<CodeSentView>, Failure> {
    identifiers::set(&state, &EMAIL, actor, request.from, &request.address).await.map(Json)
}
