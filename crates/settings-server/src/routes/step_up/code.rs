//! `POST {base}/step-up/code`: sends a code to a present address.

use std::sync::Arc;

use account_api::step_up::{CodeSentView, StepUpCodeRequest};
use axum::extract::State;

use crate::actor::Actor;
use crate::answer::Json;
use crate::body::Plain;
use crate::error::Failure;
use crate::policy::limits;
use crate::state::AppState;
use crate::stepup::challenge::{self, refused};
use crate::stepup::methods::Means;
use crate::stepup::purpose::rules;
use crate::verification::send::{self, BackedBy};
use crate::verification::{Address, Kind};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    actor: Actor,
    Plain(request): Plain<StepUpCodeRequest>,
) -> Result<Json<CodeSentView>, Failure> {
    // Under the user's lock: two sends at once would reach Logto in an order that nobody knows.
    let user = actor.caller.user.clone();
    let work = {
        let state = Arc::clone(&state);
        |_| async move { send_code(&state, &actor, &request).await }
    };
    state.locks.change_under(&user, work).await.map(Json)
}

async fn send_code(
    state: &AppState,
    actor: &Actor,
    request: &StepUpCodeRequest,
) -> Result<CodeSentView, Failure> {
    let user = state.present_user(&actor.caller).await?;
    let (nonce, challenge) = challenge::find(state, actor, &request.nonce).await?;
    let means = Means::read(state, &actor.caller, user).await?;
    // A code beside a fresh sign-in on others' word needs no more than that; alone it must count.
    let may_be_alone = !(means.asks_for_factor && rules(challenge.purpose).wants_highest());
    if !challenge.signed_in && !may_be_alone {
        return Err(refused());
    }
    let text = means.address(state, challenge.purpose, request.route).await?.ok_or(refused())?;
    let address = Address::new(request.route, text);
    let subject = nonce.bytes();
    send::send(state, actor, (Kind::StepUp, &subject), &address, limits::Address::Present, BackedBy::Proof)
        .await
}
