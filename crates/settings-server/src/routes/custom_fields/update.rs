//! `PATCH {base}/account/custom-fields`: the fields that the organisation adds (B23).
//!
//! A key can be written only if a definition names it, and only with a value that fits. Logto's merge replaces whole
//! keys and cannot remove one, so that a cleared field stays as `null`.

use account_api::account::{AccountView, Change};
use account_api::custom_fields::{CustomFieldsUpdateRequest, CustomValue};
use account_api::error::ServerCode;
use axum::routing::on;
use logto_client::types::CustomData;

use crate::account::edit::Review;
use crate::account::view;
use crate::audit_log::AuditField;
use crate::changes::{AccountChange, ChangeContext, Editor};
use crate::custom_fields::{self, Definition, LARGEST_CUSTOM_DATA};
use crate::error::Failure;
use crate::http::body::PatchBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream::{self, Purpose};
use crate::routes::{EDIT, errors};

pub(crate) const ROUTE: Route = Route {
    method: "PATCH",
    base: RouteBase::Base,
    path: "/account/custom-fields",
    scopes: EDIT,
    operation: "custom_fields_update",
    summary: "Changes fields that the organisation adds and returns the account as it is afterwards.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::FieldNotEditable, ServerCode::Conflict]],
    step_up: &[],
    needs_instance: false,
    idempotent: true,
    request: Some(Document::json::<CustomFieldsUpdateRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange,
    PatchBody(request): PatchBody<CustomFieldsUpdateRequest>,
) -> Result<Json<AccountView>, Failure> {
    change.run(move |change| async move { write(&change, &request).await }).await.map(Json)
}

/// Reads the account, compares and writes, under the user's lock.
async fn write(
    change: &ChangeContext<Editor>,
    request: &CustomFieldsUpdateRequest,
) -> Result<AccountView, Failure> {
    let (state, caller) = (&change.state, &change.sender.caller);
    let (mut user, rules) = state.whole_account(caller).await?;
    if change.is_replayed() {
        return Ok(view::account(user, &rules));
    }
    let mut review = Review::default();
    let mut changes = CustomData::new();
    for (name, edit) in &request.0 {
        let definition = rules.custom_fields.iter().find(|definition| definition.name == *name);
        let definition = definition.ok_or_else(|| not_offered(name))?;
        let access = custom_fields::access(definition, &user.custom_data, rules.policy.custom_data);
        let present = || definition.read(&user.custom_data);
        if let Some(value) =
            review.field(name.clone(), AuditField::Custom(name.clone()), Some(edit), access, present)?
        {
            check(definition, edit)?;
            changes.insert(name.clone(), custom_fields::to_json(value.as_ref()));
        }
    }
    if let Some(intent) = review.finish(&user, &rules)? {
        check_size(&user.custom_data, &changes)?;
        let write = async {
            let answer = state.logto.update_custom_data(&caller.user, &changes).await;
            answer.map_err(|error| upstream::failure(&error, Purpose::WriteUser(None)))
        };
        user.custom_data = change.apply(intent, write).await?;
    }
    Ok(view::account(user, &rules))
}

/// Returns `field_not_editable`, whether the field does not exist or is off: the account says that already.
fn not_offered(name: &str) -> Failure {
    Failure::new(ServerCode::FieldNotEditable, "this field may not be changed").of_field(name.to_owned())
}

fn check(definition: &Definition, edit: &Change<CustomValue>) -> Result<(), Failure> {
    let fits = match &edit.to {
        Some(value) => definition.kind.takes(value),
        None => !definition.required,
    };
    if fits { Ok(()) } else { Err(Failure::invalid_value(definition.name.clone())) }
}

/// Refuses custom data that grow beyond the limit. If another program made them larger, they can still be changed, as
/// long as they do not grow.
fn check_size(present: &CustomData, changes: &CustomData) -> Result<(), Failure> {
    let size = |data: &CustomData| serde_json::to_string(data).map_or(usize::MAX, |text| text.len());
    let mut after = present.clone();
    after.extend(changes.clone());
    if size(&after) <= LARGEST_CUSTOM_DATA.max(size(present)) {
        return Ok(());
    }
    Err(Failure::new(ServerCode::InvalidValue, "the account holds too much already"))
}
