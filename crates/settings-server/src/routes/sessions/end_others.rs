//! `POST {base}/sessions/end-others`: ends every other session and every other grant (B16, B44).

use account_api::error::ServerCode;
use account_api::sessions::{CurrentSession, EndOthersRequest, SessionsEndedView};
use account_api::step_up::Purpose;
use axum::routing::on;

use crate::changes::{AccountChange, ChangeContext};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::routes::{SECURITY, errors};
use crate::sessions::end::{self, RevocationSet};
use crate::sessions::{SignedIn, current};
use crate::state::AppState;
use crate::step_up;

pub(crate) const ROUTE: Route = Route {
    method: "POST",
    base: RouteBase::Base,
    path: "/sessions/end-others",
    scopes: SECURITY,
    operation: "sessions_end_others",
    summary: "Ends every other session and every other grant.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[ServerCode::FieldNotEditable, ServerCode::SessionNotFound, ServerCode::CurrentSessionUnknown],
    ],
    step_up: &[Purpose::EndOtherSessions],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<EndOthersRequest>),
    response: Document::json::<SessionsEndedView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<EndOthersRequest>,
) -> Result<Json<SessionsEndedView>, Failure> {
    change.run(move |change| async move { write(&change, request.keep.as_deref()).await }).await.map(Json)
}

async fn write(change: &ChangeContext<Actor>, keep: Option<&str>) -> Result<SessionsEndedView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let (user, policy) = state.account(&actor.caller).await?;
    policy.sessions.demand_edit("sessions")?;
    if change.is_replayed() {
        return end::nothing_more(state, actor).await;
    }
    let before = SignedIn::read(state, &actor.caller.user).await?;
    let revoked = others(state, actor, &before, keep).await?;
    // The proof is bound to the session that was named, or to none.
    let step_up_request = (Purpose::EndOtherSessions, Some(keep.unwrap_or_default()));
    let authority = step_up::demand(state, actor, &user, step_up_request, change.operation()).await?;
    change.keep_key().await?;
    authority.spend(state).await?;
    // Before anything is ended: the proofs of other instances are no longer valid, and these must be introduced again.
    state.store.forget_other_instances(actor.owner()).await?;
    end::end(change, &user, &before, &revoked).await
}

/// Returns everything that is not this app's own. When its session is unknown, the user names it; no session is ended
/// on a guess.
async fn others(
    state: &AppState,
    actor: &Actor,
    before: &SignedIn,
    keep: Option<&str>,
) -> Result<RevocationSet, Failure> {
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
            Err(Failure::new(ServerCode::CurrentSessionUnknown, "it is unknown which session is this app's"))
        }
        (_, Some(_)) => Err(Failure::invalid_value("keep")),
    }
}
