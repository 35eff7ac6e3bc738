//! `POST {base}/sessions/end-others`: ends every other session and every other grant (B16, B44).

use std::sync::Arc;

use account_api::error::Code;
use account_api::sessions::{CurrentSession, EndOthersRequest, SessionsEndedView};
use account_api::step_up::Purpose;
use axum::extract::State;
use axum::routing::on;

use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::Plain;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Place, Route};
use crate::journal::{self, Turn};
use crate::routes::{SECURITY, errors};
use crate::sessions::end::{self, Doomed};
use crate::sessions::{SignedIn, current};
use crate::state::AppState;
use crate::step_up;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    place: Place::Base,
    path: "/sessions/end-others",
    scopes: SECURITY,
    operation: "sessions_end_others",
    summary: "Ends every other session and every other grant.",
    errors: &[
        errors::ACCOUNT,
        errors::INSTANCE,
        errors::BODY,
        errors::STEP_UP,
        &[Code::FieldNotEditable, Code::SessionNotFound, Code::CurrentSessionUnknown],
    ],
    step_up: &[Purpose::EndOtherSessions],
    request: Some(Document::json::<EndOthersRequest>),
    response: Document::json::<SessionsEndedView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    Plain(request): Plain<EndOthersRequest>,
) -> Result<Json<SessionsEndedView>, Failure> {
    let who = actor.who.clone();
    let work = {
        let state = Arc::clone(&state);
        |turn| async move { write(&state, &turn, &actor, request.keep.as_deref()).await }
    };
    journal::sensitive(&state, who, "sessions_end_others", work).await.map(Json)
}

async fn write(
    state: &AppState,
    turn: &Turn,
    actor: &Actor,
    keep: Option<&str>,
) -> Result<SessionsEndedView, Failure> {
    let (user, policy) = state.account(&actor.caller).await?;
    policy.sessions.demand_edit("sessions")?;
    if turn.was_done_before() {
        return end::nothing_more(state, actor).await;
    }
    let before = SignedIn::read(state, &actor.caller.user).await?;
    let doomed = others(state, actor, &before, keep).await?;
    // The proof is bound to the session that was named, or to none.
    let asked = (Purpose::EndOtherSessions, Some(keep.unwrap_or_default()));
    let authority = step_up::demand(state, actor, &user, asked, turn.operation()).await?;
    turn.keep_key().await?;
    authority.spend(state).await?;
    // Before anything is ended: what another instance has proven serves nothing any more, and it must be introduced again.
    state.store.forget_other_instances(actor.owner()).await?;
    end::end(state, turn, actor, &user, &before, &doomed).await
}

/// Everything that is not this app's own. When nobody can tell which session that is, the person names it; nothing is
/// ended by guess.
async fn others(
    state: &AppState,
    actor: &Actor,
    before: &SignedIn,
    keep: Option<&str>,
) -> Result<Doomed, Failure> {
    let own = state.store.remembered_grant(actor.owner()).await?;
    match (current::current(state, actor.owner(), before).await?, keep) {
        (CurrentSession::Known { id }, None) => Ok(end::all_but(before, Some(&id), own.as_deref())),
        (CurrentSession::WithoutSession { grant }, None) => Ok(end::all_but(before, None, Some(&grant))),
        (CurrentSession::Known { id }, Some(keep)) if id == keep => {
            Ok(end::all_but(before, Some(&id), own.as_deref()))
        }
        (CurrentSession::Unknown, Some(keep)) => {
            let named = before.sessions.iter().find(|session| session.payload.uid == keep);
            let grant = named
                .and_then(|session| session.payload.authorizations.get(&actor.caller.client_id))
                .and_then(|authorization| authorization.grant_id.as_deref())
                .ok_or(Failure::invalid_value("keep"))?;
            Ok(end::all_but(before, Some(keep), Some(grant)))
        }
        (CurrentSession::Unknown, None) => {
            Err(Failure::new(Code::CurrentSessionUnknown, "it cannot be told which session is this app's"))
        }
        (_, Some(_)) => Err(Failure::invalid_value("keep")),
    }
}
