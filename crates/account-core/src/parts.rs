//! The replaceable parts of the app: real ones for the desktop, others for tests.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::host::Host;
use crate::http::Http;
use crate::randomness::{OperatingSystemRandomness, Randomness};
use crate::token_store::{KeyringStore, TokenStore};

/// Everything the app touches outside itself.
#[derive(Clone)]
pub struct Parts {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where unpredictable bytes come from.
    pub randomness: Arc<dyn Randomness>,
    /// The way to the settings server, the identity provider and pictures.
    pub http: Http,
    /// Where the refresh token lives.
    pub store: Arc<dyn TokenStore>,
    /// The program around the core.
    pub host: Arc<dyn Host>,
}

impl Parts {
    /// The system's clock, randomness and keyring, and a real HTTP client.
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
