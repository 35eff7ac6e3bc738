//! Linked social accounts: which providers can be linked, and what is shown of an account.

pub(crate) mod openid;
pub(crate) mod provider_answer;
pub(crate) mod providers;
pub(crate) mod return_page;
mod view;

pub(crate) use view::{key_of, named, view};
