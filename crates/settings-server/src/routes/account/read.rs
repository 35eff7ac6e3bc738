//! `GET {base}/account`: the whole account in one answer.

use std::sync::Arc;

use account_api::account::AccountView;
use axum::extract::State;

use crate::answer::Json;
use crate::auth::Authenticated;
use crate::error::Failure;
use crate::state::AppState;
use crate::view;

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    Authenticated(caller): Authenticated,
) -> Result<Json<AccountView>, Failure> {
    let (user, rules) = state.recent_account(&caller).await?;
    Ok(Json(view::account(user, &rules)))
}
