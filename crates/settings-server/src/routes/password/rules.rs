//! `GET {base}/password`: the tenant's rules, as far as a page can check them while a user types.

use std::sync::Arc;

use account_api::error::ServerCode;
use account_api::limits::LIMITS;
use account_api::password::PasswordRules;
use axum::extract::State;
use axum::routing::on;
use logto_client::types::PasswordPolicy;

use crate::auth::bearer::Authenticated;
use crate::error::Failure;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream;
use crate::routes::{SECURITY, errors};
use crate::state::AppState;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    base: RouteBase::Base,
    path: "/password",
    scopes: SECURITY,
    operation: "password_rules",
    summary: "Returns the tenant's rules for passwords.",
    errors: &[errors::ACCOUNT, &[ServerCode::FieldNotEditable]],
    step_up: &[],
    needs_instance: false,
    idempotent: false,
    request: None,
    response: Document::json::<PasswordRules>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    Authenticated(caller): Authenticated,
) -> Result<Json<PasswordRules>, Failure> {
    let (account, experience) = tokio::join!(state.account(&caller), state.tenant.sign_in_experience());
    let (_, policy) = account?;
    policy.password.demand_read("password")?;
    let experience = experience.map_err(|error| upstream::failure(&error, upstream::Purpose::Tenant))?;
    Ok(Json(rules(&experience.password_policy)))
}

fn rules(policy: &PasswordPolicy) -> PasswordRules {
    let longest = u32::try_from(LIMITS.password).unwrap_or(u32::MAX);
    PasswordRules {
        min_length: policy.length.min,
        max_length: policy.length.max.min(longest),
        min_character_types: policy.character_types.min,
        rejects_breached: policy.rejects.pwned,
        rejects_repetition: policy.rejects.repetition_and_sequence,
        rejects_user_info: policy.rejects.user_info,
        rejected_words: policy.rejects.words.clone(),
    }
}
