//! The organisations and roles of a user. Others decide these: nothing here can be changed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `GET {base}/memberships`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MembershipsView {
    /// The organisations of the tenant that the user is a member of.
    pub organizations: Vec<OrganizationView>,
    /// The user's roles in the whole tenant.
    pub roles: Vec<RoleView>,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct OrganizationView {
    /// Its id in Logto.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The names of the user's roles in it.
    pub roles: Vec<String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RoleView {
    /// Its id in Logto.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
}
