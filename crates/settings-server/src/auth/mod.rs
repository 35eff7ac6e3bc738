//! Who sends a request: access tokens and the keys that sign them, token floors, and app instances.

pub(crate) mod bearer;
pub(crate) mod instances;
pub(crate) mod jwks;
pub(crate) mod jws;
pub(crate) mod token;
pub(crate) mod token_floors;
