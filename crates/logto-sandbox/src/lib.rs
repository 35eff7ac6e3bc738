//! Development only: one small process that behaves like Logto 1.42, as far as Latchkey uses it.
//!
//! It answers as the recordings in `recordings/` do: status, codes, shapes, lifetimes. State is in memory,
//! the clock and faults belong to the test, and it listens on loopback only. The README holds the parity
//! table. It deliberately shares no type with the client: an emulator with the client's own structs could
//! only prove that the client agrees with itself.

mod browser;
mod clock;
mod control;
mod experience;
mod handle;
mod http;
mod keys;
mod management;
mod oidc;
mod options;
mod person;
mod provider;
mod random;
mod router;
mod sandbox;
mod server;
mod smtp;
mod state;

pub use browser::{Browser, BrowserError, SignInBy};
pub use clock::Clock;
pub use control::faults::{Fault, FaultAction};
pub use control::log::{AuthorizationKind, LoggedRequest};
pub use handle::FaultControl;
pub use options::{Options, ServiceTimes};
pub use provider::code::ProviderAccount;
pub use provider::control::ProviderControl;
pub use provider::orders::{ProviderAnswer, ProviderOrder, TokenAnswer};
pub use provider::person::ProviderReturn;
pub use provider::routes::provider_route_patterns;
pub use router::route_patterns;
pub use sandbox::{Sandbox, StartError};
pub use smtp::Mail;
