//! What a person belongs to. Others decide it: nothing here can be changed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `GET {base}/memberships`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MembershipsView {
    /// The organisations of the tenant that the person is a member of.
    pub organizations: Vec<OrganizationView>,
    /// The person's roles in the whole tenant.
    pub roles: Vec<RoleView>,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct OrganizationView {
    /// Logto's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// The names of the person's roles in it.
    pub roles: Vec<String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RoleView {
    /// Logto's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}
