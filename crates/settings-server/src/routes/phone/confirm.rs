//! `POST {base}/phone/confirm`: makes the phone number that was proven the person's own.

use std::sync::Arc;

use account_api::account::AccountView;
use account_api::step_up::CodeConfirmRequest;
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
    Plain(request): Plain<CodeConfirmRequest>,
) -> Result<Json<AccountView>, Failure> {
    identifiers::confirm(&state, &PHONE, actor, request).await.map(Json)
}
