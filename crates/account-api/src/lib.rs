//! The contract between the page, the app and the settings server.
//!
//! Wire types, error codes and the list of commands: data and derives only. Nothing here reads a clock, a
//! file or a socket, and nothing here decides. `account`, `identifiers`,
//! `metadata`, `password`, `sessions` and `step_up` travel between app and settings server over HTTP; `app` travels between app and page over Tauri's IPC; `error` travels on both.

pub mod account;
pub mod app;
pub mod commands;
pub mod error;
pub mod identifiers;
pub mod metadata;
pub mod password;
pub mod secret;
pub mod sessions;
pub mod step_up;
