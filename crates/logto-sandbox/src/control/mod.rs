//! What tests and developers control: clock, faults, request log, issued secrets, keys, users, outbox.

pub(crate) mod faults;
pub(crate) mod log;
pub(crate) mod outbox;
pub(crate) mod providers;
pub(crate) mod routes;
pub(crate) mod users;
