//! account-core through its front door, between a real settings server and the sandbox.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what the bench cannot do fails the test")]

mod answers;
mod bench;
mod discovery;
mod id_token;
mod last_known;
mod links;
mod revocation;
mod scenario;
mod secrets;
mod session;
mod settings;
mod sign_in;
mod sign_out;
mod waiting;
