//! `PATCH {base}/account`: name and avatar.

use account_api::account::{AccountUpdateRequest, AccountView};
use account_api::error::ServerCode;
use axum::routing::on;
use logto_client::types::UserChanges;

use crate::account::edit::{self, Review};
use crate::account::view::{self, present};
use crate::audit_log::AuditField;
use crate::changes::{AccountChange, ChangeContext, Editor};
use crate::error::Failure;
use crate::http::body::PatchBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream::Purpose;
use crate::policy::values;
use crate::routes::{EDIT, errors};

pub(crate) const ROUTE: Route = Route {
    method: "PATCH",
    base: RouteBase::Base,
    path: "/account",
    scopes: EDIT,
    operation: "account_update",
    summary: "Changes name or avatar and returns the account as it is afterwards.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::FieldNotEditable, ServerCode::Conflict]],
    step_up: &[],
    needs_instance: false,
    idempotent: true,
    request: Some(Document::json::<AccountUpdateRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange,
    PatchBody(request): PatchBody<AccountUpdateRequest>,
) -> Result<Json<AccountView>, Failure> {
    edit::check("name", request.name.as_ref(), values::is_name)?;
    edit::check("avatar", request.avatar.as_ref(), values::is_avatar)?;

    change.run(move |change| async move { write(&change, &request).await }).await.map(Json)
}

/// Reads the account, compares and writes, under the user's lock.
async fn write(
    change: &ChangeContext<Editor>,
    request: &AccountUpdateRequest,
) -> Result<AccountView, Failure> {
    let (state, caller) = (&change.state, &change.sender.caller);
    let (mut user, rules) = state.whole_account(caller).await?;
    if change.is_replayed() {
        return Ok(view::account(user, &rules));
    }
    let mut review = Review::default();
    let changes = UserChanges {
        name: review.field("name", AuditField::Name, request.name.as_ref(), rules.policy.name, || {
            present(user.name.clone())
        })?,
        avatar: review.field(
            "avatar",
            AuditField::Avatar,
            request.avatar.as_ref(),
            rules.policy.avatar,
            || present(user.avatar.clone()),
        )?,
        ..UserChanges::default()
    };
    let purpose = Purpose::WriteUser(review.only_field());
    if let Some(intent) = review.finish(&user, &rules)? {
        user = change.apply(intent, state.update_user(&caller.user, &user, &changes, purpose)).await?;
    }
    Ok(view::account(user, &rules))
}
