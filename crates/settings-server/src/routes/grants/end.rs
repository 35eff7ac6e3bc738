//! `DELETE {base}/grants/{id}`: ends the access of one app.

use std::sync::Arc;

use account_api::error::Code;
use account_api::sessions::SessionsEndedView;
use account_api::step_up::Purpose;
use axum::Json;
use axum::extract::State;

use crate::actor::Actor;
use crate::error::Failure;
use crate::journal::{self, Turn};
use crate::path_id::PathId;
use crate::sessions::SignedIn;
use crate::sessions::end::{self, Doomed};
use crate::state::AppState;
use crate::stepup;

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    PathId(id): PathId,
) -> Result<Json<SessionsEndedView>, Failure> {
    let who = actor.who.clone();
    let work = {
        let state = Arc::clone(&state);
        |turn| async move { write(&state, &turn, &actor, &id).await }
    };
    journal::change(&state, who, "grant_end", work).await.map(Json)
}

async fn write(state: &AppState, turn: &Turn, actor: &Actor, id: &str) -> Result<SessionsEndedView, Failure> {
    let (user, policy) = state.account(&actor.caller).await?;
    policy.sessions.demand_edit("sessions")?;
    if turn.was_done_before() {
        return end::nothing_more(state, actor).await;
    }
    let asked = (Purpose::EndSession, Some(id));
    let authority = stepup::demand(state, actor, &user, asked, turn.operation()).await?;
    let before = SignedIn::read(state, &actor.caller.user).await?;
    if !before.has_grant(id) {
        return Err(Failure::new(Code::SessionNotFound, "there is no such grant of this user"));
    }
    turn.keep_key().await?;
    authority.spend(state).await?;
    let doomed = Doomed { grants: [id.to_owned()].into(), ..Doomed::default() };
    end::end(state, turn, actor, &user, &before, &doomed).await
}
