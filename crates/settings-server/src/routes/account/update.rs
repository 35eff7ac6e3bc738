//! `PATCH {base}/account`: name and avatar.

use std::sync::Arc;

use account_api::account::{AccountUpdateRequest, AccountView};
use axum::Json;
use axum::extract::State;
use logto_client::types::UserChanges;

use crate::auth::{Authenticated, Caller};
use crate::body::Edits;
use crate::edit::{self, Review};
use crate::error::Failure;
use crate::policy::values;
use crate::state::AppState;
use crate::upstream::Purpose;
use crate::view::{self, present};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    Authenticated(caller): Authenticated,
    Edits(request): Edits<AccountUpdateRequest>,
) -> Result<Json<AccountView>, Failure> {
    edit::check("name", request.name.as_ref(), values::is_name)?;
    edit::check("avatar", request.avatar.as_ref(), values::is_https_url)?;

    let user = caller.user.clone();
    let work = {
        let state = Arc::clone(&state);
        async move { write(&state, &caller, &request).await }
    };
    state.locks.change(&user, work).await.map(Json)
}

/// Reads the account, compares and writes, under the user's lock.
async fn write(
    state: &AppState,
    caller: &Caller,
    request: &AccountUpdateRequest,
) -> Result<AccountView, Failure> {
    let (mut user, policy) = state.account(caller).await?;
    let mut review = Review::default();
    let changes = UserChanges {
        name: review.field("name", request.name.as_ref(), policy.name, || present(user.name.clone()))?,
        avatar: review
            .field("avatar", request.avatar.as_ref(), policy.avatar, || present(user.avatar.clone()))?,
        ..UserChanges::default()
    };
    review.finish(&user, &policy)?;
    if changes != UserChanges::default() {
        let purpose = Purpose::WriteUser(review.only_field());
        user = state.update_user(&caller.user, &changes, purpose).await?;
    }
    Ok(view::account(user, &policy))
}
