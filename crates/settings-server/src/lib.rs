//! The settings server: it is placed between a user's app and Logto's Management API.
//!
//! A request comes in with the user's own access token. The server verifies it, the field policy decides what this
//! user may see and change, and only then the server sends requests to Logto, with its machine-to-machine token; the
//! answer is reduced to what the user may see. The server's own records make that safe: which proofs a user has given
//! and for what, how often something was tried, which user is being changed at this moment, and what was changed.
//!
//! ```no_run
//! # async fn example() -> Result<(), settings_server::StartError> {
//! use settings_server::{Config, Server};
//!
//! // A server on a free loopback port, for a Logto on this machine; its base URL is its resource indicator.
//! let config = Config::for_loopback("http://127.0.0.1:3001", "m2m-app", "a-secret-of-32-characters-or-more", "native-app");
//! let running = Server::bind(config).await?.spawn();
//! println!("{}", running.base_url());
//! running.stop().await;
//! # Ok(()) }
//! ```

mod account;
mod audit_log;
mod auth;
mod changes;
pub mod check;
pub mod config;
mod custom_fields;
mod device;
mod error;
mod fair;
mod http;
mod identifiers;
mod jobs;
mod logto;
mod notices;
mod own_files;
mod policy;
mod randomness;
mod routes;
mod server;
mod sessions;
mod social;
mod state;
mod step_up;
mod store;
mod telemetry;
mod text;
mod verification;

pub use account_api::step_up::Purpose;
pub use audit_log::{AuditLogReport, AuditLogRow};
pub use config::{Config, ConfigError};
pub use http::openapi::openapi_json;
pub use http::router::{Route, RouteBase, Scope};
pub use logto_client::{Clock, SystemClock};
pub use routes::routes;
pub use server::{RunningServer, Server, StartError, show_audit_log, verify_audit_log};
pub use store::StoreStartError;
pub use telemetry::logging;
