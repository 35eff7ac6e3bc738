//! Latchkey without a window: everything the app does, and nothing of how it is drawn.
//!
//! [`App`] is the façade: one method per use case. It learns the settings server from one URL, signs in through the
//! system browser, keeps the refresh token in the operating system's keyring, forwards changes to the settings server
//! and pushes to its [`Host`] what to show. It never calls Logto's Management API, knows no window toolkit and passes
//! no token to the page.

mod accounts;
mod app;
mod backend;
mod clock;
mod config;
mod deep_link;
mod dependencies;
mod discovery;
mod error;
mod files;
mod host;
mod http;
mod identity;
mod instance;
mod last_known;
mod newest_token;
mod operations;
mod picture;
mod process_lock;
mod provider;
mod randomness;
mod remembered_server;
mod sealed_files;
mod server_url;
mod session;
mod settings_file;
mod sign_in;
mod social_link;
mod step_up;
mod stored_session;
mod token_store;

pub use app::App;
pub use clock::{Clock, SystemClock};
pub use config::Config;
pub use dependencies::Dependencies;
pub use error::Error;
pub use host::{BrowserUnavailable, ClipboardUnavailable, Host};
pub use http::{ConnectionProblem, Http};
pub use randomness::{OperatingSystemRandomness, Randomness, RandomnessUnavailable};
pub use token_store::{KeyringStore, MemoryStore, StoreError, TokenStore};
