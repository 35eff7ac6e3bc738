//! The operations, one file each. `router` lists them.

pub(crate) mod account;
pub(crate) mod custom_fields;
pub(crate) mod email;
pub(crate) mod grants;
pub(crate) mod health;
pub(crate) mod memberships;
pub(crate) mod metadata;
pub(crate) mod password;
pub(crate) mod phone;
pub(crate) mod preferences;
pub(crate) mod profile;
pub(crate) mod sessions;
pub(crate) mod step_up;
pub(crate) mod username;
