//! The library of the journeys: a session for each (display, bus, keyring, browser, HOME), the app's window and the
//! system browser driven through WebDriver, and Logto's Management API for reading end states.
//!
//! Nothing here uses a type of ours: a journey sees what a user sees, and what Logto returns afterwards. Logto and
//! the settings server are known by environment variables alone (`config.rs`), so that the same journeys run against
//! any Logto.

pub mod axe;
pub mod browser;
pub mod config;
mod desktop;
pub mod elsewhere;
pub mod failure;
pub mod http;
pub mod keyring;
pub mod logto;
pub mod marionette;
pub mod outbox;
pub mod package;
pub mod processes;
pub mod provider_page;
pub mod restoration;
pub mod session;
pub mod sign_in_page;
pub mod system_browser;
pub mod wait;
pub mod webdriver;
pub mod window;

pub use failure::{Failure, Outcome, ensure, skip};
