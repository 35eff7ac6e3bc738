//! The settings server: it stands between a person's app and Logto's Management API.
//!
//! A request comes in with the person's own access token. The server verifies it, the field policy decides
//! what this person may see and change, and only then Logto is asked with the server's machine-to-machine
//! token; the answer is reduced to what the person may see. The server's own records are what makes that safe: who
//! proved themself for what, how often something was tried, who is being changed at this moment, and what was changed.
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

mod actor;
mod answer;
mod asked;
mod auth;
mod bindings;
mod body;
pub mod check;
mod client_ip;
pub mod config;
mod connections;
mod custom_fields;
mod device;
mod edit;
mod error;
mod fair;
mod floors;
mod foreign_text;
mod hex;
mod hygiene;
mod identifiers;
mod instances;
mod invisible;
mod jobs;
mod journal;
mod jws;
mod keys;
mod locks;
pub mod logging;
mod mask;
mod metrics;
mod metrics_hosts;
mod notices;
mod openapi;
mod own_files;
mod path_id;
mod policy;
mod read_cache;
mod router;
mod routes;
mod rules;
mod server;
mod sessions;
mod state;
mod stepup;
mod store;
mod tenant;
mod token;
mod upstream;
mod verification;
mod view;
mod ways;

pub use account_api::step_up::Purpose;
pub use config::{Config, ConfigError};
pub use journal::{JournalReport, JournalRow};
pub use logto_client::{Clock, SystemClock};
pub use openapi::openapi_json;
pub use router::{Place, Route, Scope};
pub use routes::routes;
pub use server::{RunningServer, Server, StartError, show_journal, verify_journal};
pub use store::StoreStartError;
