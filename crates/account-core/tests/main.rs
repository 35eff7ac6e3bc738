//! Tests of account-core through its public API, between a real settings server and the sandbox.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails where its support code does")]

mod answers;
mod closing;
mod connections;
mod dialogs;
mod discovery;
mod files_of_others;
mod forgetful_keyring;
mod id_token;
mod identifiers;
mod instance;
mod last_known;
mod links;
mod loopback;
mod operations;
mod password;
mod real_access_tokens;
mod real_identifiers;
mod real_password;
mod real_server;
mod real_social;
mod refused_sign_in;
mod revocation;
mod scenario;
mod scripted_issuer;
mod secrets;
mod session;
mod sessions;
mod settings;
mod sign_in;
mod sign_out;
mod step_up;
mod step_up_browser;
mod support;
mod unusual_issuer;
mod waiting;
