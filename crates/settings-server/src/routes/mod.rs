//! The operations, one file each. `router` lists them.

pub(crate) mod account;
pub(crate) mod health;
pub(crate) mod metadata;
pub(crate) mod preferences;
pub(crate) mod profile;
