//! `GET {base}/sessions`: everything that is signed in. Listing needs no step-up, which is our deliberate deviation from
//! Logto: addresses are shortened and user agents parsed (B44).

use std::sync::Arc;

use account_api::sessions::SessionsView;
use axum::extract::State;

use crate::actor::Actor;
use crate::answer::Json;
use crate::error::Failure;
use crate::sessions::{SignedIn, end};
use crate::state::AppState;

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
) -> Result<Json<SessionsView>, Failure> {
    let (account, signed_in) =
        tokio::join!(state.account(&actor.caller), SignedIn::read(&state, &actor.caller.user));
    let (_, policy) = account?;
    policy.sessions.demand_read("sessions")?;
    end::present(&state, &actor, &signed_in?).await.map(Json)
}
