//! `GET {base}/memberships`: the person's organisations and roles, which others decide.

use std::sync::Arc;

use account_api::memberships::{MembershipsView, OrganizationView, RoleView};
use axum::extract::State;
use logto_client::types::{Organization, Role};

use crate::answer::Json;
use crate::auth::Authenticated;
use crate::error::Failure;
use crate::state::AppState;
use crate::upstream::{self, Purpose};
use crate::view::present;

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
        id: organization.id,
        name: organization.name,
        description: present(organization.description),
        roles: organization.organization_roles.into_iter().map(|role| role.name).collect(),
    }
}

fn role(role: Role) -> RoleView {
    RoleView { id: role.id, name: role.name, description: present(role.description) }
}
