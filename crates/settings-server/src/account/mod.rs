//! One account: what the user may see and change, and the sign-in methods that must remain.

pub(crate) mod edit;
mod enterprise;
pub(crate) mod rules;
pub(crate) mod sign_in_methods;
pub(crate) mod sign_in_settings;
pub(crate) mod view;
