//! What a caller chooses before the sandbox starts. Everything has a default that suits a test.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The settings of one sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on. Only loopback addresses are accepted; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The address that the mail server listens on, under the same rules.
    pub smtp_listen: SocketAddr,
    /// The resource indicator of the settings server, which in Logto *is* its public base URL.
    pub resource: String,
    /// The private scheme of the desktop app; `<scheme>://signed-out` becomes a registered post-logout URI.
    pub scheme: String,
    /// The start time of the sandbox's own clock, in Unix milliseconds; `None` means the real time.
    pub start_at: Option<u64>,
    /// Whether ID tokens of the native application have `sid` (`backchannelLogoutSessionRequired`).
    pub backchannel_session: bool,
    /// Client id of the native application.
    pub native_client_id: String,
    /// Client id of the settings server's machine-to-machine application.
    pub m2m_client_id: String,
    /// Whether there are providers for social accounts, and three more social connectors.
    pub social: bool,
    /// The address that the providers listen on, under the rules of `listen`.
    pub provider_listen: SocketAddr,
    /// How long requests take; `None` answers as fast as it can.
    pub service_times: Option<ServiceTimes>,
}

/// How long Logto takes for requests: one worker for all of them, and a database that works on many at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceTimes {
    /// The worker's time for each request, one after another.
    pub worker: Duration,
    /// The database's time for a `GET`, after the worker's.
    pub read: Duration,
    /// The database's time for any other method, after the worker's.
    pub write: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            smtp_listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            resource: "http://127.0.0.1:4800/api".into(),
            scheme: "app.latchkey.dev".into(),
            start_at: None,
            backchannel_session: true,
            native_client_id: "latchkey-desktop-sandbox".into(),
            m2m_client_id: "latchkey-server-sandbox".into(),
            social: false,
            provider_listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            service_times: None,
        }
    }
}
