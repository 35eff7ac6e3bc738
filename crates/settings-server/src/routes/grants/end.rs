//! `DELETE {base}/grants/{id}`: ends the access of one app.

use std::sync::Arc;

use account_api::sessions::SessionsEndedView;
use axum::extract::State;

use crate::actor::Actor;
use crate::answer::Json;
use crate::error::Failure;
use crate::journal;
use crate::path_id::PathId;
use crate::sessions::end::{self, One};
use crate::state::AppState;

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    PathId(id): PathId,
) -> Result<Json<SessionsEndedView>, Failure> {
    let who = actor.who.clone();
    let work = {
        let state = Arc::clone(&state);
        |turn| async move { end::end_one(&state, &turn, &actor, One::Grant, &id).await }
    };
    journal::sensitive(&state, who, "grant_end", work).await.map(Json)
}
