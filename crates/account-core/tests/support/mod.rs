//! Support code of the tests: the real core between a real settings server and the sandbox, all in one process, with
//! a clock that only tests move and a user who signs in through the sandbox's browser.

pub(crate) mod clock;
pub(crate) mod host;
pub(crate) mod http;
pub(crate) mod proving;
pub(crate) mod requests;
pub(crate) mod scripts;
pub(crate) mod store;
pub(crate) mod tls;
pub(crate) mod world;

pub(crate) use clock::TestClock;
pub(crate) use host::{TestHost, TestUser};
pub(crate) use proving::Proving;
pub(crate) use store::GatedStore;
pub(crate) use world::{Setup, World};

/// The seeded user of most tests.
pub(crate) const ALICE: TestUser = TestUser::SignsIn { username: "alice", password: "Correct-Horse-7" };
/// A second user.
pub(crate) const BOB: TestUser = TestUser::SignsIn { username: "bob", password: "Battery-Staple-8" };
/// A user without any permission at the settings server.
pub(crate) const NOROLE: TestUser = TestUser::SignsIn { username: "norole", password: "No-Role-Here-9" };
