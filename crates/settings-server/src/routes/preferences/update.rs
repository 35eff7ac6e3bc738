//! `PATCH {base}/account/preferences`: theme and language, kept in custom data under one key of ours.
//!
//! Logto replaces what is nested below a key, so the nested object is merged here; members of it that this
//! version does not know stay.

use account_api::account::{AccountView, PreferencesUpdateRequest};
use account_api::error::ServerCode;
use axum::routing::on;
use logto_client::types::CustomData;
use serde::Serialize;
use serde_json::Value;

use crate::account::edit::Review;
use crate::account::view::{self, PREFERENCES_KEY};
use crate::audit_log::AuditField;
use crate::changes::{AccountChange, ChangeContext, Editor};
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
    path: "/account/preferences",
    scopes: EDIT,
    operation: "preferences_update",
    summary: "Changes the preferences that follow the account and returns the account as it is afterwards.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::FieldNotEditable, ServerCode::Conflict]],
    step_up: &[],
    needs_instance: false,
    idempotent: true,
    request: Some(Document::json::<PreferencesUpdateRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange,
    PatchBody(request): PatchBody<PreferencesUpdateRequest>,
) -> Result<Json<AccountView>, Failure> {
    change.run(move |change| async move { write(&change, &request).await }).await.map(Json)
}

/// Reads the account, compares and writes, under the user's lock.
async fn write(
    change: &ChangeContext<Editor>,
    request: &PreferencesUpdateRequest,
) -> Result<AccountView, Failure> {
    let (state, caller) = (&change.state, &change.sender.caller);
    let (mut user, rules) = state.whole_account(caller).await?;
    let present = view::preferences(&user.custom_data);
    if change.is_replayed() {
        return Ok(view::account(user, &rules));
    }
    let mut review = Review::default();
    let theme = review.field(
        "theme",
        AuditField::Preference("theme".to_owned()),
        request.theme.as_ref(),
        rules.policy.custom_data,
        || present.theme,
    )?;
    let language = review.field(
        "language",
        AuditField::Preference("language".to_owned()),
        request.language.as_ref(),
        rules.policy.custom_data,
        || present.language,
    )?;
    let purpose = Purpose::WriteUser(review.only_field());
    if let Some(intent) = review.finish(&user, &rules)? {
        let mut ours = match user.custom_data.get(PREFERENCES_KEY) {
            Some(Value::Object(ours)) => ours.clone(),
            _ => CustomData::new(),
        };
        merge(&mut ours, "theme", theme);
        merge(&mut ours, "language", language);
        let changes = CustomData::from_iter([(PREFERENCES_KEY.to_owned(), Value::Object(ours))]);
        let write = async {
            let answer = state.logto.update_custom_data(&caller.user, &changes).await;
            answer.map_err(|error| upstream::failure(&error, purpose))
        };
        user.custom_data = change.apply(intent, write).await?;
    }
    Ok(view::account(user, &rules))
}

fn merge(ours: &mut CustomData, name: &str, change: Option<Option<impl Serialize>>) {
    match change {
        Some(Some(value)) => {
            ours.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        }
        Some(None) => {
            ours.remove(name);
        }
        None => {}
    }
}
