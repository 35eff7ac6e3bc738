//! The contract between the page, the app and the settings server.
//!
//! Wire types, error codes and the list of commands: data and derives only. Nothing here reads a clock, a file or a
//! socket, and nothing here decides. `app` and `commands` are for Tauri's IPC between page and app; everything else is
//! for HTTP between app and settings server, `error` for both.

pub mod access_tokens;
pub mod account;
pub mod app;
pub mod commands;
pub mod custom_fields;
pub mod enterprise;
pub mod error;
pub mod identifiers;
pub mod limits;
pub mod memberships;
pub mod metadata;
pub mod password;
pub mod secret;
pub mod sessions;
pub mod social;
pub mod step_up;
