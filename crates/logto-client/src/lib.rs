//! A typed client of the Logto Management API (measured against Logto OSS 1.42).
//!
//! It speaks Logto's own vocabulary and only the operations that are used: each is one entry of
//! [`ENDPOINTS`], the compile-time list of methods and path templates, and all of them go through one private
//! request function. The access token comes from the client-credentials grant and is cached, refreshed early
//! and fetched once for all callers that wait for it.
//!
//! What it deliberately does not do: it decides nothing (no field policy, no validation of values), it keeps
//! no data, and it never repeats a request except once after a 401 with a new token, and a read once after its
//! connection broke.

mod access_tokens;
mod client;
mod clock;
mod codes;
mod credentials;
mod endpoints;
mod error;
mod places;
mod sessions;
mod single_flight;
mod social;
mod token;
mod transport;
pub mod types;
mod user_id;

pub use client::{Connection, LogtoClient};
pub use clock::{Clock, SystemClock};
pub use codes::LogtoCode;
pub use endpoints::{ENDPOINTS, Endpoint};
pub use error::{Error, RefusedAnswer, TransportFailure, TransportKind};
pub use places::Share;
pub use single_flight::{Flight, SingleFlight};
pub use social::Identities;
pub use token::{SecretSource, SecretUnavailable};
pub use transport::{MAX_BODY_BYTES, TransportSettings, http_client, http_client_with, read_bounded};
pub use user_id::UserId;
