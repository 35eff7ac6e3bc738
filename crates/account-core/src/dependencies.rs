//! What the app depends on and tests replace: clock, randomness, HTTP, keyring and host.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::host::Host;
use crate::http::Http;
use crate::randomness::{OperatingSystemRandomness, Randomness};
use crate::token_store::{KeyringStore, TokenStore};

/// Everything outside itself that the app uses.
#[derive(Clone)]
pub struct Dependencies {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of random bytes.
    pub randomness: Arc<dyn Randomness>,
    /// The HTTP client for the settings server, the identity provider and pictures.
    pub http: Http,
    /// The keyring, which holds the refresh token.
    pub store: Arc<dyn TokenStore>,
    /// The program around the core.
    pub host: Arc<dyn Host>,
}

impl Dependencies {
    /// Returns the system's clock, randomness and keyring, and a real HTTP client.
    #[must_use]
    pub fn production(config: &Config, host: Arc<dyn Host>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            randomness: Arc::new(OperatingSystemRandomness),
            http: Http::new(&config.version),
            store: Arc::new(KeyringStore::new(&config.scheme)),
            host,
        }
    }
}
