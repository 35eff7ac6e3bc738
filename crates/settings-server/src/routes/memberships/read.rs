//! `GET {base}/memberships`: the user's organisations and roles, which others decide.

use std::sync::Arc;

use account_api::memberships::{MembershipsView, OrganizationView, RoleView};
use axum::extract::State;
use axum::routing::on;
use logto_client::types::{Organization, Role};

use crate::auth::bearer::Authenticated;
use crate::error::Failure;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream::{self, Purpose};
use crate::routes::{READ, errors};
use crate::state::AppState;
use crate::text::foreign::cleaned;

pub(crate) const ROUTE: Route = Route {
    method: "GET",
    base: RouteBase::Base,
    path: "/memberships",
    scopes: READ,
    operation: "memberships_read",
    summary: "Returns the user's organisations and roles.",
    errors: &[errors::ACCOUNT],
    step_up: &[],
    needs_instance: false,
    idempotent: false,
    request: None,
    response: Document::json::<MembershipsView>,
    handler: |method| on(method, handle),
};

/// The maximum length of a name and a description that are shown whole.
const LONGEST_NAME: usize = 128;
const LONGEST_DESCRIPTION: usize = 512;

pub(crate) async fn handle(
    State(state): State<Arc<AppState>>,
    Authenticated(caller): Authenticated,
) -> Result<Json<MembershipsView>, Failure> {
    let (user, organizations, roles) = tokio::join!(
        state.recent_user(&caller),
        state.logto.user_organizations(&caller.user),
        state.logto.user_roles(&caller.user),
    );
    user?;
    let failure = |error| upstream::failure(&error, Purpose::ReadUser);
    let organizations = organizations.map_err(failure)?.into_iter().map(organization).collect();
    let roles = roles.map_err(failure)?.into_iter().map(role).collect();
    Ok(Json(MembershipsView { organizations, roles }))
}

fn organization(organization: Organization) -> OrganizationView {
    OrganizationView {
        name: named(&organization.name, &organization.id),
        description: described(organization.description.as_deref()),
        roles: organization.organization_roles.iter().map(|role| named(&role.name, &role.id)).collect(),
        id: organization.id,
    }
}

fn role(role: Role) -> RoleView {
    RoleView {
        name: named(&role.name, &role.id),
        description: described(role.description.as_deref()),
        id: role.id,
    }
}

/// Returns a cleaned name: where customers name their own organisations, these are foreign text.
fn named(name: &str, id: &str) -> String {
    cleaned(name, LONGEST_NAME).unwrap_or_else(|| id.to_owned())
}

fn described(text: Option<&str>) -> Option<String> {
    text.and_then(|text| cleaned(text, LONGEST_DESCRIPTION))
}
