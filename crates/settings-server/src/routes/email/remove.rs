//! `POST {base}/email/remove`: removes the e-mail address.

use std::sync::Arc;

use account_api::account::AccountView;
use account_api::identifiers::EmailRemoveRequest;
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
    Plain(request): Plain<EmailRemoveRequest>,
) -> Result<Json<AccountView>, Failure> {
    identifiers::remove(&state, &EMAIL, actor, request.from).await.map(Json)
}
