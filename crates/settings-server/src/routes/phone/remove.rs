//! `POST {base}/phone/remove`: removes the phone number.

use std::sync::Arc;

use account_api::account::AccountView;
use account_api::identifiers::PhoneRemoveRequest;
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
    Plain(request): Plain<PhoneRemoveRequest>,
) -> Result<Json<AccountView>, Failure> {
    identifiers::remove(&state, &PHONE, actor, request.from).await.map(Json)
}
