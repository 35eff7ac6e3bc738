//! The integration tests: everything goes through HTTP or the public handle.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where, also in its helpers"
)]

mod binary;
mod control;
mod identities;
mod mail;
mod openid;
mod providers;
mod providers_hostile;
mod replay;
mod sign_in;
mod support;
mod users;
