//! `POST {base}/sessions/current`: which session is this app's, told by the ID token of its ordinary sign-in (§6.7).

use std::sync::Arc;

use account_api::sessions::{CurrentSession, CurrentSessionRequest};
use axum::extract::State;

use crate::actor::Actor;
use crate::answer::Json;
use crate::body::Plain;
use crate::error::Failure;
use crate::sessions::{SignedIn, current};
use crate::state::AppState;
use crate::stepup::challenge::refused;
use crate::stepup::{id_token, session};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    Plain(request): Plain<CurrentSessionRequest>,
) -> Result<Json<CurrentSession>, Failure> {
    let token = id_token::verify(&state, request.id_token.expose(), &actor.caller.client_id).await?;
    if token.sub != actor.caller.user.as_str() {
        return Err(refused());
    }
    let user = state.present_user(&actor.caller).await?;
    let signed_in = SignedIn::read(&state, &actor.caller.user).await?;
    if let Some(session) = current::session_of_token(&signed_in, &actor.caller.client_id, &token) {
        let evidence = session::evidence(&state, &user, session).await?;
        session::refuse_another_address(&state, &actor, &evidence, "sessions_current").await?;
    }
    if let Some(grant) = current::grant_of_token(&signed_in, &actor.caller.client_id, &token) {
        state.store.remember_grant(actor.owner(), &grant).await?;
    }
    current::current(&state, actor.owner(), &signed_in).await.map(Json)
}
